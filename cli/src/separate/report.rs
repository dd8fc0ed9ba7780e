//! What `earmark separate` says of each file.

use earmark_audio::STANDARD;
use earmark_find::Occurrence;
use earmark_queries::Doubt;
use serde::Serialize;

use crate::args::Mode;
use crate::examples::Told;
use crate::inputs::Said;
use crate::output::{short_clock, times};

/// Where the parts of a file are.
#[derive(Debug, Serialize)]
pub(super) struct Written {
    pub(super) input: String,
    /// The wanted sounds.
    pub(super) queries: Vec<String>,
    pub(super) outputs: Vec<Output>,
    pub(super) rest: Option<String>,
}

/// One file that was written.
#[derive(Debug, Serialize)]
pub(super) struct Output {
    /// The sound in it; `null` where it holds everything but the wanted sounds.
    pub(super) query: Option<String>,
    pub(super) path: String,
}

/// The one of several times that a query means. Times are in seconds from the beginning of the file.
#[derive(Debug, Serialize)]
pub(super) struct Meant {
    pub(super) query: String,
    /// How often the sound is heard.
    pub(super) of: usize,
    #[serde(flatten)]
    pub(super) time: Occurrence,
}

/// A file that was separated. Rates in Hz, lengths in samples of the file or in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    #[serde(flatten)]
    pub(super) written: Written,
    /// The unwanted sounds.
    pub(super) not: Vec<String>,
    /// The examples that were listened to.
    #[serde(flatten)]
    pub(super) examples: Told,
    /// When the sounds are heard of which one of several times was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) occurrences: Vec<Meant>,
    /// The sounds that the model most likely does not understand, and what it listens for instead.
    pub(super) not_understood: Vec<Doubt>,
    pub(super) mode: Mode,
    pub(super) model: String,
    pub(super) sample_rate: u32,
    pub(super) channels: usize,
    pub(super) seconds: f64,
    /// What a host would have to compensate; it is taken out of the files.
    pub(super) latency_samples: usize,
    pub(super) latency_seconds: f64,
    /// Samples handed over at a time by `--live`.
    pub(super) live_block: Option<usize>,
    /// Of all queries together: one for each sound, one more where several leave a rest.
    pub(super) blocks: u64,
    pub(super) late_blocks: u64,
    pub(super) elapsed_seconds: f64,
    /// Of all threads, from the first sample to the last; `null` where several files are separated side by side.
    pub(super) cpu_seconds: Option<f64>,
    /// CPU seconds per second of sound.
    pub(super) real_time_factor: Option<f64>,
    pub(super) damaged_packets: u64,
    /// Samples of a channel that the file declares and does not hold.
    pub(super) missing_samples: u64,
    /// What is odd about the file, in words without their subject, the file.
    pub(super) warnings: Vec<String>,
    pub(super) clipped_samples: u64,
    /// Samples of the input that are NaN or infinite.
    pub(super) not_numbers: u64,
    /// What else is not as in the input, in words.
    pub(super) notes: Vec<String>,
}

impl Said for Written {
    fn words(&self) -> String {
        format!("{}: finished before\n", self.input)
    }
}

impl Said for Done {
    fn warn(&self) {
        for warning in &self.warnings {
            eprintln!("earmark: \"{}\" {warning}.", self.written.input);
        }
        if self.clipped_samples > 0 {
            eprintln!(
                "earmark: {} samples were above full scale and were clipped; write 32 bits to keep them.",
                self.clipped_samples
            );
        }
        if self.not_numbers > 0 {
            eprintln!(
                "earmark: {} samples of {} are no numbers (NaN or infinite); they were taken for silence.",
                self.not_numbers, self.written.input
            );
        }
        for note in &self.notes {
            eprintln!("earmark: {note}.");
        }
    }

    fn takes_standard_output(&self) -> bool {
        let paths = self.written.outputs.iter().map(|output| &output.path);
        paths.chain(&self.written.rest).any(|path| path == STANDARD)
    }

    /// What was written, how fast and how late.
    fn words(&self) -> String {
        let (asked, left_out) = match self.mode {
            Mode::Isolate => ("target", "rest"),
            Mode::Remove => ("rest", "target"),
        };
        let several = self.written.outputs.len() > 1;
        let mut lines: Vec<String> = self
            .written
            .outputs
            .iter()
            .map(|output| match &output.query {
                Some(query) if several => format!("{asked}, {query}: {}", output.path),
                _ => format!("{asked}: {}", output.path),
            })
            .collect();
        lines.extend(self.occurrences.iter().map(|one| {
            let [onset, offset] = [one.time.onset, one.time.offset].map(short_clock);
            format!("{}: {onset} to {offset} (heard {})", one.query, times(one.of))
        }));
        lines.extend(self.written.rest.iter().map(|rest| format!("{left_out}: {rest}")));
        let cpu = self
            .cpu_seconds
            .zip(self.real_time_factor)
            .map_or(String::new(), |(cpu, factor)| {
                format!("; CPU time {cpu:.2} s ({factor:.3} of real time)")
            });
        lines.push(format!(
            "{:.2} s of sound in {:.2} s{cpu}; latency of {:.0} ms taken out",
            self.seconds,
            self.elapsed_seconds,
            1e3 * self.latency_seconds
        ));
        lines.extend(self.live_block.map(|block| {
            format!(
                "live, {block} samples at a time: {} of {} blocks late",
                self.late_blocks, self.blocks
            )
        }));
        lines.join("\n") + "\n"
    }
}
