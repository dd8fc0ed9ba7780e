"""Training mixtures made on the fly from a cache of `prepare.py`."""

import json
from pathlib import Path

import numpy as np
import torch

import bands

FRAMES = 128
SAMPLES = FRAMES * bands.HOP
TOO_ALIKE = 0.6  # cosine of two groups' captions above which they are not mixed


class Pack:
    """The clips of one split, their groups, and the embeddings of their captions."""

    def __init__(self, cache: Path, split: str):
        self.audio = np.memmap(cache / "audio.i16", dtype="<i2", mode="r")
        self.clips = [clip for clip in json.loads((cache / "clips.json").read_text()) if clip["split"] == split]
        stored = np.load(cache / "captions.npz")
        self.embedding = dict(zip(stored["captions"].tolist(), stored["embeddings"]))
        self.groups = sorted({clip["group"] for clip in self.clips})
        self.of_group = {group: [clip for clip in self.clips if clip["group"] == group] for group in self.groups}
        self.captions = {
            group: sorted({caption for clip in clips for caption in clip["captions"]})
            for group, clips in self.of_group.items()
        }
        seconds = [sum(clip["length"] for clip in self.of_group[group]) / bands.SAMPLE_RATE for group in self.groups]
        weight = np.sqrt(np.minimum(seconds, 60.0))
        self.weight = weight / weight.sum()
        self.alike = self._alike()

    def _alike(self) -> np.ndarray:
        """`[groups, groups]`: the largest cosine between a caption of one and a caption of the other."""
        owner = np.concatenate([[i] * len(self.captions[group]) for i, group in enumerate(self.groups)])
        matrix = np.stack([self.embedding[c] for group in self.groups for c in self.captions[group]])
        cosine = matrix @ matrix.T
        rows = np.stack([cosine[owner == i].max(0) for i in range(len(self.groups))])
        return np.stack([rows[:, owner == i].max(1) for i in range(len(self.groups))], 1)


class Mixer:
    """Draws batches of mixtures of two or three sounds, two of them asked for by a caption of their own."""

    def __init__(self, pack: Pack, seed: int, absent: float = 0.25, third: float = 0.2):
        self.pack = pack
        self.random = np.random.default_rng(seed)
        self.absent, self.third = absent, third
        self.matrix = bands.band_matrix()
        self.centres = np.linspace(0, 1, bands.BINS) ** 0.5

    def _crop(self, clip: dict) -> np.ndarray:
        speed = np.exp(self.random.uniform(-0.3, 0.3)) if self.random.random() < 0.7 else 1.0
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
            part = np.interp(np.arange(SAMPLES) * speed, np.arange(need), part).astype(np.float32)
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

    def _query(self, group: int) -> np.ndarray:
        captions = self.pack.captions[self.pack.groups[group]]
        chosen = self.pack.embedding[captions[self.random.integers(len(captions))]]
        # A little off the caption, as another wording of it would be (cosine about 0.96).
        blurred = chosen + self.random.normal(0, 0.015, chosen.shape)
        return blurred / np.linalg.norm(blurred)

    def _equaliser(self) -> np.ndarray:
        """A smooth random response over the bins, mostly within ±9 dB."""
        knots = self.random.normal(0, 4.5, 7)
        return 10 ** (np.interp(self.centres, np.linspace(0, 1, 7), knots) / 20)

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
        return np.fft.irfft(np.fft.rfft(waves, size) * np.fft.rfft(tail, size), size)[: len(waves)].astype(np.float32)

    def batch(self, size: int) -> dict[str, torch.Tensor]:
        """`mixture` [size, FRAMES, BANDS] and, for each of two queries, `power` and `along` [2, size, FRAMES, BANDS]:
        the sums of |X|², |S|² and Re(X·S*) over a band's bins; `condition` [2, size, 384]; `present` [2, size].
        The first query asks for one sound, the second for the other or, where `present` is 0, for a sound that is in
        neither. Some mixtures hold a third sound that nobody asks for."""
        waves = np.zeros((3, size, SAMPLES), np.float32)
        response = np.ones((3, size, 1, bands.BINS), np.float32)
        condition = np.zeros((2, size, 384), np.float32)
        present = np.ones((2, size), np.float32)
        groups = len(self.pack.groups)
        for i in range(size):
            allowed, clips, chosen = self.pack.weight, [], []
            sounds = 3 if self.random.random() < self.third else 2
            for _ in range(sounds):
                group = self.random.choice(groups, p=allowed / allowed.sum())
                allowed = allowed * (self.pack.alike[group] < TOO_ALIKE)
                chosen.append(group)
            snr = self.random.uniform(-10, 10)
            level = 10 ** (self.random.uniform(-45, -10) / 20)
            levels = [10 ** (snr / 40), 10 ** (-snr / 40), 10 ** (self.random.uniform(-15, 0) / 20)]
            for row, group in enumerate(chosen):
                wave, clip = self._source(group)
                if self.random.random() < 0.25:
                    wave = self._room(wave)
                clips.append(clip)
                waves[row, i] = wave * level * levels[row]
                if self.random.random() < 0.8:
                    response[row, i, 0] = self._equaliser()
            condition[0, i], condition[1, i] = self._query(chosen[0]), self._query(chosen[1])
            if self.random.random() < self.absent:
                condition[1, i] = self._query(self.random.choice(groups, p=allowed / allowed.sum()))
                present[1, i] = 0
            if self.random.random() < 0.5:
                # Bandwidth must be no clue to the source.
                cut = min(clip["bandwidth_hz"] for clip in clips) / (bands.SAMPLE_RATE / 2)
                response[:, i, 0, int(cut * (bands.BINS - 1)) + 1 :] = 0
        spectra = bands.spectrum(torch.from_numpy(waves).flatten(0, 1)).unflatten(0, (3, size)) * torch.from_numpy(response)
        mixture, asked = spectra.sum(0), spectra[:2] * torch.from_numpy(present)[..., None, None]
        return {
            "mixture": (mixture.real.square() + mixture.imag.square()) @ self.matrix,
            "power": (asked.real.square() + asked.imag.square()) @ self.matrix,
            "along": (asked.real * mixture.real + asked.imag * mixture.imag) @ self.matrix,
            "condition": torch.from_numpy(condition),
            "present": torch.from_numpy(present),
        }
