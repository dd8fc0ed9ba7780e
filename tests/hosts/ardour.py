"""Ardour 7 without a person: a home of its own, sessions with one track and Earmark on it, automation, exports.

A session is made by Ardour's own Lua, which also puts the plug-in on the track. What Lua cannot do there, a clip and automation, is
written into the session's file.
"""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import soundfile

import common

NEEDED = ("ardour", "ardour7-lua", "ardour7-export")
LIBRARIES = Path("/usr/lib/ardour7")
# What Ardour counts time in, in a second, and its ticks in a second at the 120 beats a minute of a new session.
SUPERCLOCK = 282_240_000
TICKS = 1920 * 2
RATE = 48_000
PATIENCE_SECONDS = 120
# As somebody has set it who has started Ardour before, on a machine without a sound card.
CONFIGURATION = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="try-autostart-engine" value="1"/>
    <Option name="hide-dummy-backend" value="0"/>
    <Option name="discover-plugins-on-start" value="0"/>
  </Config>
  <Extra>
    <AudioMIDISetup>
      <EngineStates>
        <State backend="None (Dummy)" driver="Normal Speed" device="8 in, 8 out, Silence" input-device="" output-device=""
          sample-rate="48000" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" active="1"
          use-buffered-io="0" midi-option="No MIDI I/O" lru="1"/>
      </EngineStates>
    </AudioMIDISetup>
  </Extra>
</Ardour>
"""
# Ardour's export tool ends itself now and then while it clears up ("free(): invalid pointer"), with no plug-in in the session, too.
EXPORTS = 5

MAKE = """
backend = AudioEngine:set_backend("None (Dummy)", "", "")
backend:set_device_name("8 in, 8 out, Silence")
backend:set_sample_rate({rate})
backend:set_buffer_size(1024)
session = create_session("{folder}", "{name}", {rate})
local tracks = session:new_audio_track(2, 2, nil, 1, "typing", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
local plugin = ARDOUR.LuaAPI.new_plugin(session, "Earmark", ARDOUR.PluginType.VST3, "")
for track in tracks:iter() do
  print("added", track:add_processor_by_index(plugin, 0, nil, true))
end
session:save_state("")
close_session()
quit()
"""


def missing() -> list[str]:
    """The programs of Ardour that are not here."""
    return [program for program in NEEDED if shutil.which(program) is None]


class Home:
    """Somebody's folder in which Ardour finds Earmark and has scanned it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = os.environ | {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / ".config"),
            "XDG_CACHE_HOME": str(folder / ".cache"),
            "XDG_DATA_HOME": str(folder / ".local" / "share"),
        }
        plugin = folder / ".vst3" / "Earmark.vst3"
        plugin.parent.mkdir(parents=True)
        plugin.symlink_to(Path(common.plugin_path()).resolve())
        configuration = folder / ".config" / "ardour7"
        configuration.mkdir(parents=True)
        configuration.joinpath("config").write_text(CONFIGURATION)
        # Or it greets somebody who is new, in front of everything else.
        configuration.joinpath(".a7").touch()
        self.run(LIBRARIES / "ardour-vst3-scanner", "-f", plugin, LD_LIBRARY_PATH=str(LIBRARIES))

    def run(self, *command, text: str | None = None, **environment: str) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            env=self.environment | environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
        return done.stdout

    def session(self, name: str, audio: np.ndarray) -> "Session":
        """A session of which the one track plays `audio`, [2, frames] at 48 kHz, through Earmark."""
        folder = self.folder / name
        said = self.run("ardour7-lua", text=MAKE.format(folder=folder, name=name, rate=RATE))
        session = Session(self, folder, name)
        if session.plugin() is None:
            sys.exit(f"Ardour did not put Earmark on the track: {said}")
        session.place(audio)
        return session


