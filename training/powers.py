"""The powers of the clips that training hears, in the network's bands, so that scenes can be mixed without transforms.

    python powers.py CACHE

In:  a cache of `prepare.py`.
Out: `CACHE/powers.npy`, `[frames, BANDS]`, the decimal logarithms of powers in 16 bits; `CACHE/powers-index.npy`, for each
     variant of a clip its number, its first frame, its frames, and the frequency in Hz up to which it reaches. Clips are
     there three times: as they are, faster and higher, slower and lower, the last two at times in a room.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

import bands
from pack import Pack
from sources import UNIT, Sources, at_speed

FLOOR = 1e-9
SPEEDS = (0.05, 0.25)  # natural logarithms
IN_A_ROOM = 0.4  # share of the variants at another speed


def powers(wave: np.ndarray, matrix: torch.Tensor) -> np.ndarray:
    wave = np.pad(wave, (0, -len(wave) % bands.HOP)) / 32768
    spectrum = bands.spectrum(torch.from_numpy(wave.astype(np.float32))[None])[0]
    return torch.log10((spectrum.real.square() + spectrum.imag.square()) @ matrix + FLOOR).half().numpy()


def variants(sources: Sources, wave: np.ndarray, bandwidth: float):
    """A clip as it is and at two other speeds, each with its bandwidth."""
    yield wave, bandwidth
    padded = np.pad(wave, (0, -len(wave) % UNIT))
    for way in (1, -1):
        speed = np.exp(way * sources.random.uniform(*SPEEDS))
        other = at_speed(padded, UNIT * max(1, round(len(padded) / speed / UNIT)))
        if sources.random.random() < IN_A_ROOM:
            other = sources.room(other)
        yield other, bandwidth * speed


def prepare(cache: Path) -> None:
    pack, matrix = Pack(cache, "train"), bands.band_matrix()
    sources = Sources(pack, np.random.default_rng(1))
    parts, index, first = [], [], 0
    for number, clip in enumerate(pack.clips):
        wave = pack.audio[clip["offset"] : clip["offset"] + clip["length"]].astype(np.float32)
        for other, bandwidth in variants(sources, wave, clip["bandwidth_hz"]):
            parts.append(powers(other, matrix))
            index.append((number, first, len(parts[-1]), min(bandwidth, bands.SAMPLE_RATE / 2)))
            first += len(parts[-1])
    np.save(cache / "powers.npy", np.concatenate(parts))
    np.save(cache / "powers-index.npy", np.array(index))
    print(f"{len(pack.clips)} clips, {len(index)} variants, {first} frames", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    args = parser.parse_args()
    prepare(args.cache)


if __name__ == "__main__":
    main()
