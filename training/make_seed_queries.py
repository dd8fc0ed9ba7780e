"""Draws the list by which a first-time user's queries are judged: five sounds that one may try first, each in its own
words and in free ones.

In:  as for `make_pairs.py`.
Out: `seed_queries.tsv`, in the form of `validation_pairs.tsv`; its groups are the queries. With `--audio DIR`, the clips.

Each wording is asked of `--mixtures` mixtures at 0 dB. Sources are all validation clips of the query's groups that
are long enough, in turn; noises come evenly from groups that no wording names, that no source may contain, and that no
caption brings near a wording (cosine of the MiniLM embeddings below `--cosine`).
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from make_pairs import EvenDraw, wav_name, write_audio, write_pairs
from minilm import embed
from prepare import read_manifest


@dataclass
class Query:
    """One sound: its wordings, the groups of its clips, and the groups that hold it, too, or sound like it."""

    name: str
    wordings: list[str]
    groups: list[str]
    alike: list[str]


QUERIES = [
    Query(
        "keyboard typing",
        ["the sound of hitting the keyboard", "someone typing on a laptop", "computer keys clicking"],
        ["keyboard typing"],
        ["click", "clavinet", "piano", "synthesizer"],
    ),
    Query(
        "vehicle engine",
        ["the engine sound of a vehicle", "a motor running", "a car driving off"],
        ["car engine", "engine starting"],
        ["truck", "town", "tires rolling", "tire screech", "machinery", "chainsaw", "helicopter", "airplane",
         "propeller airplane", "jet engine", "spaceship", "sci-fi energy", "train", "roller coaster", "rumble", "missile",
         "landing gear"],
    ),
    Query(
        "acoustic guitar",
        ["acoustic guitar", "someone playing a guitar", "strings being plucked"],
        ["acoustic guitar"],
        ["guitar", "electric guitar", "banjo", "mandolin", "music", "string orchestra", "cello", "double bass"],
    ),
    Query(
        "speech",
        ["a person speaking", "somebody talking", "the voice of a man or a woman"],
        ["speech"],
        ["crowd", "crowd cheering", "restaurant", "town", "choir", "screaming", "laughter", "baby crying", "radio static",
         "monster", "zombie", "breathing"],
    ),
    Query(
        "rain",
        ["rain", "it is raining", "a rain shower outside"],
        ["rain"],
        ["heavy rain", "rain on surface", "thunder", "water", "waterfall", "waves", "river", "bubbles", "wind", "town",
         "day", "night", "fire", "radio static"],
    ),
]  # fmt: skip


def draw_query(query: Query, manifest: list[dict], args: argparse.Namespace, rng: np.random.Generator) -> list[dict]:
    clips: dict[str, list[dict]] = {}
    for row in sorted(manifest, key=lambda row: row["key"]):
        if row["split"] == "valid" and float(row["seconds"]) >= args.seconds:
            clips.setdefault(row["group"], []).append(row)
    captions = {
        group: sorted({text for row in manifest if row["group"] == group for text in row["captions"].split("|")})
        for group in clips
    }
    embeddings = {group: embed(own) for group, own in captions.items()}
    wordings = embed(query.wordings)
    unlike = [
        group
        for group, own in sorted(embeddings.items())
        if group not in query.groups + query.alike and (own @ wordings.T).max() < args.cosine
    ]
    sources = [clip for group in query.groups for clip in clips[group]]
    source, noise_group, noise_clip, absent = EvenDraw(rng), EvenDraw(rng), EvenDraw(rng), EvenDraw(rng)
    by_key = {clip["key"]: clip for group in clips.values() for clip in group}
    pairs = []
    for wording in query.wordings:
        for _ in range(args.mixtures):
            group = noise_group(unlike)
            noise = by_key[noise_clip([clip["key"] for clip in clips[group]])]
            third = [name for name in unlike if (embeddings[name] @ embeddings[group].T).max() < args.cosine]
            pairs.append(
                {
                    "caption": wording,
                    "src_wav": wav_name(source([clip["key"] for clip in sources])),
                    "noise_wav": wav_name(noise["key"]),
                    "snr_db": 0,
                    "noise_caption": rng.choice(noise["captions"].split("|")),
                    "group": query.name,
                    "noise_group": group,
                    "absent_caption": rng.choice(captions[absent(third)]),
                }
            )
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "seed_queries.tsv")
    parser.add_argument("--audio", type=Path, help="decode the clips of the list into this folder")
    parser.add_argument("--mixtures", type=int, default=6, help="for each wording")
    parser.add_argument("--seconds", type=float, default=2.0, help="shortest clip")
    parser.add_argument("--cosine", type=float, default=0.5, help="captions nearer than this are not mixed in")
    parser.add_argument("--seed", type=int, default=21)
    args = parser.parse_args()

    manifest = read_manifest(args.data)
    rng = np.random.default_rng(args.seed)
    pairs = [pair for query in QUERIES for pair in draw_query(query, manifest, args, rng)]
    write_pairs(args.out, pairs)
    if args.audio:
        write_audio({args.data: manifest}, pairs, args.audio)


if __name__ == "__main__":
    main()
