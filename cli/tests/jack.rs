//! `earmark live` on servers of JACK without a sound card, which these tests start where `jackd` is installed.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "whether a server renders is told in no other way")]

mod common;
#[path = "common/jackd.rs"]
mod jackd;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use common::{command, prints, read_wav, refuses, write_wav};
use jack::{AudioIn, AudioOut, Control, LatencyType, Port};
use jackd::{PERIOD, RATE, Running, open, wait, with_server};
use serde_json::Value;

const QUERY: &str = "the sound of hitting the keyboard";

/// Plays a sound from when it may, and nothing after it.
struct Source {
    port: Port<AudioOut>,
    sound: Vec<f32>,
    at: usize,
    may: Arc<AtomicBool>,
}

impl jack::ProcessHandler for Source {
    fn process(&mut self, _: &jack::Client, scope: &jack::ProcessScope) -> Control {
        let samples = self.port.as_mut_slice(scope);
        let may = self.may.load(Ordering::Relaxed);
        let left = if may { &self.sound[self.at..] } else { &[] };
        let n = left.len().min(samples.len());
        samples[..n].copy_from_slice(&left[..n]);
        samples[n..].fill(0.0);
        self.at += n;
        Control::Continue
    }
}

/// What came, from the first sample that is not silent at the first port on: of both ports.
#[derive(Default)]
struct Heard([Vec<f32>; 2]);

struct Sink {
    ports: [Port<AudioIn>; 2],
    heard: Arc<Mutex<Heard>>,
}

impl jack::ProcessHandler for Sink {
    fn process(&mut self, _: &jack::Client, scope: &jack::ProcessScope) -> Control {
        let mut heard = self.heard.lock().expect("nobody panics with it");
        let [dry, wet] = self.ports.each_ref().map(|port| port.as_slice(scope));
        if heard.0[0].is_empty() && dry.iter().all(|&sample| sample == 0.0) {
            return Control::Continue;
        }
        heard.0[0].extend_from_slice(dry);
        heard.0[1].extend_from_slice(wet);
        Control::Continue
    }
}

/// `earmark live` in a process of its own, and what it says.
struct Live {
    process: Running,
    lines: Box<dyn Iterator<Item = Value>>,
}

impl Live {
    fn start(folder: &Path, arguments: &[&str]) -> Live {
        let arguments = [&["live", "--say", "json"], arguments].concat();
        let mut live = command(folder, &arguments);
        let mut process = Running(live.stdout(Stdio::piped()).spawn().expect("earmark starts"));
        let lines = BufReader::new(process.0.stdout.take().expect("its output")).lines();
        let lines = lines.map(|line| {
            let line = line.expect("a line of UTF-8");
            serde_json::from_str(&line).expect("one JSON object a line")
        });
        Live {
            process,
            lines: Box::new(lines),
        }
    }

    fn line(&mut self) -> Value {
        self.lines.next().expect("a line each second")
    }

    /// Ends it as Ctrl-C does, which is its ordinary end, and returns what it said last.
    fn end(mut self) -> Value {
        self.process.signal("INT");
        let last = self.lines.last().expect("how it went");
        assert!(self.process.0.wait().expect("it ends").success(), "{last}");
        last
    }
}

fn energy(samples: impl Iterator<Item = f32>) -> f64 {
    samples.map(|sample| f64::from(sample).powi(2)).sum()
}

/// How far `heard` is from `expected` when it is `late` samples later, in dB of what is expected.
fn distance_db(expected: &[f32], heard: &[f32], late: usize) -> f64 {
    let apart = expected.iter().zip(&heard[late..]).map(|(a, b)| a - b);
    10.0 * (energy(apart) / energy(expected.iter().copied())).log10()
}

fn freewheel(client: &jack::Client, is_on: bool) {
    // SAFETY: the pointer is that of a client that is open, and the library was loaded to open it.
    let refused = unsafe { jack::jack_sys::jack_set_freewheel(client.raw(), i32::from(is_on)) };
    assert_eq!(refused, 0, "the server renders");
}

/// One channel of the example, as `sound.wav` in the folder too.
fn example(folder: &Path) -> Vec<f32> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/typing_over_speech.wav");
    let sound = read_wav(&example).1.swap_remove(0);
    write_wav(&folder.join("sound.wav"), RATE, std::slice::from_ref(&sound));
    sound
}

