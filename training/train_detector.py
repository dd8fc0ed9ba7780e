"""Trains the detector of a released separator from a cache of `prepare.py` and `powers.py`.

    python train_detector.py CACHE RUN --separator earmark-small.safetensors --minutes 45

Every step of a scene learns of every group of sounds whether it is there, asked for in words, or where `hear_clips.py` has been run by
examples, that are drawn anew every few batches. Where a teacher listened (`teacher.py`), it learns what that heard, too. What is kept is
the running mean of the weights. Called again on the folder of a run that did not end, it goes on from the last checkpoint.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import bands
from detector import begun
from muon import Muon
from narrow import narrow
from scenes import Scenes

DROPOUT = 0.1
TEACHING = 0.1  # weight of the teacher's tags
WARM_UP = 100  # steps
WORDS = 4  # batches that are asked for in the same words


class Training:
    def __init__(self, args: argparse.Namespace):
        torch.manual_seed(args.seed)
        self.args, self.step, self.seconds = args, 0, 0.0
        self.widths = bands.band_matrix().sum(0)
        self.model = begun(args.separator)
        checkpoint = args.run / "checkpoint.pt"
        stored = torch.load(checkpoint, weights_only=True) if checkpoint.exists() else None
        if stored is not None:
            self.step, self.seconds = stored["step"], stored["seconds"]
        self.scenes = Scenes(args.cache, [args.seed, self.step])
        channels, tags = self.model.along.out_features, self.scenes.tags.shape[1]
        self.tags = nn.Linear(channels, tags) if tags else None
        if tags:
            nn.init.constant_(self.tags.bias, -5.0)
        self.mean = copy.deepcopy(self.model)
        if stored is None:
            self._spread()
        named = dict(self.model.named_parameters())
        layers = lambda name, p: name.endswith("weight") and min(p.flatten(1).shape) > 4 and not name.startswith(("along", "offset"))
        matrices = [p for name, p in named.items() if layers(name, p)]
        rest = [p for name, p in named.items() if not layers(name, p)] + list(self.tags.parameters() if tags else [])
        self.optimisers = [
            Muon(matrices, lr=2 * args.rate),
            torch.optim.AdamW(rest, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0),
        ]
        self.rates = [2 * args.rate, args.rate]
        listen = lambda features: self.model.listen(features, DROPOUT)
        self.listen = narrow(self.model, listen) if args.bf16 else listen
        if stored is not None:
            self.model.load_state_dict(stored["model"])
            self.mean.load_state_dict(stored["mean"])
            if tags:
                self.tags.load_state_dict(stored["tags"])
            for optimiser, state in zip(self.optimisers, stored["optimisers"]):
                optimiser.load_state_dict(optimiser.state_dict() | {"state": state})

    @torch.no_grad()
    def _spread(self) -> None:
        """What the ears say is far from what a chance of one in hundreds looks like."""
        power = self.scenes.batch(8)["power"] / self.widths
        said = self.model(power, self.scenes.queries()) - self.model.shift
        self.model.scale.mul_(1.5 / said.std())
        self.mean.load_state_dict(self.model.state_dict())

    def progress(self) -> float:
        return min(1.0, self.seconds / 60 / self.args.minutes)

    def loss(self, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """All of it, and the detector's alone."""
        batch = self.scenes.batch(self.args.batch)
        x = self.listen(self.model.base.features(batch["power"] / self.widths)).float()
        x = F.dropout(x, DROPOUT)
        unlike = F.binary_cross_entropy_with_logits(self.model.compare(x, queries), batch["there"], reduction="none")
        own = (unlike * batch["known"]).sum(-1).mean()
        if self.tags is None:
            return own, own
        taught = F.binary_cross_entropy_with_logits(self.tags(x), batch["tags"], reduction="none").sum(-1).mean()
        return own + TEACHING * taught, own

    def take_step(self, queries: torch.Tensor) -> float:
        start = time.process_time()
        share = min(1.0, (self.step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * self.progress()))
        for optimiser, rate in zip(self.optimisers, self.rates):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
            optimiser.zero_grad(set_to_none=True)
        loss, own = self.loss(queries)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        if torch.isfinite(norm):
            for optimiser in self.optimisers:
                optimiser.step()
        self.step += 1
        with torch.no_grad():
            for mean, now in zip(self.mean.parameters(), self.model.parameters()):
                mean.lerp_(now, 1 - min(0.998, self.step / (self.step + 20)))
        self.seconds += time.process_time() - start
        return own.item()

    def save(self) -> None:
        state = {
            "step": self.step,
            # As older PyTorch reads it.
            "seconds": round(self.seconds),
            "model": self.model.state_dict(),
            "mean": self.mean.state_dict(),
            "tags": self.tags.state_dict() if self.tags else {},
            "optimisers": [optimiser.state_dict()["state"] for optimiser in self.optimisers],
        }
        whole = self.args.run / "checkpoint.pt"
        torch.save(state, whole.with_suffix(".new"))
        whole.with_suffix(".new").replace(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--separator", type=Path, required=True, help="a released model, with which it begins")
    parser.add_argument("--minutes", type=float, default=45.0, help="of processor time")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=10**9, help="the most of one call")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    training = Training(args)
    losses, queries = [], None
    for _ in range(args.steps):
        if training.progress() >= 1:
            break
        if queries is None or training.step % WORDS == 0:
            queries = training.scenes.queries()
        losses.append(training.take_step(queries))
        if training.step % 50 == 0:
            print(f"step {training.step}, {training.seconds / 60:.1f} min: {sum(losses) / len(losses):.3f}", flush=True)
            losses = []
        if training.step % 200 == 0:
            training.save()
    training.save()


if __name__ == "__main__":
    main()
