"""Makes the short mixtures under `examples/` from clips of an audio pack, with their sources and their credits.

In:  a folder with `manifest.tsv` and the `*.tar` shards of an audio pack (see `prepare.py`).
Out: for each scene `NAME.wav` (the mixture) and one WAV per source, 48 kHz, 16 bits, mono or stereo, and `CREDITS.md`.

The mixture is the sum of the two source files, sample by sample, so a score against a source is exact up to the
rounding of 16 bits. The sources are brought to the same mean power (0 dB) unless the scene says otherwise. Only clips
of the validation split are taken, which the bundled model has not heard, and only those with a credit below.
"""

import argparse
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
import soxr

from prepare import read_manifest

SAMPLE_RATE = 48_000
PEAK = 0.9
FADE_SECONDS = 0.02


@dataclass
class Scene:
    """Two sounds: `sources` maps a file name to the key of its clip; the first is the one that is asked for."""

    name: str
    query: str
    sources: dict[str, str]
    seconds: float
    snr_db: float = 0.0
    # Left and right gain of each source. One gain each makes a mono file.
    panning: list[tuple[float, ...]] = field(default_factory=lambda: [(1.0,), (1.0,)])


SCENES = [
    Scene(
        "typing_over_speech",
        "the sound of hitting the keyboard",
        {"typing": "effect_keyboard-typing_0260.opus", "speech": "speech_speech_0840.opus"},
        seconds=7.0,
        panning=[(0.6, 0.8), (0.8, 0.6)],
    ),
    Scene(
        "dog_in_the_rain",
        "a dog barking",
        {"dog": "effect_dog_0030.opus", "rain": "ambience_rain_0021.opus"},
        seconds=4.5,
    ),
]

KEYBOARD_SOUNDS = (
    "Keyboard typing, assembled at random from single recorded key presses and releases of the profile "
    "`logitech-g915-tkl-brown` of [Keyboard Sounds](https://github.com/nathan-fiscaletti/keyboardsounds), "
    "copyright (c) 2022 Nathan Fiscaletti, MIT licence (text below)."
)
SPOKEN_DIGITS = (
    "Spoken digits (speaker Theo, recorded at 8 kHz), joined to a sequence, from the "
    "[Free Spoken Digit Dataset](https://github.com/Jakobovski/free-spoken-digit-dataset) by Zohar Jackson and "
    "contributors, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)."
)
ESC10 = (
    "clip `{clip}` of [ESC-10](https://github.com/karolpiczak/ESC-10) by Karol J. Piczak, "
    "[CC BY 3.0](https://creativecommons.org/licenses/by/3.0/), derived from \"{title}\" "
    "(freesound.org/people/{author}/sounds/{number}/) by {author}, {licence}."
)


def esc10(clip: str, number: int, title: str, author: str, licence: str) -> str:
    return ESC10.format(clip=clip, number=number, title=title, author=author, licence=licence)


CREDITS = (
    {f"effect_keyboard-typing_0{number}.opus": KEYBOARD_SOUNDS for number in range(253, 262)}
    | {f"speech_speech_0{number}.opus": SPOKEN_DIGITS for number in range(834, 841)}
    | {
        f"effect_dog_00{number}.opus": "Dog: " + esc10(*row)
        for number, row in {
            27: ("4-182395-A", 182395, "Big_dog_bark_01.aiff", "pgonsilva", "CC BY"),
            28: ("4-183992-A", 183992, "Supermarket Dog.flac", "qubodup", "CC0"),
            29: ("4-184575-A", 184575, "Dog barking outside", "magnus589", "CC0"),
            30: ("4-191687-A", 191687, "Dog Barks.wav", "UnderlinedDesigns", "CC0"),
            31: ("4-192236-A", 192236, "Miniature Dachshund Bark - Indoors.wav", "Ligidium", "CC0"),
            32: ("4-194754-A", 194754, "Dog Barking in Brussels Street", "qubodup", "CC BY"),
            33: ("4-199261-A", 199261, "A dog barking (close recording)", "felix.blume", "CC0"),
            34: ("4-207124-A", 207124, "DogBARKING.wav", "ahill86", "CC0"),
        }.items()
    }
    | {
        f"ambience_rain_00{number}.opus": "Rain: " + esc10(*row)
        for number, row in {
            20: ("4-160999-A", 160999, "rain.MP3", "Mafon2", "CC0"),
            21: ("4-161127-A", 161127, "Heavy rain.wav", "reelworldstudio", "CC0"),
            22: ("4-163264-A", 163264, "Light rain", "Zepp2010", "CC0"),
            23: ("4-164206-A", 164206, "Rain very heavy with thunder.wav", "Danjocross", "CC0"),
            24: ("4-166661-A", 166661, "pheiland", "pheiland", "CC0"),
            26: ("4-177250-A", 177250, "Rain and Storm", "josephsardin", "CC0"),
            27: ("4-180380-A", 180380, "rain.wav", "aumguy", "CC0"),
            28: ("4-181286-A", 181286, "Wind and Sprinkling Rain", "asbestos bill", "CC0"),
        }.items()
    }
)

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def read_clip(data: Path, shards: dict[str, str], key: str) -> np.ndarray:
    """One clip as mono float64 at 48 kHz."""
    with tarfile.open(data / shards[key]) as tar:
        for member in tar:
            if Path(member.name).name == key:
                audio, rate = soundfile.read(io.BytesIO(tar.extractfile(member).read()), always_2d=True)
                audio = audio.mean(axis=1)
                return audio if rate == SAMPLE_RATE else soxr.resample(audio, rate, SAMPLE_RATE)
    raise SystemExit(f"{shards[key]} has no clip {key}")