/// Plays the example to `earmark live` with these arguments, and compares what comes out of it with `expected`: it must be nearest
/// where its latency says, at most `far` dB away, and the server must know that latency on both sides.
fn plays(folder: &Path, sound: &[f32], arguments: &[&str], expected: &[f32], far: f64) {
    let (source, sink) = (open("source"), open("sink"));
    let nowhere = ["--channels", "1", "--input", "none", "--output", "none"];
    let mut live = Live::start(folder, &[arguments, &nowhere].concat());
    let state = live.line();
    assert_eq!(
        (state["rate"].as_u64(), state["channels"].as_u64()),
        (Some(u64::from(RATE)), Some(1))
    );
    let latency = state["latency"].as_u64().expect("a number") as usize;

    let may = Arc::new(AtomicBool::new(false));
    let playing = Source {
        port: source.register_port("out", AudioOut::default()).expect("a port"),
        sound: sound.to_vec(),
        at: 0,
        may: may.clone(),
    };
    let heard = Arc::new(Mutex::new(Heard::default()));
    let listening = Sink {
        ports: ["dry", "wet"].map(|name| sink.register_port(name, AudioIn::default()).expect("a port")),
        heard: heard.clone(),
    };
    let (played, [dry, wet]) = (
        playing.port.clone_unowned(),
        listening.ports.each_ref().map(Port::clone_unowned),
    );
    let sink = sink.activate_async((), listening).expect("it listens");
    let connect = |from: &str, to: &str| {
        let connected = sink.as_client().connect_ports_by_name(from, to);
        connected.unwrap_or_else(|error| panic!("{from} to {to}: {error}"));
    };
    connect("earmark:out_1", "sink:wet");
    // As fast as it goes, and every block is waited for: how much else the machine does is not heard.
    freewheel(sink.as_client(), true);
    let source = source.activate_async((), playing).expect("it plays");
    connect("source:out", "sink:dry");
    connect("source:out", "earmark:in_1");
    let late = latency as jack::Frames;
    wait("what the server knows of the latency", || {
        (wet.get_latency_range(LatencyType::Capture) == (late, late)
            && dry.get_latency_range(LatencyType::Capture) == (0, 0)
            && played.get_latency_range(LatencyType::Playback) == (0, late))
            .then_some(())
    });
    may.store(true, Ordering::Relaxed);
    wait("the sound", || {
        let heard = heard.lock().expect("nobody panics with it");
        (heard.0[1].len() > sound.len() + latency + PERIOD).then_some(())
    });
    freewheel(sink.as_client(), false);
    drop(source);

    let [dry, wet] = std::mem::take(&mut heard.lock().expect("nobody panics with it").0);
    assert_eq!(dry[..PERIOD], sound[..PERIOD]);
    let distance = |late: usize| distance_db(&expected[..expected.len() - PERIOD], &wet, late);
    println!(
        "{latency} samples, {:.1} dB from what `earmark separate` gives",
        distance(latency)
    );
    assert!(distance(latency) < far, "{}", distance(latency));
    for other in [latency - 1, latency + 1] {
        assert!(distance(other) > distance(latency), "{other} of {latency}");
    }
    let state = live.line();
    assert_eq!(state["late_blocks"], 0, "{state}");
    assert_eq!(live.end()["latency"].as_u64(), Some(latency as u64));
}

#[test]
fn what_is_heard_through_jack_is_the_sound_as_late_as_the_server_knows() {
    with_server(
        "what_is_heard_through_jack_is_the_sound_as_late_as_the_server_knows",
        || {
            let folder = tempfile::tempdir().expect("a folder for the test");
            let sound = example(folder.path());
            prints(
                folder.path(),
                &["separate", "sound.wav", QUERY, "-o", "target.wav"],
            );
            let expected = read_wav(&folder.path().join("target.wav")).1.swap_remove(0);
            plays(folder.path(), &sound, &[QUERY], &expected, -15.0);
        },
    );
}