class Session:
    """A session in its folder."""

    def __init__(self, home: Home, folder: Path, name: str):
        self.home, self.folder, self.name = home, folder, name
        self.file = folder / f"{name}.ardour"
        self.read()

    def read(self) -> None:
        """What Ardour has saved."""
        self.tree = xml.parse(self.file)
        self.root = self.tree.getroot()

    def write(self) -> None:
        self.tree.write(self.file, encoding="UTF-8", xml_declaration=True)

    def number(self) -> str:
        """A number that nothing in the session has."""
        number = int(self.root.get("id-counter")) + 1
        self.root.set("id-counter", str(number))
        return str(number)

    def plugin(self) -> xml.Element | None:
        return self.root.find(".//Processor[@type='vst3'][@name='Earmark']")

    def place(self, audio: np.ndarray) -> None:
        """Puts a clip at the beginning of the track, and makes the session as long."""
        # Or Ardour asks about the devices that it was made with.
        self.root.remove(self.root.find("EngineHints"))
        end = f"a{audio.shape[1] * SUPERCLOCK // RATE}"
        folder = self.folder / "interchange" / self.name / "audiofiles"
        sources = []
        for side, channel in zip("LR", audio):
            name = f"clip%{side}.wav"
            soundfile.write(folder / name, channel, RATE, subtype="FLOAT")
            sources.append(self.number())
            about = {"name": name, "id": sources[-1], "type": "audio", "flags": "", "channel": "0", "origin": "", "gain": "1"}
            xml.SubElement(self.root.find("Sources"), "Source", about)
        about = {"name": "clip", "id": self.number(), "type": "audio", "start": "a0", "length": f"{end}@a0"}
        about |= {"position": "a0", "sync-position": "a0", "beat": "0", "layering-index": "0", "channels": "2"}
        about |= {"muted": "0", "opaque": "1", "locked": "0", "automatic": "0", "whole-file": "0", "external": "0"}
        about |= {"fade-in-active": "0", "fade-out-active": "0", "default-fade-in": "0", "default-fade-out": "0"}
        about |= {"envelope-active": "0", "scale-amplitude": "1"}
        for index, source in enumerate(sources):
            about |= {f"source-{index}": source, f"master-source-{index}": source}
        xml.SubElement(self.root.find("Playlists/Playlist[@name='typing']"), "Region", about)
        about = {"id": self.number(), "name": "session", "start": "a0", "end": end, "flags": "IsSessionRange", "locked": "0"}
        xml.SubElement(self.root.find("Locations"), "Location", about)
        self.write()

    def load_preset(self, preset: bytes) -> None:
        """Gives the plug-in the state of a `.vstpreset`, with its parameters' values."""
        vst3 = self.plugin().find("vst3")
        vst3.find("chunk").text = base64.b64encode(preset).decode()
        # The state has these, too, and Ardour would set its own values after it.
        for port in vst3.findall("Port"):
            vst3.remove(port)
        self.write()

    def state(self) -> dict:
        """The plug-in's own JSON."""
        chunk = base64.b64decode(self.plugin().find("vst3/chunk").text)
        return common.read_preset(chunk)

    def parameters(self) -> dict[str, str]:
        """The number of each parameter, by its name."""
        return {control.get("name"): control.get("parameter") for control in self.plugin().findall("Controllable")}

    def draw(self, name: str, seconds: float, before: float, after: float) -> None:
        """Automation of a parameter: a step at this time."""
        number = self.parameters()[name]
        line = self.plugin().find(f"Automation/AutomationList[@automation-id='parameter-{number}']")
        at = round(seconds * TICKS)
        line.set("state", "Play")
        events = xml.SubElement(line, "events")
        events.text = f"b0 {before}\nb{at - 1} {before}\nb{at} {after}\n"
        self.write()

    def copy(self, name: str) -> "Session":
        """The same session once more, under the same name in a folder of its own."""
        folder = self.home.folder / name / self.name
        shutil.copytree(self.folder, folder)
        return Session(self.home, folder, self.name)

    def export(self) -> np.ndarray:
        """What the master bus plays, [channels, frames]."""
        with tempfile.TemporaryDirectory(dir=self.home.folder) as folder:
            for attempt in range(1, EXPORTS + 1):
                # What an attempt that failed has left behind is none of the next one's.
                path = Path(folder) / f"{attempt}.wav"
                try:
                    self.home.run("ardour7-export", "-b", "float", "-o", path, self.folder, self.name)
                    break
                except RuntimeError:
                    if attempt == EXPORTS:
                        raise
            audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if rate != RATE:
            sys.exit(f"the export has {rate} Hz, and {RATE} were expected")
        return audio.T
