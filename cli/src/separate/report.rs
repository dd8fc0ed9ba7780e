//! What `earmark separate` says when it is done.

use serde::Serialize;

use crate::args::Mode;
use crate::output;

/// One run, as `--json` prints it. Rates in Hz, lengths in samples of the file or in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) input: String,
    pub(super) query: String,
    pub(super) mode: Mode,
    pub(super) model: String,
    pub(super) output: String,
    pub(super) rest: Option<String>,
    pub(super) sample_rate: u32,
    pub(super) channels: usize,
    pub(super) seconds: f64,
    /// What a host would have to compensate; it is taken out of the files.
    pub(super) latency_samples: usize,
    pub(super) latency_seconds: f64,
    /// Samples handed over at a time by `--live`.
    pub(super) live_block: Option<usize>,
    pub(super) blocks: u64,
    pub(super) late_blocks: u64,
    pub(super) elapsed_seconds: f64,
    /// Of all threads, from the first sample to the last.
    pub(super) cpu_seconds: f64,
    /// CPU seconds per second of sound.
    pub(super) real_time_factor: f64,
    pub(super) damaged_packets: u64,
    pub(super) clipped_samples: u64,
}

impl Report {
    /// Says on standard error what is not as good as it could be.
    pub(super) fn warn(&self) {
        if self.damaged_packets > 0 {
            eprintln!(
                "earmark: {} damaged packets of {} were replaced by silence.",
                self.damaged_packets, self.input
            );
        }
        if self.clipped_samples > 0 {
            eprintln!(
                "earmark: {} samples were above full scale and were clipped; write 32 bits to keep them.",
                self.clipped_samples
            );
        }
    }

    /// Says on standard output what was written, how fast and how late.
    pub(super) fn print(&self, as_json: bool) {
        if as_json {
            output::json(self);
        } else {
            output::text(&self.words());
        }
    }

    fn words(&self) -> String {
        let (asked, left_out) = match self.mode {
            Mode::Isolate => ("target", "rest"),
            Mode::Remove => ("rest", "target"),
        };
        let mut lines = vec![format!("{asked}: {}", self.output)];
        lines.extend(self.rest.iter().map(|rest| format!("{left_out}: {rest}")));
        lines.push(format!(
            "{:.2} s of sound in {:.2} s; CPU time {:.2} s ({:.3} of real time); latency of {:.0} ms taken out",
            self.seconds,
            self.elapsed_seconds,
            self.cpu_seconds,
            self.real_time_factor,
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
