"""Draws the lists that `earmark find` is judged by: minutes of background with sounds at known times.

In:  as for `make_pairs.py`, and `contained.tsv`.
Out: `places_tuning.tsv`, on which the defaults of `earmark find` were chosen, and `places.tsv`, to report on: no clip of one is in
     the other. With `--audio DIR`, the clips.

A row is one sound in one scene: `src_wav`, turned up by `gain_db` and laid over the background from `at` seconds on, is heard from
`onset` to `offset`. The background is `noise_wavs`, joined by `|`: each at -26 dBFS RMS, one after the other with half a second of
cross-fade at equal power, from the first again until `seconds` are full. A row without `src_wav` asks for a sound that is not in
the scene.

Sounds are validation clips of one occurrence: between their first and last 50 ms within 25 dB of the loudest ones nothing is
quieter than that for longer than half a second. `snr_db` is their level there against the background's. They are heard where they
are at least as loud as 10 dB below the background.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import soundfile

from make_held_out import Apart
from make_pairs import EvenDraw, compatible_groups, of_validation, wav_name, write_audio
from prepare import SAMPLE_RATE, read_manifest

COLUMNS = ["scene", "seconds", "noise_wavs", "caption", "group", "src_wav", "at", "gain_db", "onset", "offset", "snr_db"]
HERE = Path(__file__).parent
BED_DB = -26.0
CELL = 0.01
"""Step of the levels that occurrences are measured by, in seconds; each is of 50 ms."""
LEVELS = [0.0, 5.0, 10.0, 15.0]


def levels(audio: np.ndarray) -> np.ndarray:
    """The level of 50 ms around each cell, in dBFS."""
    step = round(CELL * SAMPLE_RATE)
    power = np.pad(audio.astype(np.float64) ** 2, (0, -len(audio) % step)).reshape(-1, step).mean(1)
    smooth = np.convolve(np.pad(power, 2), np.ones(5) / 5, "valid")
    return 10 * np.log10(np.maximum(smooth, 1e-12))


def span(above: np.ndarray) -> tuple[int, int]:
    """The first cell that is above, and the one after the last."""
    cells = np.flatnonzero(above)
    return (cells[0], cells[-1] + 1) if len(cells) else (0, 0)


def is_one(level: np.ndarray, shortest: float, longest: float) -> bool:
    """Whether a clip is one occurrence, neither shorter nor longer than this."""
    above = level > level.max() - 25
    cells = np.flatnonzero(above)
    pause = np.diff(cells).max(initial=0) * CELL
    return pause <= 0.5 and shortest <= len(cells) * CELL and (cells[-1] + 1 - cells[0]) * CELL <= longest


def place(level: np.ndarray, snr_db: float) -> tuple[float, float, float]:
    """The gain of a clip in dB, and where in it one begins and ceases to hear it, in seconds."""
    first, last = span(level > level.max() - 25)
    loud = 10 * np.log10(np.mean(10 ** (level[first:last] / 10)))
    gain = BED_DB + snr_db - loud
    first, last = span((level > level.max() - 25) & (level + gain > BED_DB - 10))
    return gain, first * CELL, last * CELL


class Scenes:
    """Draws scenes from a part of the clips."""

    def __init__(self, clips: list[dict], audio: Path, captions: dict, compatible: dict, args: argparse.Namespace):
        self.captions, self.compatible, self.args = captions, compatible, args
        self.levels, self.sounds, self.beds, self.seconds = {}, {}, {}, {}
        for row in clips:
            signal, _ = soundfile.read(audio / wav_name(row["key"]))
            level = levels(signal)
            self.seconds[row["key"]] = len(signal) / SAMPLE_RATE
            if row["kind"] in ("ambience", "music", "speech") and len(signal) > 4 * SAMPLE_RATE:
                self.beds.setdefault(row["group"], []).append(row["key"])
            if row["kind"] != "music" and is_one(level, args.shortest, args.longest):
                self.sounds.setdefault(row["group"], []).append(row["key"])
                self.levels[row["key"]] = level

    def draw(self, count: int, name: str, rng: np.random.Generator) -> list[dict]:
        group, sound, bed_group, bed, absent = (EvenDraw(rng) for _ in range(5))
        snr = EvenDraw(rng)
        rows = []
        groups = [group for group in self.sounds if set(self.compatible[group]) & set(self.beds)]
        for scene in range(count):
            own = group(groups)
            unlike = sorted(set(self.compatible[own]) & set(self.beds))
            noises = []
            for _ in range(self.args.beds):
                noise_group = bed_group(unlike)
                noises.append((noise_group, bed(self.beds[noise_group])))
            about = {
                "scene": f"{name} {scene + 1}",
                "seconds": self.args.seconds,
                "noise_wavs": "|".join(wav_name(key) for _, key in noises),
            }
            caption = rng.choice(self.captions[own])
            for at, key, snr_db in self.scatter(own, sound, snr, rng):
                gain, first, last = place(self.levels[key], snr_db)
                rows.append(
                    about
                    | {
                        "caption": caption,
                        "group": own,
                        "src_wav": wav_name(key),
                        "at": f"{at:.2f}",
                        "gain_db": f"{gain:.2f}",
                        "onset": f"{at + first:.2f}",
                        "offset": f"{at + last:.2f}",
                        "snr_db": f"{snr_db:g}",
                    }
                )
            heard = [own] + [noise_group for noise_group, _ in noises]
            neither = sorted(set.intersection(*(set(self.compatible[one]) for one in heard)))
            for _ in range(self.args.absent):
                other = absent(neither)
                rows.append(about | {"caption": rng.choice(self.captions[other]), "group": other})
        return rows

    def scatter(self, group: str, sound: EvenDraw, snr: EvenDraw, rng: np.random.Generator):
        """Times, clips and levels of the sounds of a scene, at least a second apart and from its ends."""
        keys = [sound(self.sounds[group]) for _ in range(self.args.sounds)]
        free = self.args.seconds - sum(self.seconds[key] + 1 for key in keys) - 1
        pauses = np.diff(np.sort(rng.uniform(0, free, len(keys))), prepend=0)
        at = 1.0
        for key, pause in zip(keys, pauses):
            at += pause
            yield round(at, 2), key, snr(LEVELS)
            at += self.seconds[key] + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=HERE, help="the folder of the lists")
    parser.add_argument("--audio", type=Path, required=True, help="decode the clips into this folder")
    parser.add_argument("--count", type=int, default=60, help="scenes of a list")
    parser.add_argument("--seconds", type=int, default=60, help="of a scene")
    parser.add_argument("--sounds", type=int, default=5, help="of a scene")
    parser.add_argument("--beds", type=int, default=4, help="clips behind a scene")
    parser.add_argument("--absent", type=int, default=2, help="sounds that are asked for in a scene and not in it")
    parser.add_argument("--shortest", type=float, default=0.2, help="seconds of a sound")
    parser.add_argument("--longest", type=float, default=6.0)
    parser.add_argument("--cosine", type=float, default=0.6, help="captions nearer than this are not mixed")
    parser.add_argument("--seed", type=int, default=23)
    args = parser.parse_args()

    manifest = read_manifest(args.data)
    clips = [row for row in sorted(manifest, key=lambda row: row["key"]) if of_validation(row)]
    args.audio.mkdir(parents=True, exist_ok=True)
    missing = [row for row in clips if not (args.audio / wav_name(row["key"])).is_file()]
    names = [{"src_wav": wav_name(row["key"]), "noise_wav": wav_name(row["key"])} for row in missing]
    if names:
        write_audio({args.data: manifest}, names, args.audio)
    captions = {
        group: sorted({text for row in manifest if row["group"] == group for text in row["captions"].split("|")})
        for group in {row["group"] for row in clips}
    }
    apart = Apart(manifest)
    compatible = {
        group: [other for other in others if apart(group, other)]
        for group, others in compatible_groups(captions, args.cosine).items()
    }
    rng = np.random.default_rng(args.seed)
    halves: dict[str, list[list[dict]]] = {}
    for group in sorted(captions):
        own = [row for row in clips if row["group"] == group]
        # A group of one clip goes to one of the halves.
        own = [own[i] for i in rng.permutation(len(own))]
        start = int(rng.integers(2))
        halves[group] = [own[start::2], own[1 - start :: 2]]
    for half, name in enumerate(["places_tuning", "places"]):
        part = [row for group in sorted(halves) for row in halves[group][half]]
        scenes = Scenes(part, args.audio, captions, compatible, args)
        rows = scenes.draw(args.count, name.replace("_", " "), rng)
        with open(args.out / f"{name}.tsv", "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
            writer.writeheader()
            writer.writerows(rows)
        print(f"{name}: {len(rows)} rows, {len(scenes.sounds)} groups of sounds, {len(scenes.beds)} of backgrounds")


if __name__ == "__main__":
    main()
