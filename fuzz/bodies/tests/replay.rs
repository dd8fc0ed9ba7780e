//! Every target over its corpus, and over a fixed number of damaged copies of it.

mod mutate;

#[path = "../../../library/tests/support/mod.rs"]
mod support;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use earmark_fuzz_bodies::{TARGETS, Target};
use support::mutate::{Random, Seeds};

/// Damaged inputs of each target: what takes a second or two.
const ROUNDS: u64 = 600;
/// Imports cost more than the others.
const IMPORTS: u64 = 60;

/// The inputs that are kept for a target, by their names in order.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../corpus")
        .join(target.name);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .expect("a folder for each target")
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect("a readable file"))
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} has no corpus", target.name);
    inputs
}

/// Runs a target, and names the input where it panics.
fn check(target: &Target, input: &str, bytes: &[u8]) {
    let run = catch_unwind(AssertUnwindSafe(|| (target.check)(bytes)));
    assert!(run.is_ok(), "{} fails on {input}", target.name);
}

#[test]
fn every_kept_input_is_handled() {
    for target in &TARGETS {
        for (name, bytes) in corpus(target) {
            check(target, &name, &bytes);
        }
    }
}

#[test]
fn damaged_inputs_are_handled() {
    for target in TARGETS.iter().filter(|target| target.name != "models") {
        let inputs = corpus(target);
        for seed in 0..ROUNDS {
            let bytes = mutate::damaged(&inputs, &mut Random::new(seed));
            check(target, &format!("seed {seed}"), &bytes);
        }
    }
}

#[test]
fn damaged_models_are_handled() {
    let target = TARGETS
        .iter()
        .find(|target| target.name == "models")
        .expect("a target");
    let seeds = Seeds::new();
    for seed in 0..IMPORTS {
        let bytes = seeds.damaged(&mut Random::new(seed));
        check(target, &format!("seed {seed}"), &bytes);
    }
}

#[test]
fn the_corpus_stays_small() {
    let bytes: usize = TARGETS
        .iter()
        .flat_map(corpus)
        .map(|(name, bytes)| {
            assert!(bytes.len() <= 64 * 1024, "{name} is too large to be kept");
            bytes.len()
        })
        .sum();
    assert!(bytes <= 300_000, "{bytes} bytes");
}
