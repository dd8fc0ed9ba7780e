"""The VST3 in pedalboard: loads, is as late as it says, keeps its state, mono and stereo at the usual rates.

pedalboard compensates the latency that a plug-in reports, so the target must come out where its source is.
"""

import sys

import numpy as np
from pedalboard import load_plugin

import common


def prepared(channels: int, rate: int):
    """An instance with the query typed in, whose model is loaded."""
    plugin = load_plugin(common.plugin_path())
    plugin.raw_state = common.write_state(
        plugin.raw_state, common.with_query(common.read_state(plugin.raw_state), common.QUERY)
    )
    common.wait_until_ready(lambda probe: plugin(probe, rate), common.noise(rate, channels))
    return plugin


def check_rate(check: common.Checks, rate: int, channels: int) -> None:
    what = f"{rate} Hz, {channels} channels"
    mixture, typing = common.example(rate, channels)
    plugin = prepared(channels, rate)
    output = plugin(mixture, rate)
    latency = plugin.reported_latency_samples
    check(f"{what}: the output is as long as the input", output.shape == mixture.shape, output.shape)
    check(f"{what}: a latency is reported, at most half a second", 0 < latency <= rate / 2, latency)
    lag = common.delay(typing, output, latency * 2)
    check(f"{what}: the target is as late as reported", lag == 0, f"off by {lag} samples of {latency}")
    improvement = common.sdr(typing, output) - common.sdr(typing, mixture)
    check(f"{what}: the target is isolated", improvement > 3.0, f"SDRi {improvement:.2f} dB")


def check_state(check: common.Checks) -> None:
    rate, channels = 48_000, 2
    mixture = common.example(rate, channels)[0]
    plugin = prepared(channels, rate)
    state = common.with_query(common.read_state(plugin.raw_state), common.QUERY, mode={"string": "remove"})
    plugin.raw_state = common.write_state(plugin.raw_state, state)
    common.wait_until_ready(lambda probe: plugin(probe, rate), common.noise(rate, channels))
    played, saved = plugin(mixture, rate), plugin.raw_state

    opened = load_plugin(common.plugin_path())
    opened.raw_state = saved
    restored = common.read_state(opened.raw_state)
    check("state: the query comes back", common.query_of(restored) == common.QUERY, common.query_of(restored))
    check("state: the mode comes back", restored["params"]["mode"] == {"string": "remove"}, restored["params"]["mode"])
    common.wait_until_ready(lambda probe: opened(probe, rate), common.noise(rate, channels))
    check("state: the project sounds the same", np.array_equal(opened(mixture, rate), played))


def check_parameters(check: common.Checks) -> None:
    names = list(load_plugin(common.plugin_path()).parameters)
    check("parameters: presence is the last one", names[-1] == "presence" and names.count("presence") == 1, names)


def main() -> int:
    check = common.Checks("pedalboard")
    check_parameters(check)
    for channels in (1, 2):
        for rate in common.RATES:
            check_rate(check, rate, channels)
    check_state(check)
    return check.close()


if __name__ == "__main__":
    sys.exit(main())
