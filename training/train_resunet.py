"""Trains a narrow ResUNet30 from a cache of `prepare.py`, on one thread and within the hour.

It is not made to be good. It is made to listen: a trained network of AudioSep's topology shows what a shorter lookahead
costs in dB, and random weights cannot. Three things make that possible in so little time. It learns few kinds of sound
(`--groups`), those of which the pack has most. It hears every mixture at one level, and what uses it must bring
mixtures to that level (`level_rms` in `measured.json`). And for most of the time it sees short crops and their lower
half of bins only, as its convolutions are the same everywhere; whole bins and crops of 4.8 s, with the long context
that pooling by 32 frames needs, come last.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import resunet
from pack import Pack
from sources import Sources
from validation import load, mix, read_pairs

LEVEL = 0.05  # RMS of every mixture, full scale 1
SHORT = (4, 128, 512)  # mixtures a step, frames, bins
LONG = (2, 480, 1024)
SHARE_OF_SHORT = 0.6  # of the time


class ComplexMixer:
    """Mixtures of two sounds as complex spectra, both asked for."""

    def __init__(self, pack: Pack, seed: int, config: resunet.Config):
        self.pack, self.config = pack, config
        self.random = np.random.default_rng(seed)
        self.sources = Sources(pack, self.random)
        self.centres = np.linspace(0, 1, config.bins) ** 0.5

    def batch(self, size: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Sources, `[2, size, frames, bins]`, whose sum has the level `LEVEL`; conditions, `[2, size, 384]`."""
        samples = (frames - 1) * self.config.hop
        waves = np.zeros((2, size, samples), np.float32)
        response = np.ones((2, size, 1, self.config.bins), np.float32)
        condition = np.zeros((2, size, self.config.condition_size), np.float32)
        for i in range(size):
            allowed = self.pack.weight
            difference = self.random.uniform(-5, 5)
            for row in (0, 1):
                group = self.random.choice(len(allowed), p=allowed / allowed.sum())
                allowed = allowed * self.pack.apart[group]
                wave, _, _ = self.sources.draw(group, samples)
                waves[row, i] = wave * 10 ** ((difference, -difference)[row] / 40)
                condition[row, i] = self.sources.query(group)
                if self.random.random() < 0.3:
                    response[row, i, 0] = self.sources.equaliser(self.centres)
        found = resunet.spectrum(torch.from_numpy(waves).flatten(0, 1), self.config).unflatten(0, (2, size))
        found = found * torch.from_numpy(response)
        # The mean over bins of a frame's power is the window's energy, 3/8 of its length, times the wave's power.
        wanted = 0.375 * self.config.window * (LEVEL * 10 ** self.random.uniform(-0.1, 0.1)) ** 2
        power = found.sum(0).abs().square().mean((1, 2), keepdim=True)
        return found * (wanted / power.clamp_min(1e-9)).sqrt(), torch.from_numpy(condition)


def few_groups(pack: Pack, kept: list[str]) -> None:
    pack.weight = pack.weight * np.array([group in kept for group in pack.groups])
    pack.weight = pack.weight / pack.weight.sum()


def start(model: resunet.ResUNet30, statistics: torch.Tensor) -> None:
    """Begins where the mask passes half of the mixture in its own phase, and where a query is heard at all: with
    PyTorch's own initialisation it would move the activations by less than a tenth of their spread."""
    base = model.base
    for module in base.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            torch.nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
    for layer in model.film.children():
        torch.nn.init.normal_(layer.weight, std=0.5)
        torch.nn.init.zeros_(layer.bias)
    with torch.no_grad():
        base.after_conv.weight.mul_(0.2)
        base.after_conv.bias.copy_(torch.tensor([0.0, 2.0, 0.0]))
        base.bn0.running_mean.copy_(statistics.mean((0, 1)))
        base.bn0.running_var.copy_(statistics.var((0, 1)))


def masked(model: resunet.ResUNet30, mixture: torch.Tensor, condition: torch.Tensor, bins: int) -> torch.Tensor:
    """`resunet.ResUNet30.masked` on the lowest `bins`, real and imaginary parts apart, `[2, batch, frames, bins]`."""
    frames = mixture.shape[1]
    x = model.base.enter(resunet.magnitude(mixture))[..., :bins]
    logits = model.base.core(x, model.film(condition))[:, :, :frames]
    turn = torch.tanh(logits[:, 1:])
    gain = torch.sigmoid(logits[:, 0]) * (turn.square().sum(1) + 1e-8).rsqrt()
    re, im = mixture.real[..., :bins], mixture.imag[..., :bins]
    return torch.stack([gain * (re * turn[:, 0] - im * turn[:, 1]), gain * (im * turn[:, 0] + re * turn[:, 1])])


