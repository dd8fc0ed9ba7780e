"""Trains the bundled separator from a cache of `prepare.py`.

Two queries of every mixture go through the network side by side, so that the only way to lower the loss is to listen
to the query. The part that does not know the query also learns to name the sounds (`Tagger`), which tells it from the
first step what to listen for. Rates fall to zero over the planned steps or time; what is kept is the running mean of the
weights. Called again on the folder of a run that did not end, it goes on from the last checkpoint; `--from` starts a
new run from the weights of another, with fresh optimisers and a short warm-up.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch
from torch import nn

import bands
from mixtures import Mixer, Pack
from model import STEP, BandMask, Config
from muon import Muon
from validation import validate

COMPRESSED = 8.0  # weight of the compressed magnitudes' error
NAMING = 0.5  # weight of the tagger's


class Tagger(nn.Module):
    """Names the sounds of a step from what the network knows of it before it hears the query. Not kept."""

    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.names = nn.Linear(channels, groups)

    def forward(self, x, batch):
        """Cross-entropy with the two groups, each by its share of the power; quiet steps count for less."""
        heard = batch["heard"].unflatten(-1, (-1, STEP)).sum(-1)
        loudness = heard.sum(0) / heard.sum(0).mean(1, keepdim=True).clamp_min(1e-9)
        weight = loudness.clamp(0, 1).pow(0.3)
        chances = self.names(x).log_softmax(-1)
        chosen = batch["group"][:, :, None, None].expand(-1, -1, x.shape[1], 1)
        named = torch.stack([chances.gather(-1, groups)[..., 0] for groups in chosen])
        share = heard / heard.sum(0).clamp_min(1e-9)
        return -((share * named).sum(0) * weight).sum() / weight.sum()


def losses(gains, batch):
    """`gains` [2, size, frames, bands]. Mean over queries of the error in dB, and of the compressed magnitudes'; last, for
    the log, the first query's SNR alone.

    The error is a blend of SNR and SI-SDR: SNR alone makes silence the safest answer to a doubtful query, and a
    listener who asked for a sound would rather hear it faintly among others than nothing."""
    mixture, power, along, present = batch["mixture"], batch["power"], batch["along"], batch["present"]
    energy, inner = (gains.square() * mixture).sum((-1, -2)), (gains * along).sum((-1, -2))
    wanted, heard = power.sum((-1, -2)), mixture.sum((-1, -2)).clamp_min(1e-9)
    error = (energy - 2 * inner + wanted).clamp_min(0)
    # At most 30 dB are asked for; an absent sound is measured against the mixture.
    reference = torch.where(present > 0, wanted.clamp_min(1e-9), heard)
    decibels = 10 * torch.log10(error / reference + 1e-3)
    # Squared cosine of estimate and source: what SI-SDR is made of, bounded to -20..30 dB.
    match = (inner.clamp_min(0).square() / (wanted * energy).clamp_min(1e-12)).clamp(0, 1)
    unlike = 10 * torch.log10((1 - match + 1e-3) / (match + 1e-2))
    snr = decibels[0].mean()
    decibels = torch.where(present > 0, 0.6 * decibels + 0.4 * unlike, 0.5 * decibels)
    level = heard.div(mixture[0].numel()).view(1, -1, 1, 1)
    compressed = (gains.square() * mixture / level + 1e-6).pow(0.15) - (power / level + 1e-6).pow(0.15)
    return decibels.mean(), compressed.abs().mean(), snr


@torch.no_grad()
def feature_statistics(model: BandMask, mixer: Mixer, widths) -> None:
    batch = mixer.batch(48)
    raw = torch.log10(batch["mixture"] / widths + model.config.power_floor).flatten(0, 1)
    model.feature_mean.copy_(raw.mean(0))
    model.feature_scale.copy_(1 / raw.std(0).clamp_min(0.1))


class Training:
    """Everything that a run is made of, and that a checkpoint brings back."""

    def __init__(self, args, pack: Pack, run: Path):
        self.args, self.run = args, run
        torch.manual_seed(args.seed)
        self.widths = bands.band_matrix().sum(0)
        self.model, self.step, self.seconds = BandMask(Config()), 0, 0.0
        self.tagger = Tagger(self.model.config.channels, len(pack.groups))
        checkpoint = None
        if (run / "checkpoint.pt").exists():
            checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
            self.step, self.seconds = checkpoint["step"], checkpoint["seconds"]
        # A run that goes on draws other mixtures than it began with, and the same ones each time.
        self.mixer = Mixer(pack, [args.seed, self.step], pool=args.pool)
        if args.start:
            self.model.load_state_dict(torch.load(args.start, weights_only=True)["mean"])
        elif checkpoint is None:
            feature_statistics(self.model, self.mixer, self.widths)
        self.mean = copy.deepcopy(self.model).eval()
        self.optimisers = self._optimisers()
        if checkpoint is not None:
            self.model.load_state_dict(checkpoint["model"])
            self.tagger.load_state_dict(checkpoint["tagger"])
            self.mean.load_state_dict(checkpoint["mean"])
            for optimiser, state in zip(self.optimisers, checkpoint["optimisers"]):
                optimiser.load_state_dict(state)

    def _optimisers(self):
        """Muon for the weights of layers, AdamW for biases, gains, places and the tagger."""
        named = dict(self.model.named_parameters())
        matrices = [p for name, p in named.items() if name.endswith("weight") and min(p.flatten(1).shape) > 4]
        rest = [p for p in named.values() if all(p is not matrix for matrix in matrices)]
        return [
            Muon(matrices, lr=2 * self.args.rate),
            torch.optim.AdamW([*rest, *self.tagger.parameters()], lr=self.args.rate, betas=(0.9, 0.98), weight_decay=0.0),
        ]

    def progress(self) -> float:
        return min(1.0, max(self.seconds / 60 / self.args.minutes, self.step / self.args.steps))

    def advance(self) -> list[float]:
        """One step; its losses."""
        fall = min(1.0, (self.step + 1) / self.args.warmup) * (1 - self.progress())
        for optimiser, rate in zip(self.optimisers, (2 * self.args.rate, self.args.rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * fall
        batch = self.mixer.batch(self.args.batch)
        maps, x = self.model.recognise(self.model.features(batch["mixture"] / self.widths))
        gains = self.model.select(maps, x, batch["condition"], self.args.dropout)
        decibels, compressed, snr = losses(gains, batch)
        naming = self.tagger(x, batch)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        (decibels + COMPRESSED * compressed + NAMING * naming).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        with torch.no_grad():
            keep = min(0.998, (1 + self.step) / (10 + self.step))
            for kept, new in zip(self.mean.parameters(), self.model.parameters()):
                kept.lerp_(new, 1 - keep)
        return [decibels.item(), compressed.item(), snr.item(), naming.item()]

    def save(self) -> None:
        state = {
            "mean": self.mean.state_dict(),
            "model": self.model.state_dict(),
            "tagger": self.tagger.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, self.run / "checkpoint.tmp")
        (self.run / "checkpoint.tmp").replace(self.run / "checkpoint.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path, help="folder for checkpoints and log.jsonl; an unfinished run goes on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="planned time, over which the rates fall to 0")
    parser.add_argument("--steps", type=int, default=4000, help="planned steps, likewise; what ends sooner counts")
    parser.add_argument("--batch", type=int, default=16, help="mixtures a step")
    parser.add_argument("--rate", type=float, default=2e-3, help="AdamW's; Muon's is twice that")
    parser.add_argument("--warmup", type=int, default=50, help="steps until the full rate")
    parser.add_argument("--dropout", type=float, default=0.0, help="in the blocks that know the query")
    parser.add_argument("--pool", type=int, default=1536, help="sounds at hand for mixing, 0.7 MB each")
    parser.add_argument("--every", type=float, default=8, help="minutes between checkpoints")
    parser.add_argument("--report", type=int, default=50, help="steps between lines of the log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "validation_pairs.tsv")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint of another run to begin with")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    args.run.mkdir(parents=True, exist_ok=True)
    training = Training(args, Pack(args.cache, "train"), args.run)
    valid = Pack(args.cache, "valid")
    print(f"{sum(p.numel() for p in training.model.parameters()) / 1e6:.2f} M parameters", flush=True)

    log = open(args.run / "log.jsonl", "a")
    total, count, saved, finished = [0.0] * 4, 0, training.seconds, training.progress() >= 1.0
    while not finished:
        begun = time.monotonic()
        total, count = [a + b for a, b in zip(total, training.advance())], count + 1
        training.seconds += time.monotonic() - begun
        finished = training.progress() >= 1.0
        due = training.seconds - saved > 60 * args.every or finished
        if training.step % args.report and not due:
            continue
        decibels, compressed, snr, naming = (value / count for value in total)
        line = {
            "step": training.step,
            "minutes": round(training.seconds / 60, 2),
            "loss_db": round(decibels, 3),
            "compressed": round(compressed, 4),
            "present_db": round(snr, 3),
            "naming": round(naming, 3),
        }
        total, count = [0.0] * 4, 0
        if due:
            training.save()
            saved = training.seconds
            line["valid"] = validate(training.mean, valid, args.pairs, 300 if finished else 60, by_class=finished)
        log.write(json.dumps(line) + "\n")
        log.flush()
        print(line, flush=True)


if __name__ == "__main__":
    main()
