"""Decodes audio packs into one flat cache that training can map into memory.

In:  folders, each of `*.tar` shards of audio files and `manifest.tsv` (columns key, shard, split, seconds,
     bandwidth_hz, group, kind, captions joined by `|`, …).
Out: `CACHE/audio.i16` (all clips at 32 kHz, mono, int16, one after another), `CACHE/clips.json` (offset and
     length in samples, and the manifest's row, of each clip) and `CACHE/captions.npz` (each caption's MiniLM
     embedding, 384 values of unit norm, those of its other wordings, and those of what `wordings.tsv` says of its group).
"""

import argparse
import csv
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import soundfile
import soxr

SAMPLE_RATE = 32_000

PHRASES = ["the sound of {}", "the noise of {}", "a recording of {}", "i want to hear {}"]
"""What people put around the name of a sound; training asks in these words too."""

WORDINGS = Path(__file__).parent / "wordings.tsv"
"""What else people call the sounds of a group (columns group, wording). None is one of `paraphrases.tsv`, which are for
evaluation only."""


def read_manifest(data: Path) -> list[dict]:
    with open(data / "manifest.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def decode(blob: bytes) -> np.ndarray:
    """One encoded file as mono float32 at 32 kHz."""
    audio, rate = soundfile.read(io.BytesIO(blob), dtype="float32", always_2d=True)
    audio = audio.mean(axis=1)
    return soxr.resample(audio, rate, SAMPLE_RATE) if rate != SAMPLE_RATE else audio


def prepare_audio(packs: list[Path], cache: Path) -> list[dict]:
    rows = {(data, row["shard"], row["key"]): row for data in packs for row in read_manifest(data)}
    clips, offset = [], 0
    with open(cache / "audio.i16", "wb") as out:
        for data, shard in sorted({(data, shard) for data, shard, _ in rows}, key=lambda at: (packs.index(at[0]), at[1])):
            with tarfile.open(data / shard) as tar:
                for member in tar:
                    row = rows.get((data, shard, Path(member.name).name))
                    if row is None:
                        continue
                    audio = decode(tar.extractfile(member).read())
                    samples = np.clip(np.round(audio * 32767), -32768, 32767).astype("<i2")
                    out.write(samples.tobytes())
                    clips.append(
                        {
                            "key": row["key"],
                            "split": row["split"],
                            "group": row["group"],
                            "kind": row["kind"],
                            "bandwidth_hz": int(row["bandwidth_hz"]),
                            "captions": row["captions"].split("|"),
                            "source": row["source"],
                            "licence": row["licence"],
                            "label": row["label"],
                            "offset": offset,
                            "length": len(samples),
                        }
                    )
                    offset += len(samples)
            print(f"{data.name}/{shard}: {len(clips)} clips, {offset / SAMPLE_RATE / 3600:.2f} h", flush=True)
    missing = len(rows) - len(clips)
    if missing:
        raise SystemExit(f"{missing} of the manifests' {len(rows)} clips are not in their shards.")
    (cache / "clips.json").write_text(json.dumps(clips))
    return clips


def prepare_captions(clips: list[dict], cache: Path) -> None:
    from minilm import embed

    captions = sorted({caption for clip in clips for caption in clip["captions"]})
    groups = {clip["group"] for clip in clips}
    with open(WORDINGS, newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        wordings = [(row["group"], row["wording"]) for row in rows if row["group"] in groups]
    # A group is known by its own name: "cat" must not be drawn to a cat that purrs.
    named = set(captions) | {wording for _, wording in wordings}
    wordings += [(group, group) for group in sorted(groups - named)]
    reworded = embed([wording.format(caption) for caption in captions for wording in PHRASES])
    np.savez(
        cache / "captions.npz",
        captions=np.array(captions),
        embeddings=embed(captions),
        reworded=reworded.reshape(len(captions), len(PHRASES), -1),
        wording_groups=np.array([group for group, _ in wordings], dtype=str),
        wordings=embed([wording for _, wording in wordings]) if wordings else np.zeros((0, 384), np.float32),
    )
    print(f"{len(captions)} captions embedded, each in {len(PHRASES)} phrases, and {len(wordings)} wordings", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="folders of packs; groups of one name are one group")
    parser.add_argument("cache", type=Path)
    args = parser.parse_args()
    args.cache.mkdir(parents=True, exist_ok=True)
    prepare_captions(prepare_audio(args.data, args.cache), args.cache)


if __name__ == "__main__":
    main()
