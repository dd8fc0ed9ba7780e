"""One sound as training hears it: a crop of a clip, at another speed, in a room, at one level."""

import numpy as np
import torch

import bands
from pack import Pack

LONGEST = 0.9  # seconds of a room's response
ROOM = 0.5  # of sounds in rooms, the share in one of the pack's, where it has any
SPEED = 0.25  # largest change of a crop's speed, in natural logarithms: pitch and tempo by 0.78 to 1.28
TWO = 0.25  # share of sounds that are two clips of their group: not all that one asks for is one recording
UNIT = 320  # crops are read in multiples of so many samples, so that their transforms have small factors
EDGE = 2 * UNIT  # samples at both ends of a crop that its transform, which goes round in a circle, does not get right


def at_speed(part: np.ndarray, samples: int) -> np.ndarray:
    """`part` in `samples` samples: faster and higher where it is longer than that. Exact up to the lower of both
    Nyquist frequencies and silent above: nothing folds back. The two ends run into each other."""
    spectrum = np.fft.rfft(part)
    kept = np.zeros(samples // 2 + 1, spectrum.dtype)
    shared = min(len(spectrum), len(kept))
    kept[:shared] = spectrum[:shared]
    return (np.fft.irfft(kept, samples) * (samples / len(part))).astype(np.float32)


def from_the_direct_sound(response: np.ndarray) -> np.ndarray:
    """An impulse response from its peak on, which becomes 1; as long as a tail may be."""
    peak = int(np.argmax(np.abs(response)))
    return (response[peak : peak + int(LONGEST * bands.SAMPLE_RATE)] / response[peak]).astype(np.float32)


def reverberate(waves: np.ndarray, response: np.ndarray) -> np.ndarray:
    """`waves` through a room of an impulse response, as long as before."""
    size = 1 << (len(waves) + len(response) - 1).bit_length()
    waves, response = torch.from_numpy(waves), torch.from_numpy(response.astype(np.float32))
    return torch.fft.irfft(torch.fft.rfft(waves, size) * torch.fft.rfft(response, size), size)[: len(waves)].numpy()


class Sources:
    """Draws sounds of a pack's groups with a random generator of the caller's."""

    def __init__(self, pack: Pack, random: np.random.Generator):
        self.pack, self.random = pack, random

    def draw(self, group: int, samples: int) -> tuple[np.ndarray, float, list[dict]]:
        """A sound of a group, `[samples]` of mean power 1 where it is no pause; the frequency in Hz up to which all of its
        recordings reach: above the only one there is nothing; and its clips."""
        clips = self.pack.of_group[self.pack.groups[group]]
        part, bandwidth, clip = self._heard(clips, samples)
        heard = [clip]
        if len(clips) > 1 and self.random.random() < TWO:
            other, narrower, clip = self._heard(clips, samples)
            heard.append(clip)
            part = part + other * 10 ** (self.random.uniform(-6, 6) / 20)
            part /= max(np.sqrt(np.mean(part**2)), 1e-3)
            bandwidth = min(bandwidth, narrower)
        return part, bandwidth, heard

    def _heard(self, clips: list[dict], samples: int) -> tuple[np.ndarray, float, dict]:
        """A crop of one of the clips that is no pause, at mean power 1, its bandwidth, and which it is."""
        for _ in range(4):
            clip = clips[self.random.integers(len(clips))]
            part, speed = self._crop(clip, samples)
            level = np.sqrt(np.mean(part**2))
            if level > 3.0:  # about -80 dB: not a pause
                break
        return part / max(level, 1.0), clip["bandwidth_hz"] * speed, clip

    def _crop(self, clip: dict, samples: int) -> tuple[np.ndarray, float]:
        """A part of a clip, and how many times faster than recorded."""
        speed = np.exp(self.random.uniform(-SPEED, SPEED)) if self.random.random() < 0.7 else 1.0
        if speed == 1.0:
            return self._part(clip, samples), 1.0
        wide = samples + 2 * EDGE
        need = UNIT * round(wide * speed / UNIT)
        return at_speed(self._part(clip, need), wide)[EDGE:-EDGE], need / wide

    def _part(self, clip: dict, need: int) -> np.ndarray:
        """`[need]` samples from anywhere in a clip; a shorter clip is repeated, or stands somewhere in silence."""
        length = clip["length"]
        if length > need:
            start = clip["offset"] + self.random.integers(0, length - need)
            return self.pack.audio[start : start + need].astype(np.float32)
        whole = self.pack.audio[clip["offset"] : clip["offset"] + length].astype(np.float32)
        if self.random.random() < 0.5:
            return np.resize(np.roll(whole, self.random.integers(0, length)), need)
        part = np.zeros(need, np.float32)
        at = self.random.integers(0, need - length + 1)
        part[at : at + length] = whole
        return part

    def room(self, waves: np.ndarray) -> np.ndarray:
        """`waves` as heard in one of the pack's rooms, or in one made up: noise that decays by 60 dB within 0.15 to 0.9 s, bent
        towards low frequencies, after the direct sound. The wet sound is the target too: a listener asks for the sound, not
        for a dry one."""
        if self.pack.rooms and self.random.random() < ROOM:
            return reverberate(waves, self.pack.rooms[self.random.integers(len(self.pack.rooms))])
        decay = np.exp(self.random.uniform(np.log(0.15), np.log(0.9)))
        length = int(decay * bands.SAMPLE_RATE)
        tail = self.random.normal(0, 1, length) * 10 ** (-3 * np.arange(length) / length)
        tail = np.convolve(tail, [0.5, 0.3, 0.2])[:length]
        tail[: int(self.random.uniform(0.002, 0.02) * bands.SAMPLE_RATE)] = 0
        tail *= 10 ** (self.random.uniform(-14, 0) / 20) / np.sqrt(np.sum(tail**2))
        tail[0] = 1.0
        return reverberate(waves, tail)

    def query(self, group: int) -> np.ndarray:
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

    def equaliser(self, centres: np.ndarray) -> np.ndarray:
        """A smooth random response at `centres`, 0 to 1 of the spectrum, mostly within ±9 dB, of either sign."""
        knots = self.random.normal(0, 4.5, 7) * (self.random.random() < 0.8)
        return 10 ** (np.interp(centres, np.linspace(0, 1, 7), knots) / 20) * self.random.choice([-1, 1])
