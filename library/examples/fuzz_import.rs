//! Imports damaged files for some time: `fuzz_import SECONDS [SEED]`. Every import must succeed or be refused in one line,
//! leave nothing behind when refused, and take little memory; whatever does not is written to `fuzz-SEED.bin`.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use earmark_library::import::{ImportOptions, import};
use support::mutate::{Random, Seeds};

/// Longest time that an import of such small files may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most memory of the whole process in kB.
const MOST_MEMORY: u64 = 600_000;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let (Some(Ok(seconds)), Ok(first)) = (numbers.next(), numbers.next().unwrap_or(Ok(1))) else {
        eprintln!("usage: fuzz_import SECONDS [SEED]");
        return ExitCode::FAILURE;
    };
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let (file, tokens) = (
        folder.path().join("damaged"),
        folder.path().join("tokenizer.json"),
    );
    let models = folder.path().join("models");
    fs::write(&tokens, support::tokenizer()).expect("room on the disk");
    let seeds = Seeds::new();
    let begun = Instant::now();
    let (mut seed, mut longest, mut outcomes) = (first, Duration::ZERO, BTreeMap::<String, u64>::new());
    while begun.elapsed().as_secs() < seconds {
        let damaged = seeds.damaged(&mut Random::new(seed));
        fs::write(&file, &damaged).expect("room on the disk");
        let started = Instant::now();
        let files = [file.clone(), tokens.clone()];
        let options = ImportOptions {
            id: Some("fuzzed".into()),
            sixteen_bit: seed.is_multiple_of(2),
            ..ImportOptions::default()
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            import(&files, &models, options, &mut |_| ControlFlow::Continue(()))
        }));
        let took = started.elapsed();
        longest = longest.max(took);
        let wrong = match &outcome {
            Err(_) => Some("it panicked".into()),
            Ok(Ok(_)) => fs::remove_dir_all(&models).err().map(|error| error.to_string()),
            Ok(Err(_)) if models.exists() => Some("it left something".into()),
            Ok(Err(error)) => {
                let sentence = error.to_string();
                let plain = sentence.chars().all(|c| !c.is_control()) && sentence.len() < 1000;
                (!plain).then_some(sentence)
            }
        };
        let wrong = wrong.or_else(|| (took > PATIENCE).then(|| format!("it took {took:?}")));
        let wrong = wrong.or_else(|| {
            peak()
                .filter(|&peak| peak > MOST_MEMORY)
                .map(|peak| format!("it took {peak} kB"))
        });
        if let Some(wrong) = wrong {
            let path = format!("fuzz-{seed}.bin");
            fs::write(&path, &damaged).expect("room on the disk");
            eprintln!("seed {seed}, {path}: {wrong}");
            return ExitCode::FAILURE;
        }
        let kind = match outcome {
            Ok(Err(error)) => format!("{error:?}")
                .split([' ', '{', '('])
                .next()
                .unwrap_or_default()
                .to_owned(),
            _ => "imported".into(),
        };
        *outcomes.entry(kind).or_default() += 1;
        seed += 1;
    }
    println!(
        "{} imports from seed {first} on, the longest {longest:?}: {outcomes:?}",
        seed - first
    );
    if let Some(peak) = peak() {
        println!("most memory: {peak} kB");
    }
    ExitCode::SUCCESS
}

/// The most memory that this process had, in kB, where the system tells.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
