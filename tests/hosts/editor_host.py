"""The editor in DawDreamer: somebody who has never seen the plug-in clicks a sound, or types one and presses Enter, and hears it alone.

Real key presses and clicks go to the real window while the host plays; what is judged is the sound that comes out.
"""

import os
import sys
import threading
import time
import traceback

import numpy as np

import common
from dawdreamer_host import Project
from screen import ITS_PLACE, OFFERED, Screen, Window, forgive_late_questions

RATE = 48_000
# The host's window, and ours inside of it.
TITLE, EDITOR = "^DawDreamer: Earmark$", "^Earmark$"
# Centres of what is clicked, in points of a window of 960 x 660.
QUERY_BOX, REMOVE, SECOND_SLOT = (250, 122), (260, 544), (206, 72)
LISTEN = (884, 122)
# All of the picture, from its left side to its right.
PICTURE = ((84, 300), (780, 300))
OPENINGS = 100
WARM_UP = 20
# What baseview 0.4 keeps of each window on Linux is a keyboard map (about 60 KiB); with what the host's own windows leave in its
# heap, 13 to 149 KiB an opening were measured. The sockets and the queue that nice-plug forgets are let go by `formats/`.
KEPT_KIB = 200


class Playing(threading.Thread):
    """The track, played over and over in the background; what came out last, compensated."""

    def __init__(self, project: Project, mixture: np.ndarray):
        super().__init__(daemon=True)
        self.project, self.latency = project, project.plugin.get_latency_samples()
        self.ended = threading.Event()
        self.heard, self.rounds = None, 0
        # On the main thread, as in every DAW: only what plays runs beside the window.
        project.load(mixture, self.latency)
        self.start()

    def run(self) -> None:
        while not self.ended.is_set():
            self.heard = self.project.play()[:, self.latency :]
            self.rounds += 1
            time.sleep(0.05)

    def wait_for(self, what, seconds: float = 30.0) -> bool:
        """Whether `what` holds of a whole round within that time."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            begun = self.rounds
            while self.rounds < begun + 2 and time.monotonic() - started < seconds:
                time.sleep(0.01)
            if what(self.heard):
                return True
        return False

    def stop(self) -> None:
        self.ended.set()
        self.join()


def in_front_of_the_window(project: Project, hands) -> None:
    """Opens the editor, which holds this thread until it is closed, and lets `hands` use it from another."""

    def work() -> None:
        try:
            frame, editor = Window(TITLE), Window(EDITOR)
            forgive_late_questions()
            try:
                # The first picture is drawn when the window is there; who types needs longer.
                time.sleep(0.5)
                hands(editor)
            finally:
                frame.close()
        except BaseException:  # noqa: BLE001
            # The window that is still open holds the main thread: nothing there would ever hear of this.
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    person = threading.Thread(target=work)
    person.start()
    project.plugin.open_editor()
    person.join()


def check_first_use(check: common.Checks) -> None:
    mixture, typing = common.example(RATE, 2)
    speech = mixture - typing
    project = Project(RATE, 2)
    playing = Playing(project, mixture)
    gain = lambda wanted, heard: common.sdr(wanted, heard) - common.sdr(wanted, mixture)  # noqa: E731

    def hands(window: Window) -> None:
        check("first use: before, the input passes", playing.wait_for(lambda heard: np.array_equal(heard, mixture)))
        window.click(*QUERY_BOX)
        window.type(common.QUERY)
        quiet = playing.wait_for(lambda heard: np.array_equal(heard, mixture), 2)
        window.press("Return")
        entered = time.monotonic()
        isolated = playing.wait_for(lambda heard: gain(typing, heard) > 3.0)
        check("first use: typing alone changes nothing", quiet)
        found = f"SDRi {gain(typing, playing.heard):.1f} dB, {time.monotonic() - entered:.1f} s after Enter"
        check("first use: after Enter the typing is heard alone", isolated, found)
        window.click(*REMOVE)
        removed = playing.wait_for(lambda heard: gain(speech, heard) > 3.0)
        check("first use: a click removes it instead", removed, f"SDRi {gain(speech, playing.heard):.1f} dB")
        window.click(*SECOND_SLOT)
        empty = playing.wait_for(lambda heard: np.array_equal(heard, mixture))
        check("first use: a click on an empty slot lets the input pass", empty)

    in_front_of_the_window(project, hands)
    playing.stop()
    query = common.query_of(common.read_state(project.state()))
    check("first use: what was typed is in the project", query == common.QUERY, repr(query))


def check_one_click(check: common.Checks) -> None:
    mixture, typing = common.example(RATE, 2)
    project = Project(RATE, 2)
    playing = Playing(project, mixture)

    def hands(window: Window) -> None:
        check("one click: before, the input passes", playing.wait_for(lambda heard: np.array_equal(heard, mixture)))
        window.click(*ITS_PLACE)
        gain = lambda heard: common.sdr(typing, heard) - common.sdr(typing, mixture)  # noqa: E731
        isolated = playing.wait_for(lambda heard: gain(heard) > 3.0)
        check("one click: the sound is heard alone", isolated, f"SDRi {gain(playing.heard):.1f} dB")

    in_front_of_the_window(project, hands)
    playing.stop()
    query = common.query_of(common.read_state(project.state()))
    check("one click: what was clicked is in the project", query == OFFERED, repr(query))


def check_by_example(check: common.Checks) -> None:
    """No word is typed: a second of the sound alone is marked in the picture and listened to."""
    mixture, typing = common.example(RATE, 2)
    project = Project(RATE, 2)
    gain = lambda heard: common.si_sdr(typing, heard) - common.si_sdr(typing, mixture)  # noqa: E731
    heard = {}

    def hands(window: Window) -> None:
        # The sound alone goes by; then the transport rests.
        alone = Playing(project, typing[:, :RATE])
        alone.wait_for(lambda out: True)
        alone.stop()
        time.sleep(1.0)
        window.drag(*PICTURE)
        window.click(*LISTEN)
        pressed = time.monotonic()
        playing = Playing(project, mixture)
        isolated = playing.wait_for(lambda out: gain(out) > 3.0)
        took = time.monotonic() - pressed
        playing.stop()
        heard["gain"] = gain(playing.heard)
        check("by example: the sound is heard alone", isolated, f"{took:.1f} s after the click")

    in_front_of_the_window(project, hands)
    found = f"SI-SDRi {heard['gain']:.1f} dB"
    check("by example: it is isolated by at least 8 dB", heard["gain"] >= 8.0, found)
    state = common.read_state(project.state())
    sounds = common.slot_of(state).get("sounds", [])
    check("by example: the project holds a clip and no words", len(sounds) == 1 and not common.query_of(state), len(sounds))


def footprint() -> dict[str, int]:
    """What this process holds: memory in KiB, threads and open files, the least of it within two seconds: a window that was
    closed may still be on its way out.

    Of memory it tells only with MALLOC_ARENA_MAX=1: else each window's thread may bring an arena of its own."""
    least: dict[str, int] = {}
    for _ in range(20):
        with open("/proc/self/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        now = {
            "memory": int(fields["VmRSS"].split()[0]),
            "threads": int(fields["Threads"]),
            "files": len(os.listdir("/proc/self/fd")),
        }
        least = {what: min(value, least.get(what, value)) for what, value in now.items()}
        time.sleep(0.1)
    return least


def check_opening(check: common.Checks) -> None:
    project = Project(RATE, 2)
    project.render(common.noise(RATE, 2))
    before, after = {}, {}
    for opening in range(OPENINGS):
        in_front_of_the_window(project, lambda window: None)
        if opening == WARM_UP - 1:
            before = footprint()
    after = footprint()
    openings = OPENINGS - WARM_UP
    grown = {what: (after[what] - before[what]) / openings for what in after}
    check(f"opened {OPENINGS} times: no thread is left behind", grown["threads"] <= 0, after["threads"])
    check(f"opened {OPENINGS} times: no open file is left behind", grown["files"] <= 0, after["files"])
    kept = grown["memory"] <= KEPT_KIB
    check(f"opened {OPENINGS} times: no more memory than baseview's", kept, f"{grown['memory']:.0f} KiB an opening")


def main() -> int:
    check = common.Checks("DawDreamer's window")
    screen = Screen()
    try:
        check_one_click(check)
        check_first_use(check)
        check_by_example(check)
        check_opening(check)
    finally:
        screen.close()
    return check.close()


if __name__ == "__main__":
    common.end_with(main)
