"""What the host scripts share: the example, its scores, and the state as JUCE hosts wrap it."""

import json
import os
import re
import struct
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import soundfile

REPOSITORY = Path(__file__).resolve().parents[2]
QUERY = "the sound of hitting the keyboard"
RATES = (44_100, 48_000, 88_200, 96_000)
LOADING_SECONDS = 60
# So far around its place a change is looked for, in samples: 25 ms.
SURROUNDINGS = 1_200


def plugin_path() -> str:
    """The built VST3, as a text because both hosts want one."""
    folder = Path(os.environ.get("EARMARK_BUNDLES", REPOSITORY / "target" / "bundled"))
    path = folder / "Earmark.vst3"
    if not path.exists():
        sys.exit(f"there is no plug-in at {path}: run `cargo xtask bundle` first")
    return str(path)


def example(rate: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Typing over speech, and the typing alone: float32, [channels, frames]."""
    signals = []
    for name in ("typing_over_speech", "typing"):
        audio, stored_rate = soundfile.read(REPOSITORY / "examples" / f"{name}.wav", dtype="float32", always_2d=True)
        audio = audio.T if audio.shape[1] == channels else np.repeat(audio.mean(axis=1)[None], channels, axis=0)
        signals.append(resample(audio, stored_rate, rate))
    return signals[0], signals[1]


def resample(audio: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """By the spectrum of the whole signal: band-limited and without delay."""
    if rate == new_rate:
        return audio
    frames = round(audio.shape[1] * new_rate / rate)
    spectrum = np.fft.rfft(audio.astype(np.float64))
    kept = min(spectrum.shape[1], frames // 2 + 1) - 1
    resized = np.zeros((audio.shape[0], frames // 2 + 1), complex)
    resized[:, :kept] = spectrum[:, :kept]
    return (np.fft.irfft(resized, frames) * frames / audio.shape[1]).astype(np.float32)


def delay(source: np.ndarray, delayed: np.ndarray, most: int) -> int:
    """By how many samples `delayed` lags behind `source`, -most to most; both [channels, frames]."""
    length = 1 << (source.shape[1] + delayed.shape[1]).bit_length()
    cross = np.sum(np.conj(np.fft.rfft(source, length)) * np.fft.rfft(delayed, length), axis=0)
    correlation = np.fft.irfft(cross, length)
    lags = np.arange(-most, most + 1)
    return int(lags[np.argmax(correlation[lags])])


def sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Signal-to-distortion ratio in dB, as AudioSep's evaluation defines it."""
    signal = max(np.mean(reference.astype(np.float64) ** 2), 1e-10)
    return float(10 * np.log10(signal / max(np.mean((estimate.astype(np.float64) - reference) ** 2), 1e-10)))


def si_sdr(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB, over all channels."""
    reference, estimate = (signal.astype(np.float64).ravel() for signal in (reference, estimate))
    aligned = reference * (estimate @ reference) / max(reference @ reference, 1e-10)
    return float(10 * np.log10(max(aligned @ aligned, 1e-10) / max(np.sum((estimate - aligned) ** 2), 1e-10)))


# JUCE wraps the component's stream into XML, as base64 of its own kind, and the XML into a binary header.

JUCE_MAGIC = 0x21324356
JUCE_DIGITS = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def juce_decode(text: str) -> bytes:
    size, digits = text.split(".", 1)
    bits = sum(JUCE_DIGITS.index(digit) << (6 * place) for place, digit in enumerate(digits))
    return bits.to_bytes(len(digits) * 6 // 8 + 1, "little")[: int(size)]


def juce_encode(data: bytes) -> str:
    bits = int.from_bytes(data, "little")
    digits = -(-len(data) * 8 // 6)
    return f"{len(data)}." + "".join(JUCE_DIGITS[(bits >> (6 * place)) & 63] for place in range(digits))


def read_state(raw: bytes) -> dict:
    """The plug-in's own JSON in a state that a JUCE host has saved."""
    xml = juce_xml(raw)
    return json.loads(juce_decode(re.search(r"<IComponent>(.*?)</IComponent>", xml, re.S).group(1)))


def write_state(raw: bytes, state: dict) -> bytes:
    """The same saved state with other contents."""
    component = f"<IComponent>{juce_encode(json.dumps(state).encode())}</IComponent>"
    xml = re.sub(r"<IComponent>.*?</IComponent>", lambda _: component, juce_xml(raw), flags=re.S).encode()
    return struct.pack("<II", JUCE_MAGIC, len(xml)) + xml + b"\0"


def juce_xml(raw: bytes) -> str:
    magic, size = struct.unpack_from("<II", raw)
    if magic != JUCE_MAGIC:
        sys.exit(f"the host has saved a state of an unknown form: {raw[:16]!r}")
    return raw[8 : 8 + size].decode()


def read_preset(preset: bytes) -> dict:
    """The plug-in's own JSON in a `.vstpreset`."""
    (listed,) = struct.unpack_from("<q", preset, 40)
    (count,) = struct.unpack_from("<i", preset, listed + 4)
    for place in range(count):
        name, start, size = struct.unpack_from("<4sqq", preset, listed + 8 + 20 * place)
        if name == b"Comp":
            return json.loads(preset[start : start + size])
    sys.exit("there is no component in this preset")


def with_query(state: dict, text: str, second: dict | None = None, **params: dict) -> dict:
    """The state with a text in the first slot, to be encoded by the plug-in, a second slot, and with parameters changed."""
    state = json.loads(json.dumps(state))
    state["fields"]["queries"] = json.dumps({"slots": [{"text": text}, *([second] if second else [])]})
    state["params"] |= {"slot": {"i32": 1}} | params
    return state


def slot_of(state: dict) -> dict:
    """The first slot of a state."""
    return json.loads(state["fields"]["queries"])["slots"][0]


def query_of(state: dict) -> str:
    return slot_of(state)["text"]


def wait_until_ready(render, probe: np.ndarray) -> None:
    """Renders noise until it no longer passes unchanged: the model is loaded and the query encoded."""
    started = time.monotonic()
    while time.monotonic() - started < LOADING_SECONDS:
        if not np.array_equal(render(probe)[:, : probe.shape[1]], probe):
            return
        time.sleep(0.05)
    sys.exit(f"after {LOADING_SECONDS} s the plug-in still passes its input unchanged")


def crossing(old: np.ndarray, new: np.ndarray, heard: np.ndarray, place: int) -> tuple[float, float]:
    """Where `heard` crosses from `old` to `new`, in samples after `place`, and the share of their difference that this leaves
    unexplained. All of one channel.

    The plug-in's crossfades are straight lines of 10 ms, 480 samples at 48 kHz; of all places within 25 ms the best is taken."""
    around = slice(place - SURROUNDINGS, place + SURROUNDINGS)
    old, new, heard = (signal[around].astype(np.float64) for signal in (old, new, heard))
    between = new - old
    time = np.arange(-SURROUNDINGS, SURROUNDINGS)
    left = {
        centre: np.sum((heard - old - np.clip((time - centre) / 480 + 0.5, 0, 1) * between) ** 2)
        for centre in range(500 - SURROUNDINGS, SURROUNDINGS - 500)
    }
    centre, error = min(left.items(), key=lambda item: item[1])
    return float(centre), float(error / max(np.sum(between**2), 1e-12))


class Checks:
    """Named checks: all are made, then the script ends with an error if one failed."""

    def __init__(self, host: str):
        self.host = host
        self.failed: list[str] = []

    def __call__(self, name: str, holds: bool, found: object = "") -> None:
        print(f"{self.host}: {name} ... {'ok' if holds else 'FAILED'} {found}", flush=True)
        if not holds:
            self.failed.append(name)

    def close(self) -> int:
        print(f"{self.host}: {'all checks passed' if not self.failed else 'FAILED: ' + '; '.join(self.failed)}", flush=True)
        return 1 if self.failed else 0


def end_with(main) -> None:
    """Runs `main` and ends the process with what it gives.

    DawDreamer does not survive the interpreter's own way out once a plug-in was loaded."""
    try:
        status = main()
    except BaseException as error:  # noqa: BLE001
        traceback.print_exc()
        status = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def noise(rate: int, channels: int, seconds: float = 1.0) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.25, 0.25, (channels, round(rate * seconds))).astype(np.float32)
