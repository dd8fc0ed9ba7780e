"""The VST3 in DawDreamer: loads, is as late as it says, keeps its state, follows automation, mono and stereo.

DawDreamer does not compensate latency, so the target must come out exactly as late as reported.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import dawdreamer
import numpy as np

import common

BLOCK = 512


class Project:
    """One track with the plug-in on it."""

    def __init__(self, rate: int, channels: int):
        self.rate, self.channels = rate, channels
        self.engine = dawdreamer.RenderEngine(rate, BLOCK)
        self.plugin = self.engine.make_plugin_processor("earmark", common.plugin_path())
        # Before anything is rendered: the layout is chosen while the plug-in is not active.
        self.layout_taken = self.plugin.can_set_bus(channels, channels)
        if self.layout_taken:
            self.plugin.set_bus(channels, channels)
        self.track = self.engine.make_playback_processor("track", np.zeros((channels, BLOCK), np.float32))

    def render(self, audio: np.ndarray, extra: int = 0) -> np.ndarray:
        """Plays a track of `audio` followed by `extra` frames of silence: [channels, frames]."""
        self.load(audio, extra)
        return self.play()

    def load(self, audio: np.ndarray, extra: int = 0) -> None:
        """Puts `audio` followed by `extra` frames of silence on the track."""
        self.frames = audio.shape[1] + extra
        # Rounded up to whole blocks, as the engine does, then cut to length.
        padded = np.pad(audio, ((0, 0), (0, extra + BLOCK)))
        self.track.set_data(padded)
        self.engine.load_graph([(self.track, []), (self.plugin, ["track"])])

    def play(self) -> np.ndarray:
        """What is on the track, from its start, through the plug-in: [channels, frames]."""
        self.engine.render((self.frames + 1) / self.rate)
        return self.engine.get_audio()[:, : self.frames]

    def state(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state"
            self.plugin.save_state(str(path))
            return path.read_bytes()

    def set_state(self, raw: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state"
            path.write_bytes(raw)
            self.plugin.load_state(str(path))

    def prepare(self, **params: dict) -> "Project":
        """Types the query in and waits for the model."""
        raw = self.state()
        self.set_state(common.write_state(raw, common.with_query(common.read_state(raw), common.QUERY, **params)))
        return self.wait()

    def wait(self) -> "Project":
        latency = self.plugin.get_latency_samples
        common.wait_until_ready(
            lambda probe: self.render(probe, latency())[:, latency() :],
            common.noise(self.rate, self.channels),
        )
        return self


def check_rate(check: common.Checks, rate: int, channels: int) -> None:
    what = f"{rate} Hz, {channels} channels"
    mixture, typing = common.example(rate, channels)
    project = Project(rate, channels)
    check(f"{what}: the layout is accepted", project.layout_taken)
    project.prepare()
    latency = project.plugin.get_latency_samples()
    check(f"{what}: a latency is reported, at most half a second", 0 < latency <= rate / 2, latency)
    output = project.render(mixture, 2 * latency)
    check(f"{what}: as many channels come out", output.shape[0] == channels, output.shape)
    lag = common.delay(typing, output, 2 * latency)
    check(f"{what}: the target is as late as reported", lag == latency, f"{lag} samples, reported {latency}")
    target = output[:, latency : latency + mixture.shape[1]]
    improvement = common.sdr(typing, target) - common.sdr(typing, mixture)
    check(f"{what}: the target is isolated", improvement > 3.0, f"SDRi {improvement:.2f} dB")


def check_state(check: common.Checks) -> None:
    rate, channels = 48_000, 2
    mixture = common.example(rate, channels)[0]
    project = Project(rate, channels).prepare(mode={"string": "remove"})
    played, saved = project.render(mixture), project.state()
    opened = Project(rate, channels)
    opened.set_state(saved)
    restored = common.read_state(opened.state())
    check("state: the query comes back", common.query_of(restored) == common.QUERY, common.query_of(restored))
    check("state: the mode comes back", restored["params"]["mode"] == {"string": "remove"}, restored["params"]["mode"])
    check("state: the project sounds the same", np.array_equal(opened.wait().render(mixture), played))


def check_automation(check: common.Checks) -> None:
    """The bypass drawn from the middle on: the second half is the input, delayed, the first is not."""
    rate, channels = 48_000, 2
    mixture = common.example(rate, channels)[0]
    project = Project(rate, channels).prepare()
    latency = project.plugin.get_latency_samples()
    names = [parameter["name"] for parameter in project.plugin.get_parameters_description()]
    check("automation: the parameters are there", {"Mode", "Query slot", "Bypass"} <= set(names), names)
    middle = mixture.shape[1] // 2
    drawn = (np.arange(mixture.shape[1] + latency) >= middle).astype(np.float32)
    project.plugin.set_automation(names.index("Bypass"), drawn)
    output = project.render(mixture, latency)[:, latency:]
    settled = middle + rate // 10
    check("automation: before it the target is heard", not np.array_equal(output[:, :middle], mixture[:, :middle]))
    check("automation: after it the input passes", np.array_equal(output[:, settled:], mixture[:, settled:]))


def main() -> int:
    check = common.Checks("DawDreamer")
    for channels in (1, 2):
        for rate in common.RATES:
            check_rate(check, rate, channels)
    check_state(check)
    check_automation(check)
    return check.close()


if __name__ == "__main__":
    try:
        status = main()
    except BaseException as error:  # noqa: BLE001
        traceback.print_exc()
        status = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
        if isinstance(error, SystemExit) and isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # DawDreamer does not survive the interpreter's own way out once a plug-in was loaded.
    os._exit(status)