def losses(found: torch.Tensor, sources: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The error over the source in dB, bounded at -30 dB, and the distance of the compressed magnitudes, which listens
    to quiet bins too."""
    bins = found.shape[-1]
    re, im = sources.real[..., :bins], sources.imag[..., :bins]
    error = ((found[0] - re).square() + (found[1] - im).square()).sum((1, 2))
    wanted = re.square() + im.square()
    decibels = 10 * torch.log10(error / wanted.sum((1, 2)).clamp_min(1e-6) + 1e-3)
    # A source without any power in these bins would be answered with nothing but a floor of -30 dB or an explosion.
    decibels = decibels.clamp_max(20.0).mean()
    heard = found.square().sum(0)
    compressed = ((heard + 1e-4).pow(0.15) - (wanted + 1e-4).pow(0.15)).abs().mean()
    return decibels, compressed


def train_step(
    model: resunet.ResUNet30, optimiser: torch.optim.Optimizer, batch: tuple[torch.Tensor, torch.Tensor], bins: int
) -> tuple[float, float]:
    """One step on what `ComplexMixer.batch` gave; both parts of its loss."""
    sources, condition = batch
    mixture = sources.sum(0).repeat(2, 1, 1)
    decibels, compressed = losses(masked(model, mixture, condition.flatten(0, 1), bins), sources.flatten(0, 1))
    optimiser.zero_grad(set_to_none=True)
    (decibels + 4 * compressed).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimiser.step()
    return decibels.item(), compressed.item()


@torch.no_grad()
def settled(model: resunet.ResUNet30, mixer: ComplexMixer, batches: int) -> resunet.ResUNet30:
    """A copy whose running statistics are means over `batches` of the weights as they are, not as they were."""
    copy = resunet.ResUNet30(model.config)
    copy.load_state_dict(model.state_dict())
    norms = [module for module in copy.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    used = [norm for norm in norms if not any(norm is getattr(copy.base, f"decoder_block{i}").bn2 for i in range(1, 7))]
    for norm in used:
        norm.reset_running_stats()
        norm.momentum = None
    copy.train()
    for _ in range(batches):
        sources, condition = mixer.batch(*LONG[:2])
        masked(copy, sources.sum(0).repeat(2, 1, 1), condition.flatten(0, 1), LONG[2])
    for norm in used:
        norm.momentum = 0.01
    return copy.eval()


def decibel(value: float) -> float:
    return 10 * math.log10(max(value, 1e-10))


def scores(estimate: np.ndarray, source: np.ndarray) -> tuple[float, float]:
    """SDR and SI-SDR in dB."""
    wanted = float(source @ source)
    sdr = decibel(wanted / float(np.sum((estimate - source) ** 2)))
    aligned = float(estimate @ source) / wanted * source
    return sdr, decibel(float(aligned @ aligned) / max(float(np.sum((estimate - aligned) ** 2)), 1e-12 * wanted))


def at_level(source: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both scaled so that their sum has the level of training."""
    scale = LEVEL / max(float(np.sqrt(np.mean((source + noise) ** 2))), 1e-6)
    return (source * scale).astype(np.float32), (noise * scale).astype(np.float32)


@torch.no_grad()
def measure(model: resunet.ResUNet30, pack: Pack, rows: list[dict], seconds: float = 8.0) -> np.ndarray:
    """`[pairs, 4]` in dB, of waveforms, offline: SDR and SI-SDR improvement of the right query, then of the wrong one,
    the other sound's caption."""
    found, length = [], int(seconds * model.config.sample_rate)
    for row in rows:
        source, noise = mix(load(pack, row["src_wav"])[:length], load(pack, row["noise_wav"]), float(row["snr_db"]))
        source, noise = at_level(source, noise)
        mixture = source + noise
        condition = np.stack([pack.embedding[row["caption"]], pack.embedding[row["noise_caption"]]])
        waves = torch.from_numpy(mixture)[None].repeat(2, 1)
        right, wrong = model(waves, torch.from_numpy(condition)).numpy()
        base = scores(mixture, source)
        found.append([a - b for estimate in (right, wrong) for a, b in zip(scores(estimate, source), base)])
    return np.array(found)


def summary(found: np.ndarray) -> dict:
    """Means over pairs."""
    names = ["sdri", "si_sdri", "wrong_sdri", "wrong_si_sdri"]
    means = {name: round(float(value), 2) for name, value in zip(names, found.mean(0))}
    better = float(np.mean(found[:, 1] > found[:, 3]))
    return means | {"si_sdri_median": round(float(np.median(found[:, 1])), 2), "right_beats_wrong": round(better, 3)}


def telling(rows: list[dict], found: np.ndarray) -> list[dict]:
    """Four of the better half of the pairs: what streaming costs shows on sounds that the network does separate."""
    order = np.argsort(found[:, 1])
    return [rows[order[int(share * (len(rows) - 1))]] for share in (0.95, 0.85, 0.75, 0.6)]


def own_pairs(pack: Pack, groups: list[str], count: int, seed: int) -> list[dict]:
    """Pairs of validation clips of the groups that were trained, at 0 dB, as `validation_pairs.tsv` has them of all."""
    random, rows = np.random.default_rng(seed), []
    numbers = [number for number, group in enumerate(pack.groups) if group in groups]
    while len(rows) < count:
        first, second = random.choice(numbers, 2, replace=False)
        if not pack.apart[first, second]:
            continue
        clips = [pack.of_group[pack.groups[number]] for number in (first, second)]
        source, noise = (held[random.integers(len(held))] for held in clips)
        if min(source["length"], noise["length"]) < 32_000:
            continue
        rows.append(
            {
                "caption": str(random.choice(source["captions"])),
                "src_wav": source["key"],
                "noise_wav": noise["key"],
                "snr_db": 0,
                "noise_caption": str(random.choice(noise["captions"])),
            }
        )
    return rows


def save_mixtures(pack: Pack, rows: list[dict], path: Path, seconds: float = 12.0) -> None:
    """`mixture.N`, `source.N` `[samples]` and `condition.N` `[384]`; short clips are repeated."""
    stored, length = {}, int(seconds * 32_000)
    for number, row in enumerate(rows):
        source = np.resize(load(pack, row["src_wav"]), length)
        source, noise = at_level(*mix(source, load(pack, row["noise_wav"]), float(row["snr_db"])))
        stored[f"mixture.{number}"] = torch.from_numpy(source + noise)
        stored[f"source.{number}"] = torch.from_numpy(source)
        stored[f"condition.{number}"] = torch.from_numpy(np.float32(pack.embedding[row["caption"]]))
    described = json.dumps([f"{row['caption']} ({row['src_wav']} against {row['noise_wav']})" for row in rows])
    save_file(stored, path, metadata={"texts": described, "sample_rate": "32000"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path, help="folder for weights, log.jsonl, measured.json and mixtures.safetensors")
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--groups", type=int, default=40, help="kinds of sound to learn, those with most audio")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "validation_pairs.tsv")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.set_flush_denormal(True)
    args.run.mkdir(parents=True, exist_ok=True)
    config = resunet.Config.narrow()
    pack, valid = Pack(args.cache, "train"), Pack(args.cache, "valid")
    seconds = {group: sum(clip["length"] for clip in clips) for group, clips in pack.of_group.items()}
    heard = [group for group in pack.groups if len(valid.of_group.get(group, [])) >= 2]
    kept = sorted(heard, key=lambda group: -seconds[group])[: args.groups]
    few_groups(pack, kept)
    mixer = ComplexMixer(pack, args.seed, config)
    model = resunet.ResUNet30(config)
    start(model, resunet.magnitude(mixer.batch(24, 128)[0].sum(0)))
    optimiser = torch.optim.Adam(model.parameters(), lr=args.rate, betas=(0.9, 0.98))
    own = own_pairs(valid, kept, 60, 20)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters; sounds: {', '.join(kept)}", flush=True)

    log = open(args.run / "log.jsonl", "a")
    weights = args.run / "resunet-narrow.safetensors"
    begun, saved, step, total = time.monotonic(), time.monotonic(), 0, [0.0, 0.0, 0]
    progress = 0.0
    while progress < 1.0 and not (args.run / "stop").exists():
        progress = (time.monotonic() - begun) / 60 / args.minutes
        # Falls along half a cosine, over the whole time.
        rate = args.rate * min(1.0, (step + 1) / 30) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * min(1.0, progress)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        size, frames, bins = SHORT if progress < SHARE_OF_SHORT else LONG
        decibels, compressed = train_step(model, optimiser, mixer.batch(size, frames), bins)
        step += 1
        total = [total[0] + decibels, total[1] + compressed, total[2] + 1]
        if step % 50 == 0:
            line = {
                "step": step,
                "minutes": round((time.monotonic() - begun) / 60, 2),
                "frames": frames,
                "loss_db": round(total[0] / total[2], 3),
                "compressed": round(total[1] / total[2], 4),
                "rate": round(rate, 6),
            }
            total = [0.0, 0.0, 0]
            if time.monotonic() - saved > 420:
                saved = time.monotonic()
                copy = settled(model, mixer, 6)
                line["own"] = summary(measure(copy, valid, own[:12], 4.0))
                resunet.export(copy, weights)
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)

    copy = settled(model, mixer, 24)
    resunet.export(copy, weights)
    found = measure(copy, valid, own)
    save_mixtures(valid, telling(own, found), args.run / "mixtures.safetensors")
    measured = {
        "steps": step,
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "level_rms": LEVEL,
        "groups": kept,
        "pairs_of_trained_groups": summary(found),
        "validation_pairs_first_60": summary(measure(copy, valid, read_pairs(args.pairs)[:60])),
    }
    (args.run / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")
    print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
