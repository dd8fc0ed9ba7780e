"""Counts the recordings behind each group of sounds that training hears, and behind each everyday word.

A pack's clips are pieces of recordings; pieces of one recording share source and label, and are counted once. Labels with
numbered variants are one too, so the count is the least that there can be.

In:  folders of packs (see `prepare.py`), `unseen_sources.txt`, `everyday.tsv`.
Out: on the standard output, columns group, recordings, sources, seconds, fewest first; then the everyday words whose sound has
     fewer than `--few`.
"""

import argparse
import csv
from pathlib import Path

from pack import UNSEEN
from prepare import read_manifest

HERE = Path(__file__).parent


def count(manifest: list[dict], unseen: set[str]) -> dict[str, tuple[int, int, float]]:
    """Recordings, sources and seconds of each group that training hears."""
    found = {}
    for row in manifest:
        recordings, sources, seconds = found.setdefault(row["group"], (set(), set(), []))
        if row["split"] == "train" and row["source"] not in unseen:
            recordings.add((row["source"], row["label"]))
            sources.add(row["source"])
            seconds.append(float(row["seconds"]))
    return {group: (len(one), len(two), sum(three)) for group, (one, two, three) in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--few", type=int, default=15)
    args = parser.parse_args()
    found = count([row for data in args.data for row in read_manifest(data)], set(UNSEEN.read_text().splitlines()))
    print("group\trecordings\tsources\tseconds")
    for group, (recordings, sources, seconds) in sorted(found.items(), key=lambda item: (item[1][0], item[0])):
        print(f"{group}\t{recordings}\t{sources}\t{seconds:.0f}")
    with open(HERE / "everyday.tsv", newline="") as file:
        groups = sorted({row["group"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)})
    few = [f"{group} {found.get(group, (0,))[0]}" for group in groups if found.get(group, (0,))[0] < args.few]
    scarce = sum(recordings < args.few for recordings, _, _ in found.values())
    print(f"\n{scarce} of {len(found)} groups have fewer than {args.few} recordings.")
    print(f"Of the {len(groups)} sounds of everyday words {len(few)} have: {', '.join(few)}")


if __name__ == "__main__":
    main()
