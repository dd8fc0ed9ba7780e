"""Scores a model on the committed validation pairs, from the statistics of bands (no waveform is made)."""

import csv
from pathlib import Path

import numpy as np
import torch

import bands
from model import STEP
from presence import sounding


def read_pairs(path: Path) -> list[dict]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def clip(pack, name: str) -> dict:
    """The clip whose key is `name` with any ending."""
    return next(clip for clip in pack.clips if Path(clip["key"]).stem == Path(name).stem)


def load(pack, name: str) -> np.ndarray:
    """A clip as float32 at 32 kHz."""
    found = clip(pack, name)
    return pack.audio[found["offset"] : found["offset"] + found["length"]].astype(np.float32) / 32768


def mix(source: np.ndarray, noise: np.ndarray, snr_db: float) -> tuple[np.ndarray, np.ndarray]:
    """The noise looped or cut to the source's length and scaled to the SNR by mean power; both scaled by 0.9/max where
    the mixture clips."""
    noise = np.resize(noise, len(source))
    noise = noise * np.sqrt(np.mean(source**2) / max(np.mean(noise**2), 1e-12) / 10 ** (snr_db / 10))
    peak = np.abs(source + noise).max()
    scale = 0.9 / peak if peak > 1 else 1.0
    return source * scale, noise * scale


def decibel(value: float) -> float:
    return 10 * float(np.log10(max(value, 1e-10)))


def scores(gains, mixture_power, along, source_power) -> tuple[float, float]:
    """SDR and SI-SDR in dB of one estimate, `[frames, bands]` each."""
    energy = float((gains.square() * mixture_power).sum())
    inner, wanted = float((gains * along).sum()), float(source_power.sum())
    sdr = -decibel((energy - 2 * inner + wanted) / wanted)
    aligned = inner**2 / wanted
    return sdr, decibel(aligned / max(energy - aligned, 1e-12 * wanted))


@torch.no_grad()
def validate(model, pack, pairs: Path, limit: int = 300, by_class: bool = False) -> dict:
    """Means over pairs: `sdri`, `si_sdri`, the same for the wrong query, and `absent` (the level of the estimate for a
    sound that neither of the two is, dB relative to the mixture), with the medians of the last two kinds; how often a step in
    which what is asked for sounds is held to be surer of it than one of a sound that is not there, `presence`; and, if asked
    for, the mean `si_sdri` of each group of targets."""
    matrix = bands.band_matrix()
    widths = matrix.sum(0)
    rows = read_pairs(pairs)[:limit]
    found, groups, sure = [], {}, []
    for row in rows:
        source, noise = mix(load(pack, row["src_wav"]), load(pack, row["noise_wav"]), float(row["snr_db"]))
        # The network reads whole steps.
        even = (0, -len(source) % (STEP * bands.HOP))
        waves = np.stack([np.pad(source, even), np.pad(noise, even)]).astype(np.float32)
        spectra = bands.spectrum(torch.from_numpy(waves))
        power = spectra.abs().square() @ matrix
        cross = (spectra[0] * spectra[1].conj()).real @ matrix
        mixture = (power[0] + power[1] + 2 * cross).clamp_min(0)
        texts = [row["caption"], row["noise_caption"], row["absent_caption"]]
        condition = torch.from_numpy(np.stack([pack.embedding[text] for text in texts]))[:, None]
        features = model.features(mixture / widths)[None]
        gains = model(features, condition)[:, 0]
        if model.presence is not None:
            there, _, absent = model.present(model.recognise(features)[1], condition)[:, 0]
            sure.append((there[sounding(power[0].sum(-1), power[1].sum(-1)) > 0], absent))
        along = power[0] + cross
        base = scores(torch.ones_like(cross), mixture, along, power[0])
        right, wrong = (scores(gains[i], mixture, along, power[0]) for i in (0, 1))
        absent = decibel(float((gains[2].square() * mixture).sum() / mixture.sum()))
        found.append([right[0] - base[0], right[1] - base[1], wrong[0] - base[0], wrong[1] - base[1], absent])
        groups.setdefault(clip(pack, row["src_wav"])["group"], []).append(right[1] - base[1])
    names = ["sdri", "si_sdri", "wrong_sdri", "wrong_si_sdri", "absent"]
    result = {name: round(float(value), 2) for name, value in zip(names, np.mean(found, 0))}
    for name in ("si_sdri", "absent"):
        result[f"{name}_median"] = round(float(np.median([row[names.index(name)] for row in found])), 2)
    if sure:
        there, absent = (torch.cat(part).sort().values for part in zip(*sure))
        result["presence"] = round(float(torch.searchsorted(absent, there).float().mean() / len(absent)), 3)
    if by_class:
        result["by_class"] = {group: round(float(np.mean(values)), 1) for group, values in sorted(groups.items())}
    return result
