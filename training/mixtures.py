"""Training mixtures made on the fly from a cache of `prepare.py`."""

import numpy as np
import torch

import bands
from model import Vocabulary, draw_near, expand
from pack import Pack
from sources import Sources

FRAMES = 320  # 6.4 s: as much as the network hears at once
ONE_BANDWIDTH = 0.9  # share of mixtures all of whose sounds end where the narrowest does
NOISY = 0.7  # share of mixtures with a bed of noise
OTHERS = 3  # queries of each mixture for sounds that it does not hold, which are only told to be absent


class Mixer:
    """Draws batches of mixtures of two or three sounds, two of them asked for by a caption of their own.

    Sounds are cropped, stretched, put into rooms and transformed once, then mixed with several partners, at other
    levels and through other equalisers each time: a pool of `pool` spectra, of which each batch renews
    `fresh · size` and takes two a mixture. The pool must be so large that a sound comes back after many steps: a network
    learns the sounds of the last few dozen by heart."""

    def __init__(
        self,
        pack: Pack,
        seed,
        absent: float = 0.15,
        third: float = 0.05,
        pool: int = 1024,
        fresh: float = 1.0,
        frames: int = FRAMES,
    ):
        self.pack, self.frames = pack, frames
        self.random = np.random.default_rng(seed)
        self.sources = Sources(pack, self.random)
        texts, meanings, counts = pack.vocabulary()
        self.texts = torch.from_numpy(texts)
        self.meanings = expand(self.texts, torch.from_numpy(meanings), counts)
        self.absent, self.third, self.fresh = absent, third, fresh
        edges = np.array(bands.band_edges())
        self.matrix = bands.band_matrix()
        self.ends, self.widths = edges[1:], np.diff(edges)
        self.centres = np.sqrt((edges[:-1] + edges[1:] - 1) / 2 / bands.BINS)
        # Real and imaginary parts of sounds of mean power 1: they fit into half the bits.
        self.spectra = torch.zeros(pool, self.frames, bands.BINS, 2, dtype=torch.float16)
        self.power = torch.zeros(pool, self.frames, bands.BANDS)
        self.group = np.zeros(pool, int)
        self.limit = np.zeros(pool, int)  # the bin from which nothing is left
        self.tags = np.zeros((pool, len(pack.tags_of(pack.clips[:1]))), np.float32)
        self.oldest = 0
        self._renew(pool)

    def _renew(self, count: int) -> None:
        for _ in range(count):
            group = self.random.choice(len(self.pack.groups), p=self.pack.weight)
            wave, bandwidth, clips = self.sources.draw(group, self.frames * bands.HOP)
            if self.random.random() < 0.2:
                wave = self.sources.room(wave)
            row, self.oldest = self.oldest, (self.oldest + 1) % len(self.group)
            self.spectra[row] = torch.view_as_real(bands.spectrum(torch.from_numpy(wave)[None])[0])
            self.power[row] = self.spectra[row].float().square().sum(-1) @ self.matrix
            self.group[row], self.tags[row] = group, self.pack.tags_of(clips)
            self.limit[row] = min(int(bandwidth / (bands.SAMPLE_RATE / 2) * (bands.BINS - 1)) + 1, bands.BINS)

    def _sounds(self, count: int) -> list[int]:
        """Rows of the pool whose groups no caption confuses, and none of which may hold another."""
        chosen = [int(self.random.integers(len(self.group)))]
        while len(chosen) < count:
            other = int(self.random.integers(len(self.group)))
            if all(self.pack.apart[self.group[other], self.group[row]] for row in chosen):
                chosen.append(other)
        return chosen

    def _elsewhere(self, groups) -> int:
        """A group that none of `groups` is like or may hold."""
        allowed = self.pack.weight * np.all([self.pack.apart[group] for group in groups], 0)
        return self.random.choice(len(allowed), p=allowed / allowed.sum())

    def _bed(self, power) -> torch.Tensor:
        """Powers of steady noise, `[frames, BANDS]`, 30 to 50 dB below a mixture of so much power a frame. It has nothing in
        common with the sounds but by chance, which is left out."""
        colour = self.sources.equaliser(self.centres) ** 2 * self.widths ** self.random.uniform(0, 1)
        # A band's power is a sum of as many exponential variables as it has bins.
        drawn = self.random.standard_gamma(self.widths, (self.frames, bands.BANDS)) / self.widths
        bed = torch.from_numpy((drawn * colour / colour.sum()).astype(np.float32))
        return bed * power * 10 ** (self.random.uniform(-50, -30) / 10)

    def batch(self, size: int) -> dict[str, torch.Tensor]:
        """`mixture` [size, frames, BANDS] and, for each of two queries, `power` and `along` [2, size, frames, BANDS]:
        the sums of |X|², |S|² and Re(X·S*) over a band's bins; `condition` [2, size, 384]; `present` [2, size].
        The first query asks for one sound, the second for the other or, where `present` is 0, for a sound that is in
        neither: its power is 0. `others` [OTHERS, size, 384] ask for sounds that are not there either. Some mixtures hold a
        third sound that nobody asks for. `heard`, `group` and `tags`, [2, size, frames], [2, size] and [2, size, tags], are the
        power, the group and the teacher's tags of the two sounds, whatever is asked for."""
        self._renew(round(self.fresh * size))
        mixture = torch.zeros(size, self.frames, bands.BANDS)
        power, along = torch.zeros(2, size, self.frames, bands.BANDS), torch.zeros(2, size, self.frames, bands.BANDS)
        condition, present = np.zeros((2, size, 384), np.float32), torch.ones(2, size)
        others = np.zeros((OTHERS, size, 384), np.float32)
        labels, tags = np.zeros((2, size), int), np.zeros((2, size, self.tags.shape[1]), np.float32)
        for i in range(size):
            count = 3 if self.random.random() < self.third else 2
            rows = self._sounds(count)
            snr = self.random.uniform(-10, 10)
            # Where the automatic trim of levels leaves a mixture, give or take.
            level = 10 ** (self.random.uniform(-30, -8) / 20)
            levels = [10 ** (snr / 40), 10 ** (-snr / 40), 10 ** (self.random.uniform(-15, 0) / 20)]
            # Bandwidth must be no clue to the source.
            limit = min(self.limit[rows]) if self.random.random() < ONE_BANDWIDTH else bands.BINS
            gains = [level * levels[n] * self.sources.equaliser(self.centres) * (self.ends <= limit) for n in range(count)]
            gains = [torch.from_numpy(gain.astype(np.float32)) for gain in gains]
            own = [self.power[row] * gain.square() for row, gain in zip(rows, gains)]
            # Re(X·S*) of each sound: its own power and what it has in common with the others.
            shares = [part.clone() for part in own]
            for n in range(count):
                for m in range(n):
                    one, other = self.spectra[rows[n]].float(), self.spectra[rows[m]].float()
                    common = (one * other).sum(-1) @ self.matrix
                    common *= gains[n] * gains[m]
                    shares[n] += common
                    shares[m] += common
            mixture[i] = sum(shares)
            if self.random.random() < NOISY:
                mixture[i] += self._bed(mixture[i].sum() / self.frames)
            groups = self.group[rows]
            for n in range(2):
                power[n, i], along[n, i], labels[n, i] = own[n], shares[n], groups[n]
                condition[n, i], tags[n, i] = self.sources.query(groups[n]), self.tags[rows[n]]
            for other in others:
                other[i] = self.sources.query(self._elsewhere(groups))
            if self.random.random() < self.absent:
                condition[1, i] = self.sources.query(self._elsewhere(groups))
                present[1, i] = 0
        asked = present[..., None, None]
        # As a released model does.
        condition, others = (
            draw_near(torch.from_numpy(part), self.texts, self.meanings, Vocabulary()) for part in (condition, others)
        )
        return {
            "mixture": mixture.clamp_min(0),
            "power": power * asked,
            "along": along * asked,
            "condition": condition,
            "others": others,
            "present": present,
            "heard": power.sum(-1),
            "group": torch.from_numpy(labels),
            "tags": torch.from_numpy(tags),
        }
