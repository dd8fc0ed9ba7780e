"""Training mixtures made on the fly from a cache of `prepare.py`."""

import json
from pathlib import Path

import numpy as np
import torch

import bands
from model import Vocabulary, draw_near, expand

FRAMES = 128
SAMPLES = FRAMES * bands.HOP
MOST_SECONDS = 900.0  # of a group that count for how often it is drawn
TOO_ALIKE = 0.6  # cosine of two groups' captions above which they are not mixed


class Pack:
    """The clips of one split, their groups, and the embeddings of their captions."""

    def __init__(self, cache: Path, split: str):
        self.audio = np.memmap(cache / "audio.i16", dtype="<i2", mode="r")
        self.clips = [clip for clip in json.loads((cache / "clips.json").read_text()) if clip["split"] == split]
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
        self.alike = self._alike()

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


class Mixer:
    """Draws batches of mixtures of two or three sounds, two of them asked for by a caption of their own.

    Sounds are cropped, stretched, put into rooms and transformed once, then mixed with several partners, at other
    levels and through other equalisers each time: a pool of `pool` spectra, of which each batch renews
    `fresh · size` and takes two a mixture. The pool must be so large that a sound comes back after many steps: a network
    learns the sounds of the last few dozen by heart."""

    def __init__(
        self, pack: Pack, seed, absent: float = 0.15, third: float = 0.05, pool: int = 1536, fresh: float = 1.0
    ):
        self.pack = pack
        self.random = np.random.default_rng(seed)
        texts, meanings, counts = pack.vocabulary()
        self.texts = torch.from_numpy(texts)
        self.meanings = expand(self.texts, torch.from_numpy(meanings), counts)
        self.absent, self.third, self.fresh = absent, third, fresh
        edges = np.array(bands.band_edges())
        self.matrix = bands.band_matrix()
        self.ends = edges[1:]
        self.centres = np.sqrt((edges[:-1] + edges[1:] - 1) / 2 / bands.BINS)
        self.spectra = torch.zeros(pool, FRAMES, bands.BINS, dtype=torch.complex64)
        self.power = torch.zeros(pool, FRAMES, bands.BANDS)
        self.group = np.zeros(pool, int)
        self.limit = np.zeros(pool, int)  # the bin from which nothing is left
        self.oldest = 0
        self._renew(pool)

    def _renew(self, count: int) -> None:
        for _ in range(count):
            group = self.random.choice(len(self.pack.groups), p=self.pack.weight)
            wave, clip = self._source(group)
            if self.random.random() < 0.2:
                wave = self._room(wave)
            row, self.oldest = self.oldest, (self.oldest + 1) % len(self.group)
            self.spectra[row] = bands.spectrum(torch.from_numpy(wave)[None])[0]
            self.power[row] = torch.view_as_real(self.spectra[row]).square().sum(-1) @ self.matrix
            self.group[row] = group
            self.limit[row] = int(clip["bandwidth_hz"] / (bands.SAMPLE_RATE / 2) * (bands.BINS - 1)) + 1

    def _crop(self, clip: dict) -> np.ndarray:
        speed = np.exp(self.random.uniform(-0.25, 0.25)) if self.random.random() < 0.7 else 1.0
        need, length = int(SAMPLES * speed) + 2, clip["length"]
        if length > need:
            start = self.random.integers(0, length - need)
            part = self.pack.audio[clip["offset"] + start : clip["offset"] + start + need].astype(np.float32)
        else:
            whole = self.pack.audio[clip["offset"] : clip["offset"] + length].astype(np.float32)
            if self.random.random() < 0.5:
                part = np.resize(np.roll(whole, self.random.integers(0, length)), need)
            else:
                part = np.zeros(need, np.float32)
                at = self.random.integers(0, need - length + 1)
                part[at : at + length] = whole
        if speed != 1.0:
            position = np.arange(SAMPLES, dtype=np.float32) * np.float32(speed)
            sample = position.astype(np.int32)
            position -= sample
            part = part[sample] * (1 - position) + part[sample + 1] * position
        return part[:SAMPLES]

    def _source(self, group: int) -> tuple[np.ndarray, dict]:
        clips = self.pack.of_group[self.pack.groups[group]]
        for _ in range(4):
            clip = clips[self.random.integers(len(clips))]
            part = self._crop(clip)
            level = np.sqrt(np.mean(part**2))
            if level > 3.0:  # about -80 dB: not a pause
                break
        return part / max(level, 1.0), clip

    def _room(self, waves: np.ndarray) -> np.ndarray:
        """`waves` as heard in a room: noise that decays by 60 dB within 0.15 to 0.9 s, bent towards low frequencies,
        after the direct sound. The wet sound is the target too: a listener asks for the sound, not for a dry one."""
        decay = np.exp(self.random.uniform(np.log(0.15), np.log(0.9)))
        length = int(decay * bands.SAMPLE_RATE)
        tail = self.random.normal(0, 1, length) * 10 ** (-3 * np.arange(length) / length)
        tail = np.convolve(tail, [0.5, 0.3, 0.2])[:length]
        tail[: int(self.random.uniform(0.002, 0.02) * bands.SAMPLE_RATE)] = 0
        tail *= 10 ** (self.random.uniform(-14, 0) / 20) / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        size = 1 << (len(waves) + length - 1).bit_length()
        waves, tail = torch.from_numpy(waves), torch.from_numpy(tail.astype(np.float32))
        return torch.fft.irfft(torch.fft.rfft(waves, size) * torch.fft.rfft(tail, size), size)[: len(waves)].numpy()

    def _query(self, group: int) -> np.ndarray:
        """A caption, a phrase around one, or another wording of the group, one as often as the other."""
        name = self.pack.groups[group]
        captions, wordings = self.pack.captions[name], self.pack.wordings.get(name, [])
        caption = captions[self.random.integers(len(captions))]
        kind = self.random.integers(3 if wordings else 2)
        known = ([self.pack.embedding[caption]], self.pack.reworded[caption], wordings)[kind]
        chosen = known[self.random.integers(len(known))]
        # A little off the caption, as yet another wording of it would be (cosine about 0.96).
        blurred = chosen + self.random.normal(0, 0.015, chosen.shape)
        return blurred / np.linalg.norm(blurred)

    def _equaliser(self) -> np.ndarray:
        """A smooth random response over the bands, mostly within ±9 dB, of either sign."""
        knots = self.random.normal(0, 4.5, 7) * (self.random.random() < 0.8)
        return 10 ** (np.interp(self.centres, np.linspace(0, 1, 7), knots) / 20) * self.random.choice([-1, 1])

    def _sounds(self, count: int) -> list[int]:
        """Rows of the pool whose groups no caption confuses."""
        chosen = [int(self.random.integers(len(self.group)))]
        while len(chosen) < count:
            other = int(self.random.integers(len(self.group)))
            if all(self.pack.alike[self.group[other], self.group[row]] < TOO_ALIKE for row in chosen):
                chosen.append(other)
        return chosen

    def _elsewhere(self, groups) -> int:
        """A group that none of `groups` is like."""
        allowed = self.pack.weight * np.all([self.pack.alike[group] < TOO_ALIKE for group in groups], 0)
        return self.random.choice(len(allowed), p=allowed / allowed.sum())

    def batch(self, size: int) -> dict[str, torch.Tensor]:
        """`mixture` [size, FRAMES, BANDS] and, for each of two queries, `power` and `along` [2, size, FRAMES, BANDS]:
        the sums of |X|², |S|² and Re(X·S*) over a band's bins; `condition` [2, size, 384]; `present` [2, size].
        The first query asks for one sound, the second for the other or, where `present` is 0, for a sound that is in
        neither: its power is 0. Some mixtures hold a third sound that nobody asks for. `heard` and `group`, [2, size,
        FRAMES] and [2, size], are the power and the group of the two sounds, whatever is asked for."""
        self._renew(round(self.fresh * size))
        mixture = torch.zeros(size, FRAMES, bands.BANDS)
        power, along = torch.zeros(2, size, FRAMES, bands.BANDS), torch.zeros(2, size, FRAMES, bands.BANDS)
        condition, present = np.zeros((2, size, 384), np.float32), torch.ones(2, size)
        labels = np.zeros((2, size), int)
        for i in range(size):
            count = 3 if self.random.random() < self.third else 2
            rows = self._sounds(count)
            snr = self.random.uniform(-10, 10)
            level = 10 ** (self.random.uniform(-45, -10) / 20)
            levels = [10 ** (snr / 40), 10 ** (-snr / 40), 10 ** (self.random.uniform(-15, 0) / 20)]
            # Bandwidth must be no clue to the source.
            limit = min(self.limit[rows]) if self.random.random() < 0.5 else bands.BINS
            gains = [level * levels[n] * self._equaliser() * (self.ends <= limit) for n in range(count)]
            gains = [torch.from_numpy(gain.astype(np.float32)) for gain in gains]
            own = [self.power[row] * gain.square() for row, gain in zip(rows, gains)]
            # Re(X·S*) of each sound: its own power and what it has in common with the others.
            shares = [part.clone() for part in own]
            for n in range(count):
                for m in range(n):
                    one, other = self.spectra[rows[n]], self.spectra[rows[m]]
                    common = torch.addcmul(one.real * other.real, one.imag, other.imag) @ self.matrix
                    common *= gains[n] * gains[m]
                    shares[n] += common
                    shares[m] += common
            mixture[i] = sum(shares)
            groups = self.group[rows]
            for n in range(2):
                power[n, i], along[n, i], labels[n, i] = own[n], shares[n], groups[n]
                condition[n, i] = self._query(groups[n])
            if self.random.random() < self.absent:
                condition[1, i] = self._query(self._elsewhere(groups))
                present[1, i] = 0
        asked = present[..., None, None]
        return {
            "mixture": mixture.clamp_min(0),
            "power": power * asked,
            "along": along * asked,
            # As a released model does.
            "condition": draw_near(torch.from_numpy(condition), self.texts, self.meanings, Vocabulary()),
            "present": present,
            "heard": power.sum(-1),
            "group": torch.from_numpy(labels),
        }


class Batches(torch.utils.data.IterableDataset):
    """Batches of a cache's training clips without end."""

    def __init__(self, cache: Path, seed: list[int], pool: int, size: int):
        self.cache, self.seed, self.pool, self.size = cache, seed, pool, size

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        seed = self.seed if worker is None else [*self.seed, worker.id]
        mixer = Mixer(Pack(self.cache, "train"), seed, pool=self.pool)
        while True:
            yield mixer.batch(self.size)

    def iterator(self, workers: int):
        """From so many processes in turn, always in the same order; from this one where there are none."""
        return iter(torch.utils.data.DataLoader(self, batch_size=None, num_workers=workers) if workers else self)
