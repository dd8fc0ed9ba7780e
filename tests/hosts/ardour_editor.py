"""The editor in Ardour: somebody who has never seen the plug-in clicks one of the sounds in it and hears that alone.

Real clicks go to Ardour's own windows; what is judged is the file that the saved session exports. `EARMARK_SCREENSHOT` names a PNG
that gets the screen as it is while the track plays (with `scrot`)."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ardour
import common
from screen import ITS_PLACE, NEEDED, OFFERED, QUIET, WITH_US, Screen, Window, missing, xdotool

# The plug-in in the only track's strip, in pixels of Ardour's window as it opens.
STRIP = (323, 207)
# Ardour on a busy machine.
STARTS_SECONDS = 120.0
REACTS_SECONDS = 30.0


class Running:
    """Ardour with a session open."""

    def __init__(self, session: ardour.Session):
        self.session = session
        self.said = open(session.folder / "said", "w")
        command = [*WITH_US, "ardour", "--no-splash", str(session.folder)]
        environment = session.home.environment | {"DISPLAY": os.environ["DISPLAY"]}
        out = QUIET | {"stdout": self.said, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, env=environment, **out)
        self.window = Window(f"^[*]?{session.name} - Ardour$", STARTS_SECONDS)

    def focus(self) -> None:
        xdotool("windowfocus", "--sync", self.window.id)

    def key(self, key: str) -> None:
        self.focus()
        self.window.press(key)

    def open_editor(self) -> Window:
        """The mixer, and a double click on Earmark in it."""
        self.key("alt+m")
        started = time.monotonic()
        while time.monotonic() - started < STARTS_SECONDS:
            # It takes a while until the strips are there.
            time.sleep(2)
            self.window.click(*STRIP, times=2)
            try:
                return Window("^Earmark$", 10.0)
            except TimeoutError:
                continue
        raise TimeoutError("a double click on the plug-in opens no editor")

    def save(self) -> None:
        before = self.session.file.stat().st_mtime_ns
        self.key("ctrl+s")
        started = time.monotonic()
        while self.session.file.stat().st_mtime_ns == before:
            if time.monotonic() - started > REACTS_SECONDS:
                raise TimeoutError("Ardour does not save the session")
            time.sleep(0.1)
        time.sleep(1)
        self.session.read()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.said.close()


def picture(where: str | None) -> None:
    if where:
        subprocess.run(["scrot", "-o", where], check=True)


def main() -> int:
    absent = [*ardour.missing(), *missing()]
    if absent:
        needed = f"these programs are not here: {', '.join(absent)}"
        print(f"the editor in Ardour: SKIPPED, {needed}. On Debian: apt-get install ardour {' '.join(NEEDED).lower()}")
        return 0
    check = common.Checks("Ardour's window")
    mixture, typing = common.example(ardour.RATE, 2)
    with tempfile.TemporaryDirectory() as folder:
        session = ardour.Home(Path(folder)).session("first use", mixture)
        screen = Screen(1600, 1000)
        try:
            running = Running(session)
            try:
                editor = running.open_editor()
                time.sleep(2)
                editor.click(*ITS_PLACE)
                time.sleep(2)
                running.key("Home")
                running.key("space")
                time.sleep(5)
                picture(os.environ.get("EARMARK_SCREENSHOT"))
                running.key("space")
                running.save()
            finally:
                running.close()
        finally:
            screen.close()
        query = common.query_of(session.state())
        check("one click asks for a sound", query == OFFERED, repr(query))
        heard = session.export()
        gain = common.sdr(typing, heard) - common.sdr(typing, mixture)
        check("the export has that sound alone", gain > 3.0, f"SDRi {gain:.1f} dB")
        lag = common.delay(typing, heard, ardour.RATE)
        check("and has it in its place", lag == 0, f"{lag} samples")
    return check.close()


if __name__ == "__main__":
    sys.exit(main())
