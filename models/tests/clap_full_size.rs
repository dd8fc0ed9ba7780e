//! CLAP's text tower in full size with RoBERTa's own tokenizer: what it computes, and what that costs.
//!
//! The tokenizer is not part of the repository: `EARMARK_ROBERTA_TOKENIZER` names roberta-base's `tokenizer.json`.

mod common;

use std::path::Path;
use std::time::Instant;

use common::imported::Content;
use common::{Fixture, relative_error};
use cpu_time::ProcessTime;
use earmark_models::QueryEncoder;
use earmark_models::encoder::{ClapEncoder, RobertaConfig};
use safetensors::Dtype;
use tempfile::TempDir;

/// What encoding may add to a process, in megabytes.
const MEMORY: f64 = 250.0;
/// What a short query may take of one core in a second, the opening of the encoder included.
const SECONDS: f64 = 1.0;

#[test]
fn in_full_size_it_computes_what_hugging_face_computes_within_a_second_and_250_mb() {
    let Some(path) = std::env::var_os("EARMARK_ROBERTA_TOKENIZER") else {
        eprintln!("skipped: EARMARK_ROBERTA_TOKENIZER does not name roberta-base's tokenizer.json");
        return;
    };
    let tokenizer = std::fs::read(path).unwrap();
    let io = Fixture::read("clap_text_io");
    let folder = TempDir::new().unwrap();

    let file = Content::tower(&RobertaConfig::clap(), Dtype::F32, &tokenizer).write(folder.path());
    let encoder = ClapEncoder::open(&file).unwrap();
    for (index, text) in io.texts().iter().enumerate() {
        let ids: Vec<i64> = io.tensors[&format!("{index}.ids")].to_vec1().unwrap();
        let given = encoder.tokenize(text).unwrap();
        assert!(
            given.iter().map(|&id| i64::from(id)).eq(ids),
            "{text:?}: {given:?}"
        );
        let condition = encoder.encode(text).unwrap();
        let error = relative_error(&condition.values, &io.floats(&format!("{index}.embedding")));
        println!("{text:?}: {error:.2e}");
        assert!(error < 1e-5, "{text:?}: {error:.2e}");
    }
    drop(encoder);

    let file = Content::tower(&RobertaConfig::clap(), Dtype::F16, &tokenizer).write(folder.path());
    let before = Memory::new();
    let cost = measured("opened, and a short query", || {
        let encoder = ClapEncoder::open(&file).unwrap();
        let condition = encoder.encode(&io.texts()[1]).unwrap();
        let error = relative_error(&condition.values, &io.floats("1.embedding"));
        assert!(error < 0.01, "in 16 bits: {error:.2e}");
    });
    assert!(cost < SECONDS, "{cost:.2} s of processor time");
    before.compare("a short query", MEMORY);

    let encoder = ClapEncoder::open(&file).unwrap();
    let before = Memory::new();
    measured("a short query", || encoder.encode(&io.texts()[1]).unwrap());
    let long = "rain on the roof, ".repeat(200);
    assert_eq!(encoder.tokenize(&long).unwrap().len(), ClapEncoder::MAX_TOKENS);
    measured("512 tokens", || encoder.encode(&long).unwrap());
    before.compare("512 tokens", MEMORY);
}

/// The processor's seconds.
fn measured<T>(what: &str, work: impl FnOnce() -> T) -> f64 {
    let (clock, processor) = (Instant::now(), ProcessTime::now());
    work();
    let (clock, processor) = (clock.elapsed(), processor.elapsed());
    println!("{what}: {clock:.2?}, {processor:.2?} of the processor");
    processor.as_secs_f64()
}

/// The process's memory, where the system tells of it.
struct Memory {
    used: Option<f64>,
}

impl Memory {
    fn new() -> Memory {
        // The peak starts anew from here.
        let reset = std::fs::write("/proc/self/clear_refs", "5").is_ok();
        let used = reset.then(|| megabytes("VmRSS")).flatten();
        Memory { used }
    }

    fn compare(&self, what: &str, allowed: f64) {
        let (Some(used), Some(peak), Some(now)) = (self.used, megabytes("VmHWM"), megabytes("VmRSS")) else {
            return;
        };
        let (peak, left) = (peak - used, now - used);
        println!("{what}: {peak:.0} MB more at most, {left:.0} MB more afterwards");
        assert!(peak < allowed, "{what}: {peak:.0} MB more");
    }
}

fn megabytes(entry: &str) -> Option<f64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(entry))?;
    let kilobytes: f64 = line.trim_matches(&[':', ' ', '\t', 'k', 'B'][..]).parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
