"""Draws the list of pairs that the bundled model is judged by, and decodes the clips that it names.

In:  a folder with `manifest.tsv` and the `*.tar` shards of an audio pack (see `prepare.py`).
Out: `validation_pairs.tsv` (the columns of `COLUMNS`) and, with `--audio DIR`, one 16-bit mono WAV at 32 kHz for each
     clip of the list, so that `earmark evaluate validation_pairs.tsv --audio DIR` runs.

Both clips of a pair are of the validation split and at least `--seconds` long. Their groups differ, and no caption of
one group resembles any caption of the other (cosine of the MiniLM embeddings below `--cosine`): else the query would
name both sounds. Groups are drawn evenly, as target and as noise, so that big groups do not decide the mean. The absent
caption is of a third group, as unlike both of them.
"""

import argparse
import csv
import tarfile
from pathlib import Path

import numpy as np
import soundfile

from minilm import embed
from prepare import SAMPLE_RATE, decode, read_manifest

COLUMNS = ["caption", "src_wav", "noise_wav", "snr_db", "noise_caption", "group", "noise_group", "absent_caption"]


def wav_name(key: str) -> str:
    return Path(key).with_suffix(".wav").name


def compatible_groups(captions: dict[str, list[str]], cosine: float) -> dict[str, list[str]]:
    """For each group, the groups of which no caption is as near as `cosine` to any of its own."""
    texts = sorted({text for group in captions.values() for text in group})
    row = {text: i for i, text in enumerate(texts)}
    embeddings = embed(texts)
    similarity = embeddings @ embeddings.T
    rows = {group: [row[text] for text in own] for group, own in captions.items()}
    groups = sorted(captions)
    return {
        group: [
            other
            for other in groups
            if other != group and similarity[np.ix_(rows[group], rows[other])].max() < cosine
        ]
        for group in groups
    }


class EvenDraw:
    """Draws what was drawn least so far; ties are broken at random."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.count: dict[str, int] = {}

    def __call__(self, candidates: list[str]) -> str:
        least = min(self.count.get(candidate, 0) for candidate in candidates)
        rarest = [candidate for candidate in candidates if self.count.get(candidate, 0) == least]
        chosen = rarest[self.rng.integers(len(rarest))]
        self.count[chosen] = least + 1
        return chosen


def of_validation(row: dict) -> bool:
    return row["split"] == "valid"


def draw_pairs(
    manifest: list[dict],
    count: int,
    seconds: float,
    cosine: float,
    seed: int,
    held_out=of_validation,
    apart=lambda group, other: True,
    fits=lambda source, noise: True,
) -> list[dict]:
    """`held_out` says which rows of the manifest may be drawn, `apart` which groups may be mixed, `fits` which clips."""
    clips: dict[str, dict[str, dict]] = {}
    for row in sorted(manifest, key=lambda row: row["key"]):
        if held_out(row) and float(row["seconds"]) >= seconds:
            clips.setdefault(row["group"], {})[row["key"]] = row
    captions = {
        group: sorted({text for row in manifest if row["group"] == group for text in row["captions"].split("|")})
        for group in clips
    }
    compatible = {
        group: [other for other in others if apart(group, other)]
        for group, others in compatible_groups(captions, cosine).items()
    }
    targets = [group for group, others in compatible.items() if others]

    rng = np.random.default_rng(seed)
    target_group, noise_group = EvenDraw(rng), EvenDraw(rng)
    target_clip, noise_clip = EvenDraw(rng), EvenDraw(rng)
    pairs, drawn = [], set()
    while len(pairs) < count:
        group = target_group(targets)
        source = clips[group][target_clip(list(clips[group]))]
        unheard = {
            other: [
                key for key, noise in clips[other].items() if (source["key"], key) not in drawn and fits(source, noise)
            ]
            for other in compatible[group]
        }
        others = [other for other, keys in unheard.items() if keys]
        if not others:
            continue
        other = noise_group(others)
        noise = clips[other][noise_clip(unheard[other])]
        drawn.add((source["key"], noise["key"]))
        pairs.append(
            {
                "caption": rng.choice(source["captions"].split("|")),
                "src_wav": wav_name(source["key"]),
                "noise_wav": wav_name(noise["key"]),
                "snr_db": 0,
                "noise_caption": rng.choice(noise["captions"].split("|")),
                "group": group,
                "noise_group": other,
            }
        )
    draw_absent(pairs, captions, compatible, np.random.default_rng([seed, 1]))
    return pairs


def draw_absent(pairs: list[dict], captions: dict, compatible: dict, rng: np.random.Generator) -> None:
    """Adds to each pair the caption of a group that is like neither of its own: a sound that is not in the mixture."""
    draw = EvenDraw(rng)
    for pair in pairs:
        neither = set(compatible[pair["group"]]) & set(compatible[pair["noise_group"]])
        pair["absent_caption"] = rng.choice(captions[draw(sorted(neither))])


def write_pairs(path: Path, pairs: list[dict]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        writer.writeheader()
        writer.writerows(pairs)


def write_audio(manifests: dict[Path, list[dict]], pairs: list[dict], folder: Path) -> None:
    """`manifests`: the rows of each pack, by its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name for pair in pairs for name in (pair["src_wav"], pair["noise_wav"])}
    shards = {(data, row["shard"]) for data, rows in manifests.items() for row in rows if wav_name(row["key"]) in wanted}
    for data, shard in sorted(shards):
        with tarfile.open(data / shard) as tar:
            for member in tar:
                if wav_name(member.name) in wanted:
                    audio = np.clip(decode(tar.extractfile(member).read()), -1.0, 1.0)
                    soundfile.write(folder / wav_name(member.name), audio, SAMPLE_RATE, subtype="PCM_16")
                    wanted.remove(wav_name(member.name))
    if wanted:
        packs = ", ".join(map(str, manifests))
        raise SystemExit(f"{len(wanted)} clips of the list are not in the shards of {packs}, e.g. {min(wanted)}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "validation_pairs.tsv")
    parser.add_argument("--audio", type=Path, help="decode the clips of the list into this folder")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=1.0, help="shortest clip")
    parser.add_argument("--cosine", type=float, default=0.6, help="captions nearer than this are not paired")
    parser.add_argument("--seed", type=int, default=20)
    args = parser.parse_args()

    manifest = read_manifest(args.data)
    pairs = draw_pairs(manifest, args.count, args.seconds, args.cosine, args.seed)
    write_pairs(args.out, pairs)
    if args.audio:
        write_audio({args.data: manifest}, pairs, args.audio)


if __name__ == "__main__":
    main()
