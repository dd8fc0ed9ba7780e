"""Writes impulse responses of rooms for training: shoeboxes by the image-source method, and measured ones of a pack.

    python make_rooms.py CACHE [--measured FOLDER]

In:  a folder with `rirs.tar` of FLAC files, if any.
Out: `CACHE/rooms.npz`: each response at 32 kHz from the direct sound on, which is 1, at most 0.9 s long.
"""

import argparse
import tarfile
from pathlib import Path

import numpy as np
import pyroomacoustics

from prepare import SAMPLE_RATE, decode
from sources import from_the_direct_sound


def shoebox(random: np.random.Generator) -> np.ndarray:
    """A room of 2.5 to 10 m a side and 2.3 to 4 m of height that decays by 60 dB within 0.2 to 0.8 s, a sound 0.5 m or more
    from the walls and 0.5 m or more from a microphone."""
    size = np.array([*random.uniform(2.5, 10, 2), random.uniform(2.3, 4)])
    while True:
        # A decay that walls cannot give a room of this size is drawn again.
        try:
            absorption, order = pyroomacoustics.inverse_sabine(random.uniform(0.2, 0.8), size)
        except ValueError:
            continue
        sound, microphone = (random.uniform(0.5, size - 0.5) for _ in range(2))
        if np.linalg.norm(sound - microphone) >= 0.5:
            break
    room = pyroomacoustics.ShoeBox(
        size, fs=SAMPLE_RATE, materials=pyroomacoustics.Material(absorption), max_order=min(order, 30)
    )
    room.add_source(sound)
    room.add_microphone(microphone)
    room.compute_rir()
    return from_the_direct_sound(np.asarray(room.rir[0][0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--measured", type=Path, help="a pack's folder that holds rirs.tar")
    parser.add_argument("--count", type=int, default=120, help="of shoeboxes")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    rooms = [shoebox(random) for _ in range(args.count)]
    if args.measured:
        with tarfile.open(args.measured / "rirs.tar") as tar:
            files = [tar.extractfile(member) for member in tar if member.name.endswith(".flac")]
            rooms += [from_the_direct_sound(decode(file.read())) for file in files]
    np.savez(args.cache / "rooms.npz", *rooms)
    print(f"{len(rooms)} rooms, {np.mean([len(room) for room in rooms]) / SAMPLE_RATE:.2f} s long in the mean")


if __name__ == "__main__":
    main()
