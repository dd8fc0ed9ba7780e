"""Automation in Ardour: what is drawn in a session's file is heard in its place, as Earmark is when nobody has set anything.

Each change lies between two exports: one with the old value throughout, one with the new.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import ardour
import common
import numpy as np

# When the changes are drawn, in seconds: while both typing and speech are heard.
DRAWN = 3.5
# By how much a change may be off, in samples: 10 ms.
TOLERANCE = 480
# What is drawn over which sound: the mode of the preset, the parameter as Ardour calls it, its values before and after.
CHANGES = [
    ("isolate", "Query slot", 1, 0),
    ("isolate", "Query slot", 1, 2),
    ("isolate", "Mode", 0, 1),
    ("isolate", "Mode", 0, 2),
    ("isolate", "Target gain", 0, -12),
    ("isolate", "Wet", 1, 0.3),
    ("custom", "Rest gain", 0, -60),
]


def preset(folder: Path, mode: str) -> bytes:
    """Typing in the first slot, speech in the second."""
    path = folder / f"{mode}.vstpreset"
    command = os.environ.get("EARMARK_COMMAND", str(common.REPOSITORY / "target" / "debug" / "earmark"))
    queries = [common.QUERY, "-q", "a person speaking"]
    subprocess.run([command, "preset", *queries, "--mode", mode, "-o", path], check=True, stdout=subprocess.DEVNULL)
    return path.read_bytes()


def main() -> int:
    absent = ardour.missing()
    if absent:
        print(f"automation in Ardour: SKIPPED, these programs are not here: {', '.join(absent)}. On Debian: apt-get install ardour")
        return 0
    check = common.Checks("Ardour")
    mixture, typing = common.example(ardour.RATE, 2)
    place = round(DRAWN * ardour.RATE)
    with tempfile.TemporaryDirectory() as folder:
        home = ardour.Home(Path(folder))
        sessions, before = {}, {}
        for mode in ("isolate", "custom"):
            sessions[mode] = home.session(mode, mixture)
            sessions[mode].load_preset(preset(home.folder, mode))
            before[mode] = sessions[mode].export()
        gain = common.sdr(typing, before["isolate"]) - common.sdr(typing, mixture)
        check("the typing is isolated", gain > 3.0, f"SDRi {gain:.1f} dB")
        for number, (mode, name, old, new) in enumerate(CHANGES):
            heard = {}
            for what, first in (("throughout", new), ("from its place on", old)):
                session = sessions[mode].copy(f"{number} {what}")
                session.draw(name, DRAWN, first, new)
                heard[what] = session.export()[0]
            centre, error = common.crossing(before[mode][0], heard["throughout"], heard["from its place on"], place)
            found = f"{centre / ardour.RATE * 1e3:+.2f} ms, {error:.0e} left"
            check(f"{name} {old} to {new}, drawn at {DRAWN} s, is heard there", abs(centre) <= TOLERANCE and error < 0.02, found)
    return check.close()


if __name__ == "__main__":
    sys.exit(main())
