//! What the tests of the command share: running it, and sounds to run it on.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `earmark` with these arguments in `folder`.
pub(crate) fn earmark<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[S]) -> Output {
    command(folder, arguments).output().expect("earmark runs")
}

/// The command, not yet started, without the models and settings of whoever runs the tests.
pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
    command.current_dir(folder).args(arguments);
    for variable in [
        "EARMARK_CATALOGUE",
        "HF_ENDPOINT",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(variable);
    }
    for proxy in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
        command.env_remove(proxy).env_remove(proxy.to_lowercase());
    }
    command.env(
        "EARMARK_DATA",
        std::env::temp_dir().join("earmark-tests-without-models"),
    );
    // Mesa asks Wayland which card is the screen's, and where that is not said libwayland complains on standard error.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}

/// Runs `earmark`, which must succeed, and returns what it prints.
pub(crate) fn prints<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[S]) -> String {
    let output = earmark(folder, arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Runs `earmark`, which must refuse with exit code 2, one sentence and nothing written, and returns the sentence.
pub(crate) fn refuses<S: AsRef<std::ffi::OsStr> + std::fmt::Debug>(folder: &Path, arguments: &[S]) -> String {
    let before = names(folder);
    let output = earmark(folder, arguments);
    let sentence = String::from_utf8(output.stderr).expect("output is UTF-8");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {sentence}");
    assert_eq!(names(folder), before, "{arguments:?} left something behind");
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    assert!(
        sentence.starts_with("earmark: ") && sentence.ends_with(".\n"),
        "{arguments:?}: {sentence:?}"
    );
    assert_eq!(sentence.lines().count(), 1, "{arguments:?}: {sentence:?}");
    sentence
}

/// Names of everything in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

/// A file of the fixtures.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// What the fixtures hold: 30,870 samples of 0.4·440 Hz + 0.2·1730 Hz on the left and 0.3·660 Hz on the right.
pub(crate) fn fixture_sound() -> Vec<Vec<f32>> {
    let time = |n: usize| n as f64 / 44_100.0;
    let left = |n| (0.4 * (TAU * 440.0 * time(n)).sin() + 0.2 * (TAU * 1730.0 * time(n)).sin()) as f32;
    let right = |n| (0.3 * (TAU * 660.0 * time(n)).sin()) as f32;
    vec![(0..30_870).map(left).collect(), (0..30_870).map(right).collect()]
}

/// Something with many sounds in it: clicks, a sweep and noise, different in each channel. Below 0.8.
pub(crate) fn scene(channels: usize, frames: usize, rate: u32) -> Vec<Vec<f32>> {
    let mut seed = 1u64;
    let mut noise = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    (0..channels)
        .map(|channel| {
            (0..frames)
                .map(|n| {
                    let time = n as f64 / f64::from(rate);
                    let sweep = 0.3 * (TAU * (200.0 + 900.0 * time.min(10.0)) * time + channel as f64).sin();
                    let click = if n % 5000 < 60 { 0.3 * noise() } else { 0.0 };
                    (sweep + click + 0.1 * noise()) as f32
                })
                .collect()
        })
        .collect()
}

/// Writes a 32-bit float WAV.
pub(crate) fn write_wav(path: &Path, rate: u32, channels: &[Vec<f32>]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("the WAV can be created");
    for n in 0..channels[0].len() {
        channels
            .iter()
            .for_each(|channel| writer.write_sample(channel[n]).expect("a sample is written"));
    }
    writer.finalize().expect("the WAV can be finished");
}

/// Reads a WAV of any format: its header and `[channel][sample]`.
pub(crate) fn read_wav(path: &Path) -> (hound::WavSpec, Vec<Vec<f32>>) {
    let mut reader = hound::WavReader::open(path).expect("the WAV can be opened");
    let spec = reader.spec();
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map(|s| s.expect("a sample")).collect(),
        hound::SampleFormat::Int => {
            let scale = 1.0 / (1i64 << (spec.bits_per_sample - 1)) as f32;
            reader
                .samples::<i32>()
                .map(|s| s.expect("a sample") as f32 * scale)
                .collect()
        }
    };
    let count = usize::from(spec.channels);
    let channel = |c: usize| samples.iter().skip(c).step_by(count).copied().collect();
    (spec, (0..count).map(channel).collect())
}

/// Power of `a - b` against that of `b`, in dB.
pub(crate) fn difference_db(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    let power = |x: f64| x * x;
    let pairs = || a.iter().flatten().zip(b.iter().flatten());
    let error: f64 = pairs().map(|(a, b)| power(f64::from(*a) - f64::from(*b))).sum();
    let signal: f64 = pairs().map(|(_, b)| power(f64::from(*b))).sum();
    10.0 * (error.max(1e-30) / signal.max(1e-30)).log10()
}

/// Writes noise that depends on a name: mono, 16 bits.
pub(crate) fn write_noise(path: &Path, name: &str, rate: u32, seconds: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a file for the test");
    let count = (seconds * f64::from(rate)) as usize;
    let mut last = 0.0;
    for value in earmark_models::procedural::uniform(name, count) {
        last = 0.7 * last + 0.2 * value;
        file.write_sample((last * 32_767.0) as i16).expect("a sample");
    }
    file.finalize().expect("a whole file");
}
