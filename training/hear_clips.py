"""What a released separator's ears say of the clips that training hears: queries by example, for a detector to learn from.

    python hear_clips.py CACHE earmark-small.safetensors

In:  a cache of `prepare.py` and `powers.py`, a released model that has ears.
Out: `CACHE/said.npz`: `clips` [examples], the number of each example's clip, and `said` [examples, 384] of unit norm. An example is the first
     6 s of a clip as it is, or of one that is faster.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import bands
import grow
from ears import meaning
from model import STEP

FRAMES = 300
LEVEL = 0.01  # mean square that an example is brought to
SILENCE = 16  # frames after it: the network looks ahead


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("separator", type=Path)
    args = parser.parse_args()
    separator, ears = grow.read(args.separator), grow.read_ears(args.separator)
    stored, widths = np.load(args.cache / "powers.npy", mmap_mode="r"), bands.band_matrix().sum(0)
    clips, said = [], []
    for number, (clip, first, frames, _) in enumerate(np.load(args.cache / "powers-index.npy")):
        if number % 3 == 2:
            continue
        power = torch.from_numpy(10 ** np.array(stored[int(first) : int(first + min(frames, FRAMES))], np.float32))
        power = F.pad(power, (0, 0, 0, -len(power) % STEP))
        if power.sum() < 1e-6:
            continue
        power *= LEVEL * bands.WINDOW / power.sum(1).mean()
        with torch.no_grad():
            _, x = separator.recognise(separator.features(F.pad(power, (0, 0, 0, SILENCE))[None] / widths))
            heard = F.normalize(x[0, : len(power) // STEP] @ ears["says.weight"].T + ears["says.bias"], dim=-1)
            said.append(meaning(heard, power.sum(1).unflatten(0, (-1, STEP)).sum(1)).numpy())
        clips.append(int(clip))
    np.savez(args.cache / "said.npz", clips=np.array(clips), said=np.stack(said))
    print(f"{len(said)} examples of {len(set(clips))} clips", flush=True)


if __name__ == "__main__":
    main()
