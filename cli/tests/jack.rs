//! `earmark live` on a server of JACK without a sound card, which this test starts where `jackd` is installed.
#![cfg(target_os = "linux")]
#![allow(
    unsafe_code,
    reason = "the name of a server, and whether it renders, are told in no other way"
)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{command, prints, read_wav, refuses, write_wav};
use jack::{AudioIn, AudioOut, ClientOptions, Control, Port};

const RATE: u32 = 48_000;
const PERIOD: usize = 1024;
const QUERY: &str = "the sound of hitting the keyboard";
/// Whatever is waited for comes sooner, even on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, or a client in a process of its own, that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server of this name, with the time of this machine for a sound card.
fn server(name: &str) -> Option<Running> {
    let started = Command::new("jackd")
        .args(["-n", name, "-r", "-d", "dummy"])
        .args(["-r", &RATE.to_string(), "-p", &PERIOD.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(child) => Some(Running(child)),
        Err(error) => {
            println!("SKIPPED: jackd cannot be started here ({error}), so nothing was run through JACK.");
            None
        }
    }
}

fn wait<T>(what: &str, mut is_there: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = is_there() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        sleep(Duration::from_millis(50));
    }
}

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

#[test]
fn what_is_heard_through_jack_is_the_sound_as_late_as_is_said() {
    let name = format!("earmark-test-{}", std::process::id());
    // SAFETY: the other test of this program touches neither the environment nor JACK in this process.
    unsafe { std::env::set_var("JACK_DEFAULT_SERVER", &name) };
    jack::set_logger(jack::LoggerType::None);
    let Some(_server) = server(&name) else { return };
    let open = |name: &str| {
        wait("the server", || {
            jack::Client::new(name, ClientOptions::NO_START_SERVER).ok()
        })
        .0
    };
    let (source, sink) = (open("source"), open("sink"));

    let folder = tempfile::tempdir().expect("a folder for the test");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/typing_over_speech.wav");
    let sound = read_wav(&example).1.swap_remove(0);
    write_wav(
        &folder.path().join("sound.wav"),
        RATE,
        std::slice::from_ref(&sound),
    );
    prints(
        folder.path(),
        &["separate", "sound.wav", QUERY, "-o", "expected.wav"],
    );
    let expected = read_wav(&folder.path().join("expected.wav")).1.swap_remove(0);

    let live = [
        "live",
        QUERY,
        "--channels",
        "1",
        "--input",
        "none",
        "--output",
        "none",
        "--say",
        "json",
    ];
    let mut live = command(folder.path(), &live);
    let mut live = Running(live.stdout(Stdio::piped()).spawn().expect("earmark starts"));
    let lines = BufReader::new(live.0.stdout.take().expect("its output")).lines();
    let mut lines = lines.map(|line| {
        let line = line.expect("a line of UTF-8");
        serde_json::from_str::<serde_json::Value>(&line).expect("one JSON object a line")
    });
    let state = lines.next().expect("a line each second");
    assert_eq!(
        (state["rate"].as_u64(), state["channels"].as_u64()),
        (Some(48_000), Some(1))
    );
    let latency = state["latency"].as_u64().expect("a number") as usize;

    let may = Arc::new(AtomicBool::new(false));
    let playing = Source {
        port: source.register_port("out", AudioOut::default()).expect("a port"),
        sound: sound.clone(),
        at: 0,
        may: may.clone(),
    };
    let heard = Arc::new(Mutex::new(Heard::default()));
    let listening = Sink {
        ports: ["dry", "wet"].map(|name| sink.register_port(name, AudioIn::default()).expect("a port")),
        heard: heard.clone(),
    };
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
    assert!(distance(latency) < -15.0, "{}", distance(latency));
    for other in [latency - 1, latency + 1] {
        assert!(distance(other) > distance(latency), "{other} of {latency}");
    }

    let state = lines.next().expect("a line each second");
    assert_eq!(state["late_blocks"], 0, "{state}");
    let pid = live.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .is_ok_and(|status| status.success())
    );
    assert_eq!(
        lines.last().expect("how it went")["latency"].as_u64(),
        Some(latency as u64)
    );
    assert!(
        live.0.wait().expect("it ends").success(),
        "Ctrl-C is its ordinary end"
    );
}

#[test]
fn without_a_server_one_sentence_says_what_to_start() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let live = ["live", "typing"];
    // A server of that name is nowhere.
    let mut command = command(folder.path(), &live);
    let output = command
        .env("JACK_DEFAULT_SERVER", "earmark-nobody")
        .output()
        .expect("earmark runs");
    let sentence = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(
        sentence.contains("No JACK server answers") && sentence.contains("pw-jack"),
        "{sentence}"
    );
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    for arguments in [
        &["live"][..],
        &["live", "typing", "--preset", "a.json"],
        &["live", "typing", "--channels", "9"],
    ] {
        refuses(folder.path(), arguments);
    }
}
