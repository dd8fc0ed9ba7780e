"""Trains the bundled separator from a cache of `prepare.py`.

Two queries of every mixture go through the network side by side, so that the only way to lower the loss is to listen
to the query. The learning rate falls to zero over the planned time; what is kept is the running mean of the weights.
A later run resumes from released weights (`--from`) with a fresh optimiser and a short warm-up.
"""

import argparse
import copy
import json
import time
from pathlib import Path

import torch

import bands
from mixtures import Mixer, Pack
from model import BandMask, Config
from validation import validate


def losses(gains, batch):
    """`gains` [2, size, frames, bands]. Mean over queries of the error in dB, and of the compressed magnitudes'.

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
    compressed = (gains.square() * mixture.clamp_min(0) / level + 1e-6).pow(0.15) - (power / level + 1e-6).pow(0.15)
    return decibels.mean(), compressed.abs().mean(), snr


def feature_statistics(model: BandMask, mixer: Mixer, widths) -> None:
    batch = mixer.batch(48)
    raw = torch.log10(batch["mixture"].clamp_min(0) / widths + model.config.power_floor).flatten(0, 1)
    model.feature_mean.copy_(raw.mean(0))
    model.feature_scale.copy_(1 / raw.std(0).clamp_min(0.1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path, help="folder for checkpoints and log.jsonl")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--steps", type=int, default=10**9, help="stop after so many steps, if sooner")
    parser.add_argument("--batch", type=int, default=16, help="mixtures a step")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--warmup", type=int, default=200, help="steps until the full rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=Path, default=Path(__file__).parent / "validation_pairs.tsv")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.set_flush_denormal(True)
    args.run.mkdir(parents=True, exist_ok=True)
    mixer = Mixer(Pack(args.cache, "train"), args.seed)
    valid = Pack(args.cache, "valid")
    widths = bands.band_matrix().sum(0)
    model = BandMask(Config())
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True)["mean"])
    else:
        feature_statistics(model, mixer, widths)
    mean = copy.deepcopy(model).eval()
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
        lr=args.rate,
        betas=(0.9, 0.98),
    )
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)

    log = open(args.run / "log.jsonl", "a")
    begun, saved, step, total = time.monotonic(), time.monotonic(), 0, [0.0, 0.0, 0.0, 0]
    finished = False
    while not finished:
        progress = min(1.0, max((time.monotonic() - begun) / 60 / args.minutes, step / args.steps))
        finished = progress >= 1.0 or (args.run / "stop").exists()
        rate = args.rate * min(1.0, (step + 1) / args.warmup) * max(0.0, 1 - progress)
        for group in optimiser.param_groups:
            group["lr"] = rate
        batch = mixer.batch(args.batch)
        gains = model(model.features(batch["mixture"].clamp_min(0) / widths), batch["condition"])
        decibels, compressed, first = losses(gains, batch)
        optimiser.zero_grad(set_to_none=True)
        (decibels + 8 * compressed).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            keep = min(0.998, (1 + step) / (10 + step))
            for kept, new in zip(mean.parameters(), model.parameters()):
                kept.lerp_(new, 1 - keep)
        total = [total[0] + decibels.item(), total[1] + compressed.item(), total[2] + first.item(), total[3] + 1]
        if step % 100 == 0 or finished:
            minutes = (time.monotonic() - begun) / 60
            line = {
                "step": step,
                "minutes": round(minutes, 2),
                "loss_db": round(total[0] / total[3], 3),
                "compressed": round(total[1] / total[3], 4),
                "present_db": round(total[2] / total[3], 3),
                "rate": round(rate, 6),
            }
            total = [0.0, 0.0, 0.0, 0]
            if time.monotonic() - saved > 480 or finished:
                saved = time.monotonic()
                line["valid"] = validate(mean, valid, args.pairs, 300 if finished else 60)
                torch.save({"mean": mean.state_dict(), "step": step}, args.run / "checkpoint.pt")
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)


if __name__ == "__main__":
    main()
