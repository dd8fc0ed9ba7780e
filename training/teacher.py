"""Lets a tagger that has heard far more than these packs listen to every clip, for `ears.Ears` to learn from.

    python teacher.py CACHE yamnet.tflite

In:  a cache of `prepare.py`; YAMNet as Google publishes it for TensorFlow Lite (`yamnet/classification/tflite/1`, Apache-2.0),
     which reads 15,600 samples at 16 kHz and gives 521 chances.
Out: `CACHE/tags.npz`: each clip's key and its tags, halfway between their mean and their largest over windows half a second apart.
     `CACHE/windows.npz`, for `scenes.py`: the tags of all windows, and for each clip its first window and their number. Training runs
     without them.
"""

import argparse
from pathlib import Path

import numpy as np
import soxr
from ai_edge_litert.interpreter import Interpreter

from pack import Pack
from prepare import SAMPLE_RATE

RATE, WINDOW = 16_000, 15_600
LEVEL = 0.1  # root mean square that every clip is brought to
LONGEST = 10  # seconds that a clip's tags are of


class Teacher:
    def __init__(self, path: Path):
        self.network = Interpreter(str(path), num_threads=1)
        self.network.allocate_tensors()
        self.scores = self.network.get_output_details()[0]["index"]

    def windows(self, clip: np.ndarray) -> np.ndarray:
        """Chances of the windows of a clip at 32 kHz, `[windows, 521]`; a short one is repeated."""
        sound = soxr.resample(clip, SAMPLE_RATE, RATE)
        sound = sound * (LEVEL / max(np.sqrt(np.mean(sound**2)), 1e-5))
        if len(sound) < WINDOW:
            sound = np.resize(sound, WINDOW)
        chances = []
        for start in range(0, len(sound) - WINDOW + 1, WINDOW // 2):
            self.network.set_tensor(0, sound[None, start : start + WINDOW].astype(np.float32))
            self.network.invoke()
            chances.append(self.network.get_tensor(self.scores)[0])
        return np.stack(chances)


def tags_of(windows: np.ndarray) -> np.ndarray:
    """Chances of a clip, `[521]`, by those of its windows."""
    first = windows[: max(1, LONGEST * RATE // (WINDOW // 2) - 1)]
    return (first.mean(0) + first.max(0)) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("network", type=Path)
    args = parser.parse_args()
    pack, teacher = Pack(args.cache, "train"), Teacher(args.network)
    keys, tags, windows, index, first = [], [], [], [], 0
    for number, clip in enumerate(pack.clips):
        wave = pack.audio[clip["offset"] : clip["offset"] + clip["length"]].astype(np.float32) / 32768
        keys.append(clip["key"])
        windows.append(teacher.windows(wave).astype(np.float16))
        tags.append(tags_of(windows[-1].astype(np.float32)).astype(np.float16))
        index.append((first, len(windows[-1])))
        first += len(windows[-1])
        if number % 500 == 499:
            print(f"{number + 1} of {len(pack.clips)} clips", flush=True)
    np.savez(args.cache / "tags.npz", keys=np.array(keys), tags=np.array(tags))
    np.savez(args.cache / "windows.npz", tags=np.concatenate(windows), index=np.array(index))


if __name__ == "__main__":
    main()