#[test]
fn a_preset_is_heard_through_jack_with_its_mode() {
    with_server("a_preset_is_heard_through_jack_with_its_mode", || {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let sound = example(folder.path());
        prints(
            folder.path(),
            &[
                "separate",
                "sound.wav",
                QUERY,
                "--mode",
                "remove",
                "-o",
                "rest.wav",
            ],
        );
        prints(
            folder.path(),
            &["preset", QUERY, "--mode", "remove", "-o", "without typing.json"],
        );
        let expected = read_wav(&folder.path().join("rest.wav")).1.swap_remove(0);
        let preset = ["--preset", "without typing.json"];
        plays(folder.path(), &sound, &preset, &expected, -15.0);
    });
}

#[test]
fn ports_are_connected_by_the_beginnings_of_their_names_and_none_is_said() {
    with_server(
        "ports_are_connected_by_the_beginnings_of_their_names_and_none_is_said",
        || {
            let folder = tempfile::tempdir().expect("a folder for the test");
            let other = open("Fire fox");
            let inputs =
                ["left", "right"].map(|name| other.register_port(name, AudioIn::default()).expect("a port"));
            let output = other.register_port("talk", AudioOut::default()).expect("a port");
            let other = other.activate_async((), ()).expect("it runs");
            let ports = ["--input", "Fire fox:ta", "--output", "Fire fox:"];
            let mut live = Live::start(folder.path(), &[&[QUERY], &ports[..]].concat());
            live.line();
            // The only one that fits goes to both channels; two that fit are one for each.
            assert_eq!(output.get_connections(), ["earmark:in_1", "earmark:in_2"]);
            assert_eq!(inputs[0].get_connections(), ["earmark:out_1"]);
            assert_eq!(inputs[1].get_connections(), ["earmark:out_2"]);
            live.end();
            assert_eq!(output.get_connections(), [""; 0]);

            let sentence = refuses(folder.path(), &["live", QUERY, "--output", "firefox"]);
            assert!(
                sentence.contains("\"firefox\"") && sentence.contains("Fire fox:left, Fire fox:right"),
                "{sentence}"
            );
            drop(other);
        },
    );
}

/// Runs `earmark live typing` with this variable, and returns the one sentence by which it refuses.
fn refusal(folder: &Path, variable: &str, value: &std::ffi::OsStr) -> String {
    let output = command(folder, &["live", "typing"])
        .env(variable, value)
        .output()
        .expect("earmark runs");
    let sentence = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(
        sentence.contains("No JACK server answers") && sentence.contains("pw-jack"),
        "{sentence}"
    );
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence
}

#[test]
fn without_the_library_of_jack_one_sentence_says_so() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // It is found before a real one, and is none.
    std::fs::write(folder.path().join("libjack.so.0"), "no library of JACK at all").expect("a file");
    let sentence = refusal(folder.path(), "LD_LIBRARY_PATH", folder.path().as_os_str());
    assert!(sentence.contains("libjack.so.0"), "{sentence}");
}

#[test]
fn only_a_slot_that_is_heard_may_not_say_which_one_is_meant() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    prints(folder.path(), &["preset", "typing", "-o", "typing.json"]);
    let path = folder.path().join("typing.json");
    let preset = std::fs::read(&path).expect("it has been written");
    let mut preset: Value = serde_json::from_slice(&preset).expect("a preset");
    let mut third = preset["slots"][0].clone();
    third["text"] = "the second dog bark".into();
    preset["slots"]
        .as_array_mut()
        .expect("slots")
        .extend([serde_json::json!({}), third]);
    let live = |preset: &Value| {
        std::fs::write(&path, preset.to_string()).expect("a file");
        let output = command(folder.path(), &["live", "--preset", "typing.json"])
            .env("JACK_DEFAULT_SERVER", "earmark-nobody")
            .output()
            .expect("earmark runs");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    // As far as the server, which is not there.
    let said = live(&preset);
    assert!(said.contains("No JACK server answers"), "{said}");
    for also in ["slot", "also"] {
        let mut heard = preset.clone();
        heard[also] = 3.into();
        let said = live(&heard);
        assert!(
            said.contains("\"the second dog bark\"") && said.contains("slot 3 of typing.json"),
            "{said}"
        );
    }
}

#[test]
fn without_a_server_one_sentence_says_what_to_start() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // A server of that name is nowhere.
    refusal(folder.path(), "JACK_DEFAULT_SERVER", "earmark-nobody".as_ref());
    for arguments in [
        &["live"][..],
        &["live", "typing", "--preset", "a.json"],
        &["live", "typing", "--channels", "9"],
    ] {
        refuses(folder.path(), arguments);
    }
}