def cut(audio: np.ndarray, seconds: float) -> np.ndarray:
    """Exactly `seconds`, looped where the clip is shorter, with short fades at both ends."""
    length = round(seconds * SAMPLE_RATE)
    audio = np.tile(audio, -(-length // len(audio)))[:length]
    fade = np.linspace(0.0, 1.0, round(FADE_SECONDS * SAMPLE_RATE))
    audio[: len(fade)] *= fade
    audio[-len(fade) :] *= fade[::-1]
    return audio


def render(scene: Scene, clips: list[np.ndarray], out: Path) -> None:
    target, noise = (cut(clip, scene.seconds) for clip in clips)
    noise = noise * np.sqrt(np.mean(target**2) / np.mean(noise**2)) * 10 ** (-scene.snr_db / 20)
    sources = [audio[:, None] * np.array(gains) for audio, gains in zip((target, noise), scene.panning)]
    scale = PEAK / np.abs(sources[0] + sources[1]).max() * 32767
    # Rounded before they are added: the mixture is exactly the sum of the two files.
    sources = [np.round(audio * scale).astype(np.int16) for audio in sources]
    for name, audio in zip([*scene.sources, scene.name], [*sources, sources[0] + sources[1]]):
        soundfile.write(out / f"{name}.wav", audio, SAMPLE_RATE, subtype="PCM_16")


def write_credits(out: Path) -> None:
    lines = [
        "# Where the examples come from",
        "",
        "Written by `training/make_examples.py`. Each mixture is the sum of its two sources. Changes made to every clip:",
        "cut to length, faded at both ends, scaled, and limited to 16 kHz bandwidth; a stereo file pans a mono clip.",
        "",
    ]
    for scene in SCENES:
        lines += [f"## {scene.name}.wav", "", f"Query: \"{scene.query}\".", ""]
        lines += [f"- `{name}.wav`: {CREDITS[key]}" for name, key in scene.sources.items()]
        if any(key.startswith("speech_") for key in scene.sources.values()):
            mixed = f"`{scene.name}.wav`"
            lines += [f"- {mixed} is shared under CC BY-SA 4.0, as its speech demands."]
        lines += [""]
    lines += ["## MIT licence of Keyboard Sounds", "", "Copyright (c) 2022 Nathan Fiscaletti", "", MIT]
    (out / "CREDITS.md").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the audio pack")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "examples")
    for scene in SCENES:
        for name, key in scene.sources.items():
            parser.add_argument(f"--{name}", default=key, help=f"clip of {name}.wav (default: {key})")
    options = parser.parse_args()

    rows = {row["key"]: row for row in read_manifest(options.data)}
    shards = {key: row["shard"] for key, row in rows.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        scene.sources = {name: getattr(options, name) for name in scene.sources}
        for key in scene.sources.values():
            if rows[key]["split"] != "valid" or key not in CREDITS:
                raise SystemExit(f"{key}: only clips of the validation split with a known credit may be published")
        render(scene, [read_clip(options.data, shards, key) for key in scene.sources.values()], options.out)
    write_credits(options.out)


if __name__ == "__main__":
    main()
