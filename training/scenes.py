"""Scenes that a detector learns from, mixed on the fly from a cache of `powers.py`: backgrounds, and sounds that come and go over them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import bands
from detector import FRAMES
from model import Vocabulary, draw_near, expand
from pack import Pack
from sources import Sources

LENGTH = 500  # frames, 10 s
BACKGROUND = 0.85  # share of scenes that have one: a clip of ambience, music or speech, or …
TWO = 0.4  # … in this share of them two, one after the other
FADE = 25  # frames from one to the other
SOUNDS = [0.1, 0.25, 0.3, 0.2, 0.15]  # how often no, one, two, three and four sounds come
ALONE = [0.0, 0.4, 0.3, 0.2, 0.1]  # the same without a background
AGAIN = 0.3  # share of sounds that are of the group of the one before
SNR = (-5.0, 18.0)  # dB of a sound against the background
NOISY, NARROW = 0.7, 0.8  # shares of scenes with a bed of noise, and with no high frequencies
LEVEL = (-30.0, -8.0)  # dB of full scale
EXAMPLES = 0.2  # share of queries that are an example
HEARD = 0.1  # of the other sounds' power: at least this much a sound is there, 10 dB below them
LOUD = 10**-2.5  # and of its own loudest step's
FAINT = 10**-4.0  # below that of its loudest step's a sound is over; between, nobody says


@dataclass
class Sound:
    """`power` [LENGTH, BANDS] of one sound of a scene, and what a teacher heard in it, `tags` [LENGTH, tags]."""

    group: int
    power: np.ndarray
    tags: np.ndarray


class Scenes:
    def __init__(self, cache: Path, seed):
        self.pack, self.random = Pack(cache, "train"), np.random.default_rng(seed)
        self.powers = np.load(cache / "powers.npy", mmap_mode="r")
        self.variants: list[list] = [[] for _ in self.pack.clips]
        for number, first, frames, bandwidth in np.load(cache / "powers-index.npy"):
            self.variants[int(number)].append((int(first), int(frames), bandwidth))
        taught = (cache / "windows.npz").exists()
        heard = np.load(cache / "windows.npz") if taught else {"tags": np.zeros((1, 0), np.float16)}
        self.tags = heard["tags"]
        self.windows = heard["index"] if taught else np.tile([0, 1], (len(self.pack.clips), 1))
        numbers = {group: number for number, group in enumerate(self.pack.groups)}
        group = np.array([numbers[clip["group"]] for clip in self.pack.clips])
        self.members = [np.flatnonzero(group == number) for number in range(len(numbers))]
        steady = [self.pack.of_group[name][0].get("kind") in ("ambience", "music", "speech") for name in self.pack.groups]
        self.backgrounds = np.flatnonzero(steady)
        weight = self.pack.weight[self.backgrounds]
        self.background_weight = weight / weight.sum()
        self.widths = bands.band_matrix().sum(0).numpy()
        edges = np.array(bands.band_edges())
        self.ends = edges[1:] / bands.BINS * bands.SAMPLE_RATE / 2
        self.centres = np.sqrt((edges[:-1] + edges[1:] - 1) / 2 / bands.BINS)
        self.examples: dict[int, list] = {}
        if (cache / "said.npz").exists():
            stored = np.load(cache / "said.npz")
            for clip, said in zip(stored["clips"], stored["said"]):
                self.examples.setdefault(int(clip), []).append(said)
        self.sources = Sources(self.pack, self.random)
        texts, meanings, counts = self.pack.vocabulary()
        self.texts = torch.from_numpy(texts)
        self.meanings = expand(self.texts, torch.from_numpy(meanings), counts)

    def queries(self) -> torch.Tensor:
        """A query of every group, as a released model reads it, `[groups, 384]`: in words, or by an example where there are any."""
        drawn = np.stack([self.sources.query(group) for group in range(len(self.pack.groups))])
        for group in np.flatnonzero(self.random.random(len(drawn)) < EXAMPLES):
            of_clip = self.examples.get(int(self.random.choice(self.members[group])))
            if of_clip:
                blurred = of_clip[self.random.integers(len(of_clip))] + self.random.normal(0, 0.01, drawn.shape[1])
                drawn[group] = blurred / np.linalg.norm(blurred)
        return draw_near(torch.from_numpy(drawn.astype(np.float32)), self.texts, self.meanings, Vocabulary())

    def _clip(self, group: int, frames: int, repeated: bool) -> tuple[np.ndarray, np.ndarray]:
        """Powers and tags of a clip of a group through an equaliser, as many frames or, where it is shorter and not repeated, fewer."""
        clip = int(self.random.choice(self.members[group]))
        variants = self.variants[clip]
        first, length, bandwidth = variants[self.random.integers(len(variants))]
        if length >= frames:
            at = self.random.integers(0, length - frames + 1)
            chosen = np.arange(at, at + frames)
        else:
            chosen = (self.random.integers(length) + np.arange(frames)) % length if repeated else np.arange(length)
        lowest = chosen.min()
        stored = np.array(self.powers[first + lowest : first + chosen.max() + 1], np.float32)
        equaliser = self.sources.equaliser(self.centres) ** 2 * (self.ends <= bandwidth)
        begin, windows = self.windows[clip]
        heard = self.tags[begin + np.minimum((chosen / length * windows).astype(int), windows - 1)]
        return 10 ** stored[chosen - lowest] * equaliser.astype(np.float32), heard

    def _group(self, chosen: list[int], groups, weight) -> int | None:
        """One that may be heard beside those that are, or is one of them; `None` where there is hardly any."""
        for _ in range(20):
            group = int(self.random.choice(groups, p=weight))
            if group in chosen or all(self.pack.apart[group, other] for other in chosen):
                return group
        return None

    def _background(self, chosen: list[int]):
        count = 2 if self.random.random() < TWO else 1
        turn = self.random.integers(LENGTH // 5, LENGTH * 4 // 5)
        rising = np.clip((np.arange(LENGTH) - turn) / FADE + 0.5, 0, 1).astype(np.float32)
        for number in range(count):
            group = self._group(chosen, self.backgrounds, self.background_weight)
            if group is None:
                continue
            chosen.append(group)
            power, tags = self._clip(group, LENGTH, True)
            power /= max(power.sum(1).mean(), 1e-9)
            share = (rising if number else 1 - rising) if count == 2 else np.ones(LENGTH, np.float32)
            yield Sound(group, power * share[:, None], tags)

    def _sound(self, group: int) -> Sound | None:
        """One that comes and goes, at a level against a background of 1; `None` where the clip is silent there."""
        power, tags = self._clip(group, int(self.random.integers(20, LENGTH)), False)
        level = power.sum(1)
        if level.max() < 1e-6:
            return None
        power *= 10 ** (self.random.uniform(*SNR) / 10) / level[level > LOUD * level.max()].mean()
        at = int(self.random.integers(0, LENGTH - len(power) + 1))
        sound = Sound(group, np.zeros((LENGTH, bands.BANDS), np.float32), np.zeros((LENGTH, tags.shape[1]), np.float32))
        sound.power[at : at + len(power)], sound.tags[at : at + len(power)] = power, tags
        return sound

    def _sounds(self) -> list[Sound]:
        chosen: list[int] = []
        steady = len(self.backgrounds) and self.random.random() < BACKGROUND
        sounds = list(self._background(chosen)) if steady else []
        last = None
        for _ in range(self.random.choice(len(SOUNDS), p=SOUNDS if sounds else ALONE)):
            again = last is not None and self.random.random() < AGAIN
            group = last if again else self._group(chosen, len(self.pack.groups), self.pack.weight)
            sound = None if group is None else self._sound(group)
            if sound is not None:
                last = group
                chosen.append(group)
                sounds.append(sound)
        return sounds

    def _mixed(self, sounds: list[Sound]) -> np.ndarray:
        """Their sum, at one level. What two have in common is drawn: the sum of as many products of random phase as a band has bins."""
        mixture = sum((sound.power for sound in sounds), np.zeros((LENGTH, bands.BANDS), np.float32))
        roots = [np.sqrt(sound.power) for sound in sounds]
        common = np.zeros_like(mixture)
        for n, one in enumerate(roots):
            for other in roots[:n]:
                common += one * other * np.cos(self.random.uniform(0, 2 * np.pi, mixture.shape)).astype(np.float32)
        mixture = np.maximum(mixture + 2 * common / np.sqrt(self.widths), 0)
        if self.random.random() < NOISY:
            colour = self.sources.equaliser(self.centres) ** 2 * self.widths ** self.random.uniform(0, 1)
            noise = self.random.standard_gamma(self.widths, mixture.shape) / self.widths * colour / colour.sum()
            mixture += (noise * mixture.sum(1).mean() * 10 ** (self.random.uniform(-50, -25) / 10)).astype(np.float32)
        if self.random.random() < NARROW:
            mixture *= self.ends <= np.exp(self.random.uniform(np.log(6_000), np.log(20_000)))
        level = 10 ** (self.random.uniform(*LEVEL) / 10) * bands.WINDOW
        return mixture / max(mixture.sum(1).mean(), 1e-9) * level

    def scene(self) -> dict[str, np.ndarray]:
        """`power` [LENGTH, BANDS] of a mixture; for each step and group `there` and whether that is known, `known`; and `tags` [steps, tags] of
        all that is heard."""
        sounds = self._sounds()
        by_step = lambda frames: frames.reshape(-1, FRAMES).sum(1)
        levels: dict[int, np.ndarray] = {}
        for sound in sounds:
            levels[sound.group] = levels.get(sound.group, 0) + by_step(sound.power.sum(1))
        steps, groups = LENGTH // FRAMES, len(self.pack.groups)
        whole = sum(levels.values(), np.full(steps, 1e-9))
        there, known = np.zeros((steps, groups), np.float32), np.ones((steps, groups), bool)
        for group, level in levels.items():
            heard = (level > LOUD * level.max()) & (level > HEARD * (whole - level))
            there[:, group] = heard
            known[(level > FAINT * level.max()) & ~heard, group] = False
            # What may be called by its name, or hold it, is neither there nor absent.
            near = ~self.pack.apart[group]
            near[list(levels)] = False
            known[:, near] = False
        tags = sum(
            (by_step(sound.power.sum(1)) / whole)[:, None] * sound.tags[::FRAMES].astype(np.float32) for sound in sounds
        ) if sounds else np.zeros((steps, self.tags.shape[1]), np.float32)
        return {"power": self._mixed(sounds).astype(np.float32), "there": there, "known": known, "tags": tags}

    def batch(self, size: int) -> dict[str, torch.Tensor]:
        drawn = [self.scene() for _ in range(size)]
        return {name: torch.from_numpy(np.stack([one[name] for one in drawn])) for name in drawn[0]}
