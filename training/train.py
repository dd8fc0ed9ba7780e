"""Trains the bundled separator from a cache of `prepare.py`.

Two queries of every mixture go through the network side by side, so that the only way to lower the loss is to listen
to the query. What each step holds of a query also learns to say whether what is asked for sounds, of these two and of
others that ask in vain. The half that does not know the query learns to name the sounds and to say what one would ask for them
by (`ears.py`), for the first steps alone: it knows what to listen for before anything is separated. Rates fall to zero
along a cosine over the planned steps or minutes of processor time, whatever else the machine does; what is kept is the
running mean of the weights. Called again on the folder of a run that did not end, it goes on from the last checkpoint; `--from` starts a
new run from the weights of another, or of a released model (`grow.py`), with fresh optimisers and a short warm-up.

On a CPU two threads do everything in turn, with `--bf16` in bfloat16 (`narrow.py`). On an accelerator (`--device cuda`, with `--compile` and a larger `--batch`)
the network computes in bfloat16; with `--on-card` the mixtures are made there, too (`card_mixer.py`), else `--workers`
processes mix for it, each from a pool of its own. None of this has run on an accelerator yet.
"""

import argparse
import copy
import json
import math
import time
from pathlib import Path

import torch

import bands
import grow
from batches import Batches
from card_mixer import CardMixer
from ears import Ears, from_state, group_meanings
from mixtures import FRAMES
from model import STEP, BandMask, Config, Listener, config_from
from muon import Muon
from narrow import narrow
from pack import Pack
from presence import presence_loss
from validation import validate

COMPRESSED = 8.0  # weight of the compressed magnitudes' error
NAMING = 0.5  # weight of the ears'
PRESENCE = 2.0  # weight of whether the sound is there
PASSED_OVER = 20  # steps in a row without finite gradients, after which a run ends


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
def feature_statistics(model: BandMask, batches, widths) -> None:
    parts = [next(batches)["mixture"].cpu() for _ in range(3)]
    batch = {"mixture": torch.cat(parts)}
    raw = torch.log10(batch["mixture"] / widths + model.config.power_floor).flatten(0, 1)
    model.feature_mean.copy_(raw.mean(0))
    model.feature_scale.copy_(1 / raw.std(0).clamp_min(0.1))


def take(module: torch.nn.Module, state: dict) -> None:
    """What of `state` fits `module`, which may have parts that the run before did not have, or names of more groups."""
    own = module.state_dict()
    module.load_state_dict({name: tensor for name, tensor in state.items() if own[name].shape == tensor.shape}, strict=False)


