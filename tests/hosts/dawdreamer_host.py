"""The VST3 in DawDreamer: loads, is as late as it says, keeps its state, follows automation, shows presence,
mono and stereo.

DawDreamer does not compensate latency, so the target must come out exactly as late as reported.
"""

import tempfile
from pathlib import Path

import dawdreamer
import numpy as np

import common

BLOCK = 512


class Project:
    """One track with the plug-in on it."""

    def __init__(self, rate: int, channels: int, block: int = BLOCK):
        self.rate, self.channels, self.block = rate, channels, block
        self.engine = dawdreamer.RenderEngine(rate, block)
        self.plugin = self.engine.make_plugin_processor("earmark", common.plugin_path())
        # Before anything is rendered: the layout is chosen while the plug-in is not active.
        self.layout_taken = self.plugin.can_set_bus(channels, channels)
        if self.layout_taken:
            self.plugin.set_bus(channels, channels)
        self.track = self.engine.make_playback_processor("track", np.zeros((channels, block), np.float32))

    def render(self, audio: np.ndarray, extra: int = 0) -> np.ndarray:
        """Plays a track of `audio` followed by `extra` frames of silence: [channels, frames]."""
        self.load(audio, extra)
        return self.play()

    def load(self, audio: np.ndarray, extra: int = 0) -> None:
        """Puts `audio` followed by `extra` frames of silence on the track."""
        self.frames = audio.shape[1] + extra
        # Rounded up to whole blocks, as the engine does, then cut to length.
        padded = np.pad(audio, ((0, 0), (0, extra + self.block)))
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

    def prepare(self, second: dict | None = None, **params: dict) -> "Project":
        """Types the query in, and into the second slot what that is to hold, and waits for the model."""
        raw = self.state()
        state = common.with_query(common.read_state(raw), common.QUERY, second, **params)
        self.set_state(common.write_state(raw, state))
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


def check_presence(check: common.Checks) -> None:
    """The output parameter: DawDreamer's own value of one is what it was set to, its text is what the plug-in told last."""
    rate, channels = 48_000, 2
    mixture = common.example(rate, channels)[0]
    project = Project(rate, channels).prepare()
    parameters = project.plugin.get_parameters_description()
    presence = parameters[-1]
    check("presence: it is the last parameter", presence["name"] == "Presence", presence["name"])
    check("presence: it cannot be automated", not presence["isAutomatable"])
    check("presence: all others can", all(parameter["isAutomatable"] for parameter in parameters[:-1]))
    index, saved = presence["index"], project.state()

    def shown(audio: np.ndarray) -> float:
        project.render(audio)
        return float(project.plugin.get_parameter_text(index))

    # The last typing in these is heard at their ends.
    heard = [shown(mixture[:, :end]) for end in (48_000, 72_000, 96_000)]
    check("presence: it moves with the typing", min(heard) > 30 and len(set(heard)) > 1, heard)
    silence = np.zeros_like(mixture)
    check("presence: it is 0 in silence", shown(silence) == 0)
    project.plugin.set_parameter(index, 0.9)
    set_to = [shown(mixture[:, :72_000]), shown(silence)]
    check("presence: what it is set to changes nothing", set_to == [heard[1], 0], set_to)
    check("presence: it is not in the state", project.state() == saved)


# DawDreamer hands parameters over at the beginnings of its blocks, so there the changes are drawn: at one that all sizes have.
PLACE = 49_152
BLOCKS = (128, 512, 2_048)
# By how much its middle may be off, in samples: one millisecond.
TOLERANCE = 48


def check_automation(check: common.Checks) -> None:
    """Each change lies between two renders: one with the old value throughout, one with the new."""
    rate, channels = 48_000, 2
    mixture = common.example(rate, channels)[0][:, :120_000]
    speaking = {"text": "a person speaking"}
    # In the plug-in's own order of values: mode isolate 0, remove 0.5; slots off, 1 to 8.
    drawn = [
        ("Mode", 0.0, 0.5),
        ("Query slot", 1 / 8, 2 / 8),
        ("Query slot", 1 / 8, 0.0),
        ("Target gain", 60 / 72, 48 / 72),
        ("Wet", 1.0, 0.3),
        ("Bypass", 0.0, 1.0),
    ]
    heard: dict[tuple, list[np.ndarray]] = {}
    for block in BLOCKS:
        project = Project(rate, channels, block).prepare(second=speaking)
        latency = project.plugin.get_latency_samples()
        names = [parameter["name"] for parameter in project.plugin.get_parameters_description()]
        for name, old, new in drawn:
            index = names.index(name)
            before = project.plugin.get_parameter(index)
            signals = []
            for first, second in ((old, old), (new, new), (old, new)):
                values = np.where(np.arange(mixture.shape[1] + latency) < PLACE, first, second)
                project.plugin.set_automation(index, values.astype(np.float32))
                signals.append(project.render(mixture, latency)[:, latency:])
            project.plugin.set_automation(index, np.full(mixture.shape[1] + latency, before, np.float32))
            heard.setdefault((name, old, new), []).append(signals[2])
            check_change(check, f"automation: {name} {old:.2f} to {new:.2f}, blocks of {block}", *signals)
    for (name, old, new), signals in heard.items():
        same = all(np.array_equal(signal, signals[0]) for signal in signals)
        check(f"automation: {name} {old:.2f} to {new:.2f} is the same in all block sizes", same)


def check_change(check: common.Checks, what: str, old: np.ndarray, new: np.ndarray, heard: np.ndarray) -> None:
    """That `heard` crosses from `old` to `new` at the place, without a step larger than theirs."""
    old, new, heard = old[0], new[0], heard[0]
    centre, error = common.crossing(old, new, heard, PLACE)
    around = slice(PLACE - common.SURROUNDINGS, PLACE + common.SURROUNDINGS)
    old, new, heard = (signal[around].astype(np.float64) for signal in (old, new, heard))
    check(f"{what}: in its place", abs(centre) <= TOLERANCE and error < 0.02, f"{centre / 48:+.2f} ms, {error:.0e} left")
    own = max(np.abs(np.diff(old)).max(), np.abs(np.diff(new)).max()) + np.abs(new - old).max() / 480
    step = np.abs(np.diff(heard)).max()
    check(f"{what}: no click", step <= 1.001 * own, f"step {step:.4f}, the programme's own {own:.4f}")


def main() -> int:
    check = common.Checks("DawDreamer")
    for channels in (1, 2):
        for rate in common.RATES:
            check_rate(check, rate, channels)
    check_state(check)
    check_presence(check)
    check_automation(check)
    return check.close()


if __name__ == "__main__":
    common.end_with(main)
