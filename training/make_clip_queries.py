"""Draws a list of mixtures that are asked for by a sound, in the form of `validation_pairs.tsv`.

In:  folders of packs (see `prepare.py`), `validation_pairs.tsv`.
Out: `clip_pairs.tsv`: those of its mixtures for whose source there is another held-out recording of the same group, which is the query
     (`query_wav`); likewise for the noise, as the wrong query (`noise_query_wav`), where there is one. With `--audio DIR`, the clips.

Pieces of one recording share source and label: `recordings.py`.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from make_pairs import COLUMNS, of_validation, wav_name, write_audio
from prepare import read_manifest
from validation import read_pairs

HERE = Path(__file__).parent
SECONDS = 0.5  # shortest query


def others(manifest: list[dict]) -> dict[str, list[str]]:
    """Of each held-out clip, by its name as a WAV file, those of other recordings of its group."""
    clips = [row for row in manifest if of_validation(row)]
    recording = {wav_name(row["key"]): (row["source"], row["label"]) for row in clips}
    group = {wav_name(row["key"]): row["group"] for row in clips}
    long = [wav_name(row["key"]) for row in clips if float(row["seconds"]) >= SECONDS]
    return {
        name: sorted(other for other in long if group[other] == group[name] and recording[other] != recording[name])
        for name in recording
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=HERE / "clip_pairs.tsv")
    parser.add_argument("--audio", type=Path, help="decode the clips of the list into this folder")
    parser.add_argument("--seed", type=int, default=29)
    args = parser.parse_args()

    manifests, rng = {data: read_manifest(data) for data in args.data}, np.random.default_rng(args.seed)
    alike = others([row for rows in manifests.values() for row in rows])
    pairs = []
    for row in read_pairs(HERE / "validation_pairs.tsv"):
        queries, wrong = alike[row["src_wav"]], alike[row["noise_wav"]]
        if queries:
            row["query_wav"] = rng.choice(queries)
            row["noise_query_wav"] = rng.choice(wrong) if wrong else ""
            pairs.append(row)
    columns = [*COLUMNS, "query_wav", "noise_query_wav"]
    with open(args.out, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE)
        writer.writeheader()
        writer.writerows(pairs)
    print(f"{len(pairs)} mixtures")
    if args.audio:
        clips = [{"src_wav": row[a], "noise_wav": row[b]} for row in pairs for a, b in (("src_wav", "noise_wav"), ("query_wav", "noise_query_wav"))]
        write_audio(manifests, [{**clip, "noise_wav": clip["noise_wav"] or clip["src_wav"]} for clip in clips], args.audio)


if __name__ == "__main__":
    main()
