//! `earmark separate` and `earmark find` with small models of the layouts of CLIPSep and LASS-Net that are imported here: lengths, and what
//! makes up the input.

mod common;
#[path = "common/weights.rs"]
mod weights;

use std::path::{Path, PathBuf};

use common::{read_wav, scene, write_wav};
use serde_json::Value;
use weights::{clip_tokenizer, write_clipsep, write_lass};

/// Input rates and samples: another rate than the models', less than one of LASS-Net's blocks of 5 s, and more than one with a part left over.
const INPUTS: [(u32, usize, usize); 3] = [(44_100, 2, 30_870), (32_000, 1, 170_001), (16_000, 3, 100_003)];

struct User(tempfile::TempDir);

impl User {
    fn new() -> User {
        let user = User(tempfile::tempdir().expect("a folder for the test"));
        write_clipsep(
            &user.path("best_model.safetensors"),
            &user.path("clip.safetensors"),
        );
        std::fs::write(user.path("tokenizer.json"), clip_tokenizer()).expect("a file");
        write_lass(&user.path("LASSNet.safetensors"));
        let said = user.prints(&[
            "models",
            "import",
            "best_model.safetensors",
            "clip.safetensors",
            "tokenizer.json",
        ]);
        assert!(said.contains("CLIPSep is installed as clipsep"), "{said}");
        let said = user.prints(&["models", "import", "LASSNet.safetensors"]);
        assert!(said.contains("is installed as lassnet"), "{said}");
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn prints(&self, arguments: &[&str]) -> String {
        let mut command = common::command(self.0.path(), arguments);
        let output = command.env("EARMARK_DATA", self.path("data")).output();
        let output = output.expect("earmark runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("output is UTF-8")
    }
}

/// The loudest sample.
fn peak(sound: &[Vec<f32>]) -> f32 {
    let samples = sound.iter().flatten();
    samples.fold(0.0, |peak, sample| peak.max(sample.abs()))
}

fn read(path: &Path, rate: u32, channels: usize, samples: usize) -> Vec<Vec<f32>> {
    let (spec, sound) = read_wav(path);
    let lengths: Vec<usize> = sound.iter().map(Vec::len).collect();
    assert_eq!(
        (spec.sample_rate, lengths),
        (rate, vec![samples; channels]),
        "{}",
        path.display()
    );
    sound
}

#[test]
fn target_and_rest_are_the_input_sample_by_sample() {
    let user = User::new();
    for (rate, channels, samples) in INPUTS {
        let input = scene(channels, samples, rate);
        write_wav(&user.path("in.wav"), rate, &input);
        for model in ["clipsep", "lassnet"] {
            let [target, rest] = ["target", "rest"].map(|part| format!("{part} {model} {rate}.wav"));
            let said = user.prints(&[
                "separate", "in.wav", "a dog", "--model", model, "-o", &target, "--rest", &rest, "--json",
            ]);
            let said: Value = serde_json::from_str(&said).expect("one object");
            assert_eq!(said["model"], model);
            let of = |name: &str| read(&user.path(name), rate, channels, samples);
            let (target, rest) = (of(&target), of(&rest));
            assert!(
                peak(&target) > 1e-4 && peak(&rest) > 1e-4,
                "{model} at {rate} Hz: it separates something"
            );
            for (channel, input) in input.iter().enumerate() {
                let worst = (0..samples)
                    .map(|n| (target[channel][n] + rest[channel][n] - input[n]).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 1e-6, "{model} at {rate} Hz: {worst:e}");
            }
        }
    }
}

#[test]
fn several_queries_and_a_part_of_a_file_have_the_right_lengths() {
    let user = User::new();
    let (rate, channels, samples) = INPUTS[1];
    let input = scene(channels, samples, rate);
    write_wav(&user.path("in.wav"), rate, &input);
    for model in ["clipsep", "lassnet"] {
        let arguments = [
            "separate", "in.wav", "-q", "a dog", "-q", "rain", "--rest", "--start", "0.5", "--end", "3.25",
            "--model", model, "-o", model,
        ];
        user.prints(&arguments);
        let part = (2.75 * f64::from(rate)) as usize;
        let names = common::names(&user.path(model));
        assert_eq!(names.len(), 3, "{names:?}");
        for name in names {
            read(&user.path(model).join(name), rate, channels, part);
        }
    }
}

#[test]
fn they_can_be_searched_with() {
    let user = User::new();
    let (rate, channels, samples) = INPUTS[1];
    write_wav(&user.path("in.wav"), rate, &scene(channels, samples, rate));
    for model in ["clipsep", "lassnet"] {
        let found = user.prints(&["find", "in.wav", "a dog", "--model", model, "--json"]);
        let found: Value = serde_json::from_str(&found).expect("one object");
        assert_eq!(found["queries"][0], "a dog");
        let seconds = found["seconds"].as_f64().expect("a length");
        assert!(
            (seconds - samples as f64 / f64::from(rate)).abs() < 1e-6,
            "{seconds}"
        );
        for one in found["occurrences"].as_array().expect("a list") {
            let at = |key: &str| one[key].as_f64().expect("a time");
            assert!(
                0.0 <= at("onset") && at("onset") < at("offset") && at("offset") <= seconds,
                "{one}"
            );
        }
    }
}