class Training:
    """Everything that a run is made of, and that a checkpoint brings back."""

    def __init__(self, args, run: Path):
        self.args, self.run, self.device = args, run, torch.device(args.device)
        torch.manual_seed(args.seed)
        self.widths = bands.band_matrix().sum(0)
        self.step, self.seconds, self.passed_over = 0, 0.0, 0
        config, checkpoint = Config(channels=args.channels, listener=Listener(args.dilations)), None
        if (run / "checkpoint.pt").exists():
            checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
            self.step, self.seconds = checkpoint["step"], checkpoint["seconds"]
        released = args.start and args.start.suffix == ".safetensors"
        begun = checkpoint or (torch.load(args.start, weights_only=True) if args.start and not released else None)
        if begun is not None:
            config = config_from(json.loads(begun["config"]))
            config.presence = True
        self.model = grow.grown(grow.read(args.start), config) if released and not checkpoint else BandMask(config)
        pack = Pack(args.cache, "train")
        self.ears = Ears(config.channels, group_meanings(pack), len(pack.tags_of(pack.clips[:1])))
        # A run that goes on draws other mixtures than it began with, and the same ones each time.
        self.batches = self._on_card() if args.on_card else Batches(args.cache, [args.seed, self.step], args.pool, args.batch, args.frames).iterator(args.workers)
        if begun is not None:
            take(self.model, begun["mean"])
            take(self.ears, begun["ears"])
        elif released:
            take(self.ears, grow.read_ears(args.start))
        else:
            feature_statistics(self.model, self.batches, self.widths)
        self.mean = copy.deepcopy(self.model).eval()
        for part in (self.model, self.ears, self.mean):
            part.to(self.device)
        self.widths = self.widths.to(self.device)
        self.optimisers = self._optimisers()
        gains = narrow(self.model, self._gains) if args.bf16 else self._gains
        self.gains = torch.compile(gains) if args.compile else gains
        if checkpoint is not None:
            self.model.load_state_dict(checkpoint["model"])
            self.ears.load_state_dict(checkpoint["ears"])
            self.mean.load_state_dict(checkpoint["mean"])
            for optimiser, state in zip(self.optimisers, checkpoint["optimisers"]):
                optimiser.load_state_dict(optimiser.state_dict() | {"state": state})

    def _on_card(self):
        """Batches without end, made where the network computes."""
        mixer = CardMixer(Pack(self.args.cache, "train"), 1_000_003 * self.args.seed + self.step, self.device, self.args.frames)
        while True:
            yield mixer.batch(self.args.batch)

    def _optimisers(self):
        """Muon for the weights of layers, AdamW for biases, gains, places and the ears."""
        named = dict(self.model.named_parameters())
        matrices = [p for name, p in named.items() if name.endswith("weight") and min(p.flatten(1).shape) > 4]
        rest = [p for p in named.values() if all(p is not matrix for matrix in matrices)]
        return [
            Muon(matrices, lr=2 * self.args.rate),
            torch.optim.AdamW([*rest, *self.ears.parameters()], lr=self.args.rate, betas=(0.9, 0.98), weight_decay=0.0),
        ]

    def _gains(self, features, condition, others):
        """Gains of both queries, whether what all ask for sounds, and what the ears read."""
        maps, x = self.model.recognise(features)
        gains, steered = self.model.select(maps, x, condition, self.args.dropout)
        asked = self.model.presence(steered).view(*condition.shape[:2], -1)
        return gains, torch.cat([asked, self.model.present(x, others)]), x

    def rate(self) -> float:
        """The share of the full rate that the next step is taken at."""
        return min(1.0, (self.step + 1) / self.args.warmup) * (0.5 + 0.5 * math.cos(math.pi * self.progress()))

    def progress(self) -> float:
        return min(1.0, max(self.seconds / 60 / self.args.minutes, self.step / self.args.steps))

    def advance(self) -> list[float] | None:
        """One step; its losses. None where it was passed over: see `clip`."""
        share = self.rate()
        for optimiser, rate in zip(self.optimisers, (2 * self.args.rate, self.args.rate)):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
        batch = {name: tensor.to(self.device, non_blocking=True) for name, tensor in next(self.batches).items()}
        features = self.model.features(batch["mixture"] / self.widths)
        listening = self.step < self.args.listening
        # Sums over a mixture need more digits than bfloat16 has.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type != "cpu"):
            if listening:
                x = self.model.recognise(features)[1]
            else:
                gains, logits, x = self.gains(features, batch["condition"], batch["others"])
        naming = self.ears(x.float(), batch)
        decibels = compressed = snr = presence = torch.zeros(())
        if not listening:
            decibels, compressed, snr = losses(gains.float(), batch)
            presence = presence_loss(logits.float(), batch)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        (decibels + COMPRESSED * compressed + NAMING * naming + PRESENCE * presence).backward()
        self.step += 1
        if not self.clip():
            return None
        for optimiser in self.optimisers:
            optimiser.step()
        with torch.no_grad():
            keep = min(0.998, (1 + self.step) / (10 + self.step))
            for kept, new in zip(self.mean.parameters(), self.model.parameters()):
                kept.lerp_(new, 1 - keep)
        return [decibels.item(), compressed.item(), snr.item(), naming.item(), presence.item()]

    def clip(self) -> bool:
        """Bounds the gradients. False where they have no bounds: the step is passed over, as one batch must not end a run. Many in a row
        say that the network itself is broken, and then the last checkpoint is the one to go on from."""
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        ears = [parameter.grad.isfinite().all() for parameter in self.ears.parameters() if parameter.grad is not None]
        if bool(norm.isfinite()) and all(ears):
            self.passed_over = 0
            return True
        self.passed_over += 1
        if self.passed_over == PASSED_OVER:
            raise SystemExit(f"{PASSED_OVER} steps in a row gave no finite gradients, the last of them step {self.step}. Go on from the last checkpoint with a lower --rate.")
        return False

    def save(self) -> None:
        # Numbers that are no tensors are kept as text or whole: older releases of PyTorch load nothing else safely.
        state = {
            "config": json.dumps(self.model.config.json()),
            "mean": self.mean.state_dict(),
            "model": self.model.state_dict(),
            "ears": self.ears.state_dict(),
            "optimisers": [optimiser.state_dict()["state"] for optimiser in self.optimisers],
            "step": self.step,
            "seconds": round(self.seconds),
        }
        torch.save(state, self.run / "checkpoint.tmp")
        (self.run / "checkpoint.tmp").replace(self.run / "checkpoint.pt")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path, help="folder for checkpoints and log.jsonl; an unfinished run goes on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="planned minutes of processor time, over which the rates fall to 0")
    parser.add_argument("--steps", type=int, default=4000, help="planned steps, likewise; what ends sooner counts")
    parser.add_argument("--listening", type=int, default=0, help="steps, the first, in which nothing is separated")
    parser.add_argument("--batch", type=int, default=8, help="mixtures a step")
    parser.add_argument("--frames", type=int, default=FRAMES, help="of a mixture, 20 ms each, an even number")
    parser.add_argument("--rate", type=float, default=2e-3, help="AdamW's; Muon's is twice that")
    parser.add_argument("--warmup", type=int, default=50, help="steps until the full rate")
    parser.add_argument("--channels", type=int, default=Config().channels, help="of the dilated convolutions")
    parser.add_argument("--dilations", type=int, nargs="*", default=Config().listener.dilations, help="of the listener")
    parser.add_argument("--dropout", type=float, default=0.0, help="in the blocks that know the query")
    parser.add_argument("--pool", type=int, default=1024, help="sounds at hand for mixing, 1 MB each")
    parser.add_argument("--every", type=float, default=8, help="minutes of processor time between checkpoints")
    parser.add_argument("--report", type=int, default=50, help="steps between lines of the log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "validation_pairs.tsv")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint of another run to begin with, or a released .safetensors, whose network grows to this one's")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="cpu, or an accelerator as PyTorch names it")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 on a processor, too: a step takes half the time where it has AMX")
    parser.add_argument("--workers", type=int, default=0, help="processes that mix; 0: this one does, between steps")
    parser.add_argument("--on-card", action="store_true", help="mix on the device, all audio in its memory; no pool, no workers")
    parser.add_argument("--compile", action="store_true", help="compile the network first, which takes a minute")
    return parser


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    if args.frames < STEP or args.frames % STEP:
        parser.error(f"--frames is {args.frames}; it must be an even number from {STEP} on.")

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    args.run.mkdir(parents=True, exist_ok=True)
    training = Training(args, args.run)
    valid = Pack(args.cache, "valid")
    print(f"{sum(p.numel() for p in training.model.parameters()) / 1e6:.2f} M parameters", flush=True)

    log = open(args.run / "log.jsonl", "a")
    total, count, saved, finished = [0.0] * 5, 0, training.seconds, training.progress() >= 1.0
    while not finished:
        begun = time.process_time()
        if (step := training.advance()) is not None:
            total, count = [a + b for a, b in zip(total, step)], count + 1
        training.seconds += time.process_time() - begun
        finished = training.progress() >= 1.0
        due = training.seconds - saved > 60 * args.every or finished
        if training.step % args.report and not due:
            continue
        decibels, compressed, snr, naming, presence = (value / max(count, 1) for value in total)
        line = {
            "step": training.step,
            "minutes": round(training.seconds / 60, 2),
            "loss_db": round(decibels, 3),
            "compressed": round(compressed, 4),
            "present_db": round(snr, 3),
            "naming": round(naming, 3),
            "presence": round(presence, 3),
        }
        total, count = [0.0] * 5, 0
        if due:
            training.save()
            saved = training.seconds
            line["valid"] = validate(copy.deepcopy(training.mean).cpu(), valid, args.pairs, 300 if finished else 60, by_class=finished)
        log.write(json.dumps(line) + "\n")
        log.flush()
        print(line, flush=True)


if __name__ == "__main__":
    main()
