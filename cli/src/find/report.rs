//! What `earmark find` says of each file.

use earmark_find::Occurrence;
use earmark_queries::Doubt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::made::Made;
use crate::inputs::Said;
use crate::output::short_clock;

/// What was found in a file before, as its JSON says.
#[derive(Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Before(pub(super) Value);

/// What was found in a file. Times are in seconds from its beginning.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    pub(super) input: String,
    /// The sounds that were searched for.
    pub(super) queries: Vec<String>,
    /// In the order of their onsets.
    pub(super) occurrences: Vec<Named>,
    /// The sounds that the model most likely does not understand, and what it listens for instead.
    pub(super) not_understood: Vec<Doubt>,
    /// How it was searched.
    pub(super) made: Made,
    /// In Hz.
    pub(super) sample_rate: u32,
    pub(super) channels: usize,
    /// How much was searched.
    pub(super) seconds: f64,
    pub(super) elapsed_seconds: f64,
    /// Of all threads, from the first sample to the last; `null` where several files are searched side by side.
    pub(super) cpu_seconds: Option<f64>,
    pub(super) damaged_packets: u64,
    /// Samples of a channel that the file declares and does not hold.
    pub(super) missing_samples: u64,
    /// What is odd about the file, in words without their subject, the file.
    pub(super) warnings: Vec<String>,
    /// Samples that are NaN or infinite.
    pub(super) not_numbers: u64,
}

/// An occurrence of one of several sounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Named {
    /// The sound, as typed.
    pub(super) query: String,
    #[serde(flatten)]
    pub(super) time: Occurrence,
}

impl Said for Before {
    fn words(&self) -> String {
        let input = self.0["input"].as_str().unwrap_or_default();
        format!("{input}: searched before\n{}", table(&occurrences(&self.0)))
    }
}

impl Said for Found {
    fn warn(&self) {
        for warning in &self.warnings {
            eprintln!("earmark: \"{}\" {warning}.", self.input);
        }
        if self.not_numbers > 0 {
            eprintln!(
                "earmark: {} samples of {} are no numbers (NaN or infinite); they were taken for silence.",
                self.not_numbers, self.input
            );
        }
    }

    /// What was found, and how fast.
    fn words(&self) -> String {
        let cpu = self
            .cpu_seconds
            .map_or(String::new(), |cpu| format!("; CPU time {cpu:.2} s"));
        format!(
            "{}: {:.2} s of sound in {:.2} s{cpu}\n{}",
            self.input,
            self.seconds,
            self.elapsed_seconds,
            table(&self.occurrences)
        )
    }
}

/// What the JSON of a file says was found.
pub(super) fn occurrences(found: &Value) -> Vec<Named> {
    let read = |one: &Value| Named::deserialize(one).ok();
    let all = found["occurrences"].as_array();
    all.map_or(Vec::new(), |all| all.iter().filter_map(read).collect())
}

/// A line for each occurrence, below a heading.
fn table(occurrences: &[Named]) -> String {
    if occurrences.is_empty() {
        return "  nothing was found\n".into();
    }
    let heading = format!(
        "{:>12} {:>12}  {:>10}  {}\n",
        "onset", "offset", "confidence", "query"
    );
    let line = |one: &Named| {
        format!(
            "{:>12} {:>12}  {:>10.2}  {}\n",
            short_clock(one.time.onset),
            short_clock(one.time.offset),
            one.time.confidence,
            one.query
        )
    };
    heading + &occurrences.iter().map(line).collect::<String>()
}
