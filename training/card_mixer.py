"""Mixtures made in whole batches on the device that trains, from audio that lies there: what `mixtures.Mixer` does one by one.

Every sound is cropped, put to another speed, mixed and transformed anew for each batch; there is no pool. Speeds are a few
for each batch, so that the rows of one speed share a transform.
"""

import numpy as np
import torch
from torch.nn import functional as F

import bands
from mixtures import FRAMES, NOISY, ONE_BANDWIDTH, OTHERS
from model import Vocabulary, draw_near, expand
from pack import Pack
from sources import EDGE, SPEED, TWO, UNIT

SPEEDS = 8  # of a batch
SOUNDS = 3  # of a mixture, the last silent in most
ROOMS = 0.2  # share of sounds in a room


class Ragged:
    """Rows of different counts side by side, one of each drawn at once."""

    def __init__(self, rows: list, device):
        self.start = torch.tensor(np.cumsum([0] + [len(row) for row in rows[:-1]]), device=device)
        self.count = torch.tensor([len(row) for row in rows], device=device)

    def draw(self, of: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """For each row of `of` the index of one of its members; of an empty row the index is of another row."""
        share = torch.rand(of.shape, generator=random, device=of.device)
        count = self.count[of]
        return self.start[of] + (share * count).long().clamp_max(count.sub(1).clamp_min(0))


class CardMixer:
    """Draws batches of the form of `mixtures.Mixer.batch`, all tensors on `device`."""

    def __init__(self, pack: Pack, seed: int, device, frames: int = FRAMES, absent: float = 0.15, third: float = 0.05):
        self.frames, self.samples, self.device = frames, frames * bands.HOP, torch.device(device)
        self.absent, self.third = absent, third
        self.random = torch.Generator(self.device).manual_seed(seed)

        def on_device(values, dtype=torch.float32) -> torch.Tensor:
            return torch.as_tensor(np.array(values)).to(self.device, dtype)

        self.audio = on_device(pack.audio, torch.int16)
        clips = [clip for group in pack.groups for clip in pack.of_group[group]]
        self.clips = Ragged([pack.of_group[group] for group in pack.groups], self.device)
        self.offset = on_device([clip["offset"] for clip in clips], torch.long)
        self.length = on_device([clip["length"] for clip in clips], torch.long)
        self.bandwidth = on_device([clip["bandwidth_hz"] for clip in clips])
        self.tags = on_device([pack.tags_of([clip]) for clip in clips])
        self.weight = on_device(pack.weight)
        self.apart = on_device(pack.apart, torch.bool)
        # Three kinds of text of a group: captions, phrases around them, other wordings.
        texts = [pack.captions[group] for group in pack.groups]
        kinds = [
            [[pack.embedding[text] for text in row] for row in texts],
            [[phrase for text in row for phrase in pack.reworded[text]] for row in texts],
            [pack.wordings.get(group, []) for group in pack.groups],
        ]
        self.texts = [Ragged(rows, self.device) for rows in kinds]
        self.embeddings = [on_device([one for row in rows for one in row] or np.zeros((1, 384))) for rows in kinds]
        known, meanings, counts = pack.vocabulary()
        self.known = on_device(known)
        self.meanings = expand(torch.from_numpy(known), torch.from_numpy(meanings), counts).to(self.device)
        edges = np.array(bands.band_edges())
        self.matrix = bands.band_matrix().to(self.device)
        self.ends, self.widths = on_device(edges[1:], torch.long), on_device(np.diff(edges))
        self.centres = on_device(np.sqrt((edges[:-1] + edges[1:] - 1) / 2 / bands.BINS))

    def _uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.random, device=self.device)

    def _normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.random, device=self.device)

    def _groups(self, size: int) -> torch.Tensor:
        """`[size, SOUNDS + OTHERS]`: groups that may be heard side by side, and after them some that are in none of these."""
        allowed = self.weight.expand(size, -1)
        chosen = []
        for _ in range(SOUNDS):
            group = torch.multinomial(allowed + 1e-20, 1, generator=self.random)
            chosen.append(group)
            allowed = allowed * self.apart[group[:, 0]]
        chosen.append(torch.multinomial(allowed + 1e-20, OTHERS, replacement=True, generator=self.random))
        return torch.cat(chosen, 1)

    def _crops(self, clip: torch.Tensor, need: int) -> torch.Tensor:
        """`[rows, need]` of the clips: from anywhere in longer ones; shorter ones repeated, or somewhere in silence."""
        length, share = self.length[clip, None], self._uniform(len(clip), 1)
        spare = length - need
        # Of a longer clip the start; of a shorter one how far it is turned, or how late it stands.
        start = torch.where(spare > 0, (share * spare).long(), torch.zeros_like(length))
        once = (spare < 0) & (self._uniform(len(clip), 1) < 0.5)
        late = torch.where(once, (share * -spare).long(), (share * -length).long())
        place = torch.arange(need, device=self.device) + torch.where(spare > 0, start, -late)
        inside = (place >= 0) & (place < length)
        values = self.audio[self.offset[clip, None] + place % length].float()
        return torch.where(once & ~inside, torch.zeros_like(values), values)

    def _waves(self, group: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sounds of groups, `[rows, samples]` of mean power 1, up to which frequency in Hz each reaches, and its tags."""
        rows = len(group)
        clip = self.clips.draw(group, self.random)
        waves = torch.zeros(rows, self.samples, device=self.device)
        speed = torch.ones(rows, device=self.device)
        wide = self.samples + 2 * EDGE
        changed = self._uniform(rows) < 0.7
        bucket = torch.where(changed, 1 + (self._uniform(rows) * (SPEEDS - 1)).long(), torch.zeros_like(clip))
        factors = self._uniform(SPEEDS, low=-SPEED, high=SPEED).exp().tolist()
        for number, factor in enumerate(factors):
            mine = (bucket == number).nonzero()[:, 0]
            if not len(mine):
                continue
            need = UNIT * round(wide * factor / UNIT) if number else self.samples
            part = self._crops(clip[mine], need)
            if number:
                part = F.pad(torch.fft.rfft(part), (0, max(0, wide // 2 + 1 - need // 2 - 1)))[:, : wide // 2 + 1]
                part = torch.fft.irfft(part, wide)[:, EDGE:-EDGE] * (wide / need)
                speed[mine] = need / wide
            waves[mine] = part
        return waves / waves.square().mean(1, keepdim=True).sqrt().clamp_min(1.0), self.bandwidth[clip] * speed, self.tags[clip]

    def _sounds(self, group: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """`_waves`, some of two clips, some in rooms."""
        waves, bandwidth, tags = self._waves(group)
        two = (self._uniform(len(group)) < TWO).nonzero()[:, 0]
        if len(two):
            other, narrower, others = self._waves(group[two])
            both = waves[two] + other * 10 ** (self._uniform(len(two), 1, low=-6, high=6) / 20)
            waves[two] = both / both.square().mean(1, keepdim=True).sqrt().clamp_min(1e-3)
            bandwidth[two], tags[two] = torch.minimum(bandwidth[two], narrower), (tags[two] + others) / 2
        heard = (self._uniform(len(group)) < ROOMS).nonzero()[:, 0]
        if len(heard):
            waves[heard] = self._rooms(waves[heard])
        return waves, bandwidth, tags

    def _rooms(self, waves: torch.Tensor) -> torch.Tensor:
        """All rows in rooms that are made up, as those of `sources.Sources.room` are; the pack's are not used here."""
        rows, longest = len(waves), int(0.9 * bands.SAMPLE_RATE)
        time = torch.arange(longest, device=self.device)
        length = self._uniform(rows, 1, low=np.log(0.15), high=np.log(0.9)).exp() * bands.SAMPLE_RATE
        tail = self._normal(rows, longest) * 10 ** (-3 * time / length)
        tail = F.conv1d(F.pad(tail, (2, 0))[:, None], torch.tensor([[[0.2, 0.3, 0.5]]], device=self.device))[:, 0]
        gap = self._uniform(rows, 1, low=0.002, high=0.02) * bands.SAMPLE_RATE
        tail = tail * ((time >= gap) & (time < length))
        tail = tail * 10 ** (self._uniform(rows, 1, low=-14, high=0) / 20) / tail.square().sum(1, keepdim=True).sqrt()
        tail[:, 0] = 1.0
        size = 1 << (self.samples + longest - 1).bit_length()
        return torch.fft.irfft(torch.fft.rfft(waves, size) * torch.fft.rfft(tail, size), size)[:, : self.samples]

    def _equalisers(self, rows: int) -> torch.Tensor:
        """`sources.Sources.equaliser`, `[rows, BANDS]`."""
        knots = 4.5 * self._normal(rows, 7) * (self._uniform(rows, 1) < 0.8)
        at = self.centres * 6
        low = at.long().clamp_max(5)
        between = knots[:, low] + (knots[:, low + 1] - knots[:, low]) * (at - low)
        return 10 ** (between / 20) * (1 - 2 * (self._uniform(rows, 1) < 0.5).float())

    def _bed(self, power: torch.Tensor) -> torch.Tensor:
        """`mixtures.Mixer._bed` for mixtures of so much power a frame, `[size]`."""
        size = len(power)
        colour = self._equalisers(size).square() * self.widths ** self._uniform(size, 1)
        # Sums of so many exponential variables; of many it is nearly a normal one.
        spread = self.widths.rsqrt() * self._normal(size, self.frames, bands.BANDS)
        single = -self._uniform(size, self.frames, bands.BANDS).clamp_min(1e-9).log()
        drawn = torch.where(self.widths == 1, single, (1 + spread).clamp_min(0))
        level = power * 10 ** (self._uniform(size, low=-50, high=-30) / 10)
        return drawn * (colour / colour.sum(1, keepdim=True) * level[:, None])[:, None]

    def _queries(self, group: torch.Tensor) -> torch.Tensor:
        """`sources.Sources.query` of groups of any shape, `[…, 384]`."""
        wordings = self.texts[2].count[group] > 0
        kind = (self._uniform(*group.shape) * torch.where(wordings, 3, 2)).long()
        drawn = torch.zeros(*group.shape, 384, device=self.device)
        for number, (texts, embeddings) in enumerate(zip(self.texts, self.embeddings)):
            index = texts.draw(group, self.random).clamp_max(len(embeddings) - 1)
            drawn = torch.where((kind == number)[..., None], embeddings[index], drawn)
        return F.normalize(drawn + 0.015 * self._normal(*drawn.shape), dim=-1)

    @staticmethod
    def statistics(spectra: torch.Tensor, gains: torch.Tensor, matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Powers of each sound of mixtures and what each has in common with its mixture, Re(X·S*), both `[size, sounds, frames,
        BANDS]`. `spectra` `[size, sounds, frames, BINS]`, `gains` `[size, sounds, BANDS]`."""
        gains = gains[:, :, None]
        own = (torch.view_as_real(spectra).square().sum(-1) @ matrix) * gains.square()
        shares = [own[:, n] for n in range(own.shape[1])]
        for n in range(own.shape[1]):
            for m in range(n):
                common = ((spectra[:, n] * spectra[:, m].conj()).real @ matrix) * gains[:, n] * gains[:, m]
                shares[n], shares[m] = shares[n] + common, shares[m] + common
        return own, torch.stack(shares, 1)

    @torch.no_grad()
    def batch(self, size: int) -> dict[str, torch.Tensor]:
        """As `mixtures.Mixer.batch`."""
        groups = self._groups(size)
        waves, bandwidth, tags = self._sounds(groups[:, :SOUNDS].flatten())
        spectra = bands.spectrum(waves).unflatten(0, (size, SOUNDS))
        third = self._uniform(size) < self.third
        limit = (bandwidth / (bands.SAMPLE_RATE / 2) * (bands.BINS - 1)).long().add(1).clamp_max(bands.BINS)
        limit = limit.view(size, SOUNDS)
        limit[:, 2] = torch.where(third, limit[:, 2], bands.BINS)
        limit = torch.where(self._uniform(size) < ONE_BANDWIDTH, limit.amin(1), bands.BINS)
        snr, level = self._uniform(size, low=-10, high=10), 10 ** (self._uniform(size, low=-30, high=-8) / 20)
        levels = torch.stack([10 ** (snr / 40), 10 ** (-snr / 40), third * 10 ** (self._uniform(size, low=-15, high=0) / 20)], 1)
        gains = self._equalisers(size * SOUNDS).view(size, SOUNDS, -1) * (level[:, None] * levels)[..., None]
        own, shares = self.statistics(spectra, gains * (self.ends <= limit[:, None])[:, None], self.matrix)
        mixture = shares.sum(1)
        noisy = self._uniform(size) < NOISY
        mixture = mixture + self._bed(mixture.sum((1, 2)) / self.frames) * noisy[:, None, None]
        present = torch.ones(2, size, device=self.device)
        present[1] = (self._uniform(size) >= self.absent).float()
        asked = torch.stack([groups[:, 0], torch.where(present[1] > 0, groups[:, 1], groups[:, 3])])
        near = draw_near(self._queries(torch.cat([asked, groups[:, SOUNDS:].T])), self.known, self.meanings, Vocabulary())
        power, along = (both[:, :2].transpose(0, 1) for both in (own, shares))
        shown = present[..., None, None]
        return {
            "mixture": mixture.clamp_min(0),
            "power": power * shown,
            "along": along * shown,
            "condition": near[:2],
            "others": near[2:],
            "present": present,
            "heard": power.sum(-1),
            "group": groups[:, :2].T,
            "tags": tags.unflatten(0, (size, SOUNDS))[:, :2].transpose(0, 1),
        }
