"""Draws three more lists in the form of `validation_pairs.tsv`, to report on what was chosen on that one.

In:  folders of packs (see `prepare.py`), `unseen_sources.txt`, `contained.tsv` and `everyday.tsv`.
Out: `unseen_pairs.tsv`: both clips come from libraries that training never hears;
     `equal_bandwidth_pairs.tsv`: validation clips that end at the same frequency, so that bandwidth names neither;
     `everyday_pairs.tsv`: what people may type without a thought (columns group, wording of `everyday.tsv`, written before any
     training on them), each on held-out clips of the sound that it means. Wordings whose sound has none are named.
     With `--audio DIR`, the clips of all three.

No clip of a pair may hold what the other is of.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from contained import held, read_table
from make_pairs import draw_pairs, of_validation, wav_name, write_audio, write_pairs
from minilm import embed
from pack import UNSEEN
from prepare import read_manifest

HERE = Path(__file__).parent
SECONDS = 1.0  # shortest clip


class Apart:
    """Says of two groups whether neither's clips may hold the other."""

    def __init__(self, manifest: list[dict]):
        of_kind = {}
        for row in manifest:
            of_kind.setdefault(row["kind"], set()).add(row["group"])
        of_kind = {kind: sorted(groups) for kind, groups in of_kind.items()}
        table = read_table()
        self.holds = {group: held(table, group, of_kind) for groups in of_kind.values() for group in groups}

    def __call__(self, group: str, other: str) -> bool:
        return other not in self.holds[group] and group not in self.holds[other]


def everyday(manifest: list[dict], held_out, apart: Apart, cosine: float, each: int, seed: int) -> list[dict]:
    """`each` mixtures of every wording, the noise from groups that no caption brings near to it."""
    rng = np.random.default_rng(seed)
    clips, captions = {}, {}
    for row in sorted(manifest, key=lambda row: row["key"]):
        if held_out(row) and float(row["seconds"]) >= SECONDS:
            clips.setdefault(row["group"], []).append(row)
            captions.setdefault(row["group"], set()).update(row["captions"].split("|"))
    meant = {group: embed(sorted(texts)) for group, texts in captions.items()}
    with open(HERE / "everyday.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    without = [row["wording"] for row in rows if row["group"] not in clips]
    print(f"{len(without)} of {len(rows)} wordings have no held-out clip: {', '.join(without)}")
    pairs = []
    for row in rows:
        group = row["group"]
        if group not in clips:
            continue
        asked = np.concatenate([embed([row["wording"]]), meant[group]])
        others = [other for other in sorted(clips) if apart(group, other) and (meant[other] @ asked.T).max() < cosine]
        for _ in range(each):
            source = clips[group][rng.integers(len(clips[group]))]
            other, absent = rng.choice(others, 2, replace=False)
            noise = clips[other][rng.integers(len(clips[other]))]
            pair = {"caption": row["wording"], "src_wav": wav_name(source["key"]), "noise_wav": wav_name(noise["key"])}
            pair |= {"snr_db": 0, "noise_caption": rng.choice(noise["captions"].split("|"))}
            pair |= {"group": group, "noise_group": other, "absent_caption": rng.choice(sorted(captions[absent]))}
            pairs.append(pair)
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the lists")
    parser.add_argument("--audio", type=Path, help="decode the clips of the lists into this folder")
    parser.add_argument("--count", type=int, default=150, help="pairs of unseen sources, and of equal bandwidth")
    parser.add_argument("--each", type=int, default=3, help="mixtures of an everyday wording")
    parser.add_argument("--cosine", type=float, default=0.6, help="captions nearer than this are not paired")
    parser.add_argument("--seed", type=int, default=22)
    args = parser.parse_args()

    manifests = {data: read_manifest(data) for data in args.data}
    manifest = [row for rows in manifests.values() for row in rows]
    unseen, apart = {line for line in UNSEEN.read_text().splitlines() if line}, Apart(manifest)

    def of_unseen(row: dict) -> bool:
        return row["source"] in unseen

    def equal(source: dict, noise: dict) -> bool:
        return source["bandwidth_hz"] == noise["bandwidth_hz"]

    drawn = (args.count, SECONDS, args.cosine, args.seed)
    lists = {
        "unseen_pairs.tsv": draw_pairs(manifest, *drawn, held_out=of_unseen, apart=apart),
        "equal_bandwidth_pairs.tsv": draw_pairs(manifest, *drawn, apart=apart, fits=equal),
        "everyday_pairs.tsv": everyday(
            manifest, lambda row: of_validation(row) or of_unseen(row), apart, args.cosine, args.each, args.seed
        ),
    }
    for name, pairs in lists.items():
        write_pairs(args.out / name, pairs)
    if args.audio:
        write_audio(manifests, [pair for pairs in lists.values() for pair in pairs], args.audio)


if __name__ == "__main__":
    main()
