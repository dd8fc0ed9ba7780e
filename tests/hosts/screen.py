"""A screen of its own for a host, and the hands of who sits in front of it."""

import ctypes
import ctypes.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NEEDED = ("Xvfb", "openbox", "xdotool")
PATIENCE_SECONDS = 20.0
# A sound that an editor of 960 x 660 offers while nothing is asked for, and where it is to be clicked.
OFFERED, ITS_PLACE = "typing", (438, 342)
# Ends what it starts when this process ends, however it does: a server that is left behind is the next one's display.
WITH_US = ("setpriv", "--pdeathsig", "TERM")
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def missing() -> list[str]:
    """The programs for a screen that are not here."""
    return [program for program in NEEDED if shutil.which(program) is None]


class Screen:
    """An X server without a monitor, and a window manager: JUCE's windows want one."""

    def __init__(self, width: int = 1280, height: int = 900):
        absent = missing()
        if absent:
            sys.exit(f"these programs are missing: {', '.join(absent)}. On Debian: apt-get install xvfb openbox xdotool")
        read, write = os.pipe()
        server = [*WITH_US, "Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "+extension", "GLX"]
        self.processes = [subprocess.Popen(server, pass_fds=[write], **QUIET)]
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        os.environ["DISPLAY"] = f":{number}"
        os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
        # JUCE asks for names that the window manager has made known, and does not survive being too early.
        with tempfile.TemporaryDirectory() as folder:
            ready = Path(folder) / "ready"
            self.processes.append(subprocess.Popen([*WITH_US, "openbox", "--startup", f"touch {ready}"], **QUIET))
            started = time.monotonic()
            while not ready.exists():
                if time.monotonic() - started > PATIENCE_SECONDS:
                    sys.exit("openbox did not start")
                time.sleep(0.02)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


class Window:
    """The window whose title is `title`, as soon as it is there. Places are points of it."""

    def __init__(self, title: str, patience: float = PATIENCE_SECONDS):
        self.title = title
        started = time.monotonic()
        while time.monotonic() - started < patience:
            found = xdotool("search", "--onlyvisible", "--name", title).split()
            if found:
                self.id = found[-1]
                return
            time.sleep(0.05)
        raise TimeoutError(f"after {patience:.0f} s there is no window named {title}")

    def click(self, x: int, y: int, times: int = 1) -> None:
        """As often as `times` says, as quickly as for a double click."""
        xdotool("mousemove", "--window", self.id, str(x), str(y))
        xdotool("click", "--repeat", str(times), "--delay", "120", "1")
        time.sleep(0.3)

    def drag(self, begin: tuple[int, int], end: tuple[int, int]) -> None:
        """With the left button held, in steps as of a hand."""
        xdotool("mousemove", "--window", self.id, *map(str, begin))
        xdotool("mousedown", "1")
        for step in range(1, 11):
            place = [a + (b - a) * step // 10 for a, b in zip(begin, end)]
            xdotool("mousemove", "--window", self.id, *map(str, place))
            time.sleep(0.03)
        xdotool("mouseup", "1")
        time.sleep(0.3)

    def type(self, text: str) -> None:
        """At about the pace of a fast typist: real key presses, to whatever has the keyboard."""
        xdotool("type", "--delay", "40", text)

    def press(self, key: str) -> None:
        xdotool("key", key)

    def close(self) -> None:
        """As with the button in its frame; returns when it is gone."""
        started, asked = time.monotonic(), None
        while xdotool("search", "--onlyvisible", "--name", self.title).split():
            now = time.monotonic()
            if now - started > PATIENCE_SECONDS:
                raise TimeoutError(f"the window {self.title} does not close")
            # On a busy machine the keyboard may go elsewhere between the two.
            if asked is None or now - asked > 2:
                xdotool("windowfocus", "--sync", self.id)
                xdotool("key", "alt+F4")
                asked = now
            time.sleep(0.02)


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def forgive(_display, _error) -> int:
    return 0


def forgive_late_questions() -> None:
    """Makes Xlib errors in this process harmless, once the host's first window is there.

    JUCE may ask for the frame of a window that the window manager has just taken away, and leaves it to Xlib what then
    happens: Xlib ends the process. No DAW leaves that to Xlib."""
    library = ctypes.util.find_library("X11")
    if library:
        ctypes.CDLL(library).XSetErrorHandler(forgive)


def xdotool(*arguments: str) -> str:
    return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False).stdout
