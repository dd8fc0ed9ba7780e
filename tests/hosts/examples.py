"""The examples for Python in the README, each as it stands there: what they write is the sound that was asked for.

`EARMARK_COMMAND` names the command that writes the preset."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

import common

RATE, CHANNELS = 48_000, 2


def examples() -> list[str]:
    """The blocks of Python in the README."""
    text = (common.REPOSITORY / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def main() -> int:
    check = common.Checks("README")
    command = os.environ.get("EARMARK_COMMAND", str(common.REPOSITORY / "target" / "debug" / "earmark"))
    found = examples()
    hosts = [host for host in ("pedalboard", "dawdreamer") for example in found if f"import {host}" in example or f"from {host}" in example]
    check("there is an example for each host", hosts == ["pedalboard", "dawdreamer"], hosts)
    mixture, typing = common.example(RATE, CHANNELS)
    for example in found:
        what = example.split("\n")[0]
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            place.joinpath("Earmark.vst3").symlink_to(Path(common.plugin_path()).resolve())
            soundfile.write(place / "scene.wav", mixture.T, RATE, subtype="FLOAT")
            subprocess.run([command, "preset", "typing", "-o", "typing.vstpreset"], cwd=place, check=True)
            # DawDreamer does not survive the interpreter's own way out.
            program = f"{example}\nimport os\nos._exit(0)\n"
            done = subprocess.run([sys.executable, "-c", program], cwd=place, capture_output=True, text=True)
            check(f"{what}: it runs", done.returncode == 0, done.stderr[-500:])
            if done.returncode != 0:
                continue
            heard, rate = soundfile.read(place / "typing.wav", dtype="float32", always_2d=True)
            heard = heard.T
            check(f"{what}: as long as the input", (heard.shape, rate) == (mixture.shape, RATE), heard.shape)
            improvement = common.sdr(typing, heard) - common.sdr(typing, mixture)
            check(f"{what}: the sound is isolated, in its place", improvement > 3.0, f"SDRi {improvement:.2f} dB")
    return check.close()


if __name__ == "__main__":
    sys.exit(main())
