"""The clips of a cache of `prepare.py`, by split and group, with what their captions mean."""

import csv
import json
from pathlib import Path

import numpy as np

import bands
from contained import holding

MOST_SECONDS = 900.0  # of a group that count for how often it is drawn
UNSEEN = Path(__file__).parent / "unseen_sources.txt"  # one a line: libraries that training never hears
DROPPED = Path(__file__).parent / "dropped.tsv"  # clips that are not what they say (columns key, group, heard)
TOO_ALIKE = 0.6  # cosine of two groups' captions above which they are not mixed


class Pack:
    """The clips of one split, their groups, and the embeddings of their captions."""

    def __init__(self, cache: Path, split: str):
        self.audio = np.memmap(cache / "audio.i16", dtype="<i2", mode="r")
        unseen = set(UNSEEN.read_text().split("\n"))
        clips = json.loads((cache / "clips.json").read_text())
        with open(DROPPED, newline="") as file:
            dropped = {row["key"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
        self.clips = [clip for clip in clips if clip["split"] == split]
        if split == "train":
            # What the list of unseen sources is drawn from is kept from training, and so is what is not what it says.
            self.clips = [clip for clip in self.clips if clip.get("source") not in unseen and clip["key"] not in dropped]
        # What `teacher.py` heard, `[tags]` of each clip; and impulse responses of `make_rooms.py`.
        heard = np.load(cache / "tags.npz") if (cache / "tags.npz").exists() else {"keys": [], "tags": []}
        self.tags = dict(zip(list(heard["keys"]), heard["tags"]))
        self.rooms = list(np.load(cache / "rooms.npz").values()) if (cache / "rooms.npz").exists() else []
        stored = np.load(cache / "captions.npz")
        self.embedding = dict(zip(stored["captions"].tolist(), stored["embeddings"]))
        # [phrases, 384] of each caption and [wordings, 384] of each group: see `prepare.PHRASES`, `prepare.WORDINGS`.
        self.reworded = dict(zip(stored["captions"].tolist(), stored["reworded"]))
        self.wordings = {}
        for group, wording in zip(stored["wording_groups"].tolist(), stored["wordings"]):
            self.wordings.setdefault(group, []).append(wording)
        self.groups = sorted({clip["group"] for clip in self.clips})
        self.of_group = {group: [clip for clip in self.clips if clip["group"] == group] for group in self.groups}
        self.captions = {
            group: sorted({caption for clip in clips for caption in clip["captions"]})
            for group, clips in self.of_group.items()
        }
        seconds = [sum(clip["length"] for clip in self.of_group[group]) / bands.SAMPLE_RATE for group in self.groups]
        weight = np.sqrt(np.minimum(seconds, MOST_SECONDS))
        self.weight = weight / weight.sum()
        of_kind = {}
        for group, clips in self.of_group.items():
            of_kind.setdefault(clips[0].get("kind"), []).append(group)
        # Groups that may be mixed with each other, or asked for where the other is heard.
        self.apart = (self._alike() < TOO_ALIKE) & ~holding(self.groups, of_kind)

    def tags_of(self, clips: list[dict]) -> np.ndarray:
        """The mean of what the teacher heard in each, `[tags]`; empty where none listened."""
        return np.mean([self.tags[clip["key"]] for clip in clips], 0, dtype=np.float32) if self.tags else np.zeros(0, np.float32)

    def vocabulary(self) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """The texts' embeddings, `[texts, 384]`: first the captions in their order, then the other wordings group by group;
        what each group's wordings mean, `[groups, 384]` of unit norm; and how many each has."""
        groups = [group for group in self.groups if group in self.wordings]
        captions = sorted({caption for captions in self.captions.values() for caption in captions})
        texts = [self.embedding[caption] for caption in captions]
        texts += [wording for group in groups for wording in self.wordings[group]]
        means = [np.mean([self.embedding[caption] for caption in self.captions[group]], 0) for group in groups]
        meanings = np.stack([mean / np.linalg.norm(mean) for mean in means]) if means else np.zeros((0, 384))
        counts = [len(self.wordings[group]) for group in groups]
        return np.stack(texts).astype(np.float32), meanings.astype(np.float32), counts

    def _alike(self) -> np.ndarray:
        """`[groups, groups]`: the largest cosine between a caption of one and a caption of the other."""
        owner = np.concatenate([[i] * len(self.captions[group]) for i, group in enumerate(self.groups)])
        matrix = np.stack([self.embedding[c] for group in self.groups for c in self.captions[group]])
        cosine = matrix @ matrix.T
        rows = np.stack([cosine[owner == i].max(0) for i in range(len(self.groups))])
        return np.stack([rows[:, owner == i].max(1) for i in range(len(self.groups))], 1)
