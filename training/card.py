"""Writes the card of a released model: what it is, what it learnt from, under which licences, how long, how well.

    python card.py RUN CACHE --evaluation evaluation.json --out ../models/weights/earmark-small.md

`evaluation.json` is what `earmark evaluate … --json` printed for the exported weights.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch

import bands
from model import STEP, BandMask, config_from
from pack import Pack

FIGURES = {
    "sdri_db": "SDR improvement",
    "si_sdri_db": "SI-SDR improvement",
    "wrong_query_si_sdri_db": "the same, asked for the other sound",
    "absent_suppression_db": "by how much the answer to a sound that is not there is quieter than the mixture",
}


def data_table(cache: Path) -> list[str]:
    # Libraries of the list of unseen sources took no part.
    clips = Pack(cache, "train").clips
    sources = defaultdict(list)
    for clip in clips:
        sources[clip["source"], clip["licence"]].append(clip["length"] / bands.SAMPLE_RATE)
    hours = sum(map(sum, sources.values())) / 3600
    groups = len({clip["group"] for clip in clips})
    lines = [
        f"{len(clips)} recordings of single sounds, {hours:.1f} hours, in {groups} groups, each with several captions.",
        "",
        "| source | licence | clips | minutes |",
        "|---|---|---|---|",
    ]
    for (source, licence), seconds in sorted(sources.items(), key=lambda item: -sum(item[1])):
        lines.append(f"| {source} | {licence} | {len(seconds)} | {sum(seconds) / 60:.1f} |")
    return lines


def figures_table(evaluation: dict) -> list[str]:
    lines = ["| dB, on the pairs of `training/validation_pairs.tsv` | mean | median |", "|---|---|---|"]
    for key, name in FIGURES.items():
        figure = evaluation["all"][key]
        lines.append(f"| {name} | {figure['mean']:.1f} | {figure['median']:.1f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    checkpoint = torch.load(args.run / "checkpoint.pt", weights_only=True, map_location="cpu")
    model = BandMask(config_from(json.loads(checkpoint["config"])))
    size = sum(parameter.numel() for parameter in model.parameters())
    config = model.config
    lookahead = STEP * sum(block.ahead for block in config.blocks)
    lines = [
        f"# {args.out.stem}",
        "",
        "The separator that ships inside Earmark: a mixture and the words for one of its sounds go in, that sound comes out.",
        "",
        f"- **What it is**: a U-Net along frequency around {len(config.blocks)} dilated convolutions of {config.channels} channels, "
        f"{size / 1e6:.1f} million weights in 16 bits, one real gain for each of {config.bands} bands "
        f"{config.sample_rate / config.hop:.0f} times a second, {lookahead} frames of lookahead; steered by MiniLM's embedding of the query "
        "(`training/model.py`, `models/src/band_mask`).",
        f"- **How it was made**: `training/train.py`, a last run of {checkpoint['step']} steps in {checkpoint['seconds'] / 60:.0f} minutes "
        "that began with the weights of one before, and the mean of its weights and of those before it (`average.py`); the logs are in "
        "`training/logs/`.",
        "- **Licence**: as Earmark (MIT or Apache-2.0). No recording is contained in the weights.",
        "- **What it is for**: single sounds of the kinds below, live. What it cannot do: the README.",
        "",
        "## How well it separates",
        "",
        *figures_table(json.loads(args.evaluation.read_text())),
        "",
        "## What it learnt from",
        "",
        *data_table(args.cache),
    ]
    args.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
