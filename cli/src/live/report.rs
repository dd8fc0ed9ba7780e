//! What the terminal says of a running engine.

use earmark_engine::{Phase, Status};
use indicatif::ProgressBar;
use serde::Serialize;

use super::client::{Client, Health};
use super::wanted::Wanted;
use crate::args::Say;
use crate::{output, progress};

/// What is silent is not told apart below this, in dB of full scale.
const SILENCE_DB: f32 = -120.0;

/// Says once what runs, and again and again how it does.
pub(super) struct Report<'a> {
    say: Say,
    client: &'a Client,
    wanted: &'a Wanted,
    /// The one line of a terminal.
    line: ProgressBar,
    /// The failure that was said last.
    failure: Option<String>,
}

/// The state of a moment.
#[derive(Debug, Serialize)]
struct State {
    phase: &'static str,
    /// Highest peaks since the last line, of all channels, in dB of full scale.
    input_dbfs: f32,
    output_dbfs: f32,
    /// How much of what is heard the sound is, 0 to 1.
    presence: f32,
    /// Of the worker's time, 1 is all.
    load: f32,
    blocks: u64,
    late_blocks: u64,
    xruns: u64,
    rate: u32,
    channels: usize,
    /// Samples from the input ports to the output ports, and those that the server adds outside of them.
    latency: usize,
    latency_outside: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(say: Say, client: &'a Client, wanted: &'a Wanted) -> Report<'a> {
        Report {
            say,
            client,
            wanted,
            line: progress::bar(None, "{msg}"),
            failure: None,
        }
    }

    /// Says what is heard, from where to where, and how late.
    pub(super) fn begin(&self) {
        if self.say == Say::Json {
            return;
        }
        let client = self.client;
        let ends = |ports: &[String]| match ports {
            [] => "nothing yet".to_owned(),
            ports => ports.join(", "),
        };
        let [from, to] = &client.connected;
        output::text(&format!(
            "Listens for {}. Ctrl-C ends it.\n\
             In from {}; out to {}.\n\
             {} Hz, {} channels, {} samples at a time. Latency {}, and {} of the sound card.\n",
            self.wanted.words,
            ends(from),
            ends(to),
            client.rate(),
            client.channels(),
            client.block(),
            time(client.latency(), client.rate()),
            time(client.outside(), client.rate()),
        ));
    }

    /// Says the state.
    pub(super) fn say(&mut self, health: &Health) {
        let state = self.state(health);
        if self.say == Say::Json {
            output::text(&(output::line(&state) + "\n"));
            return;
        }
        if state.failure != self.failure {
            self.failure.clone_from(&state.failure);
            if let Some(failure) = &self.failure {
                self.line.suspend(|| eprintln!("earmark: {failure}"));
            }
        }
        if self.line.is_hidden() {
            output::text(&(words(&state) + "\n"));
        } else {
            self.line.set_message(words(&state));
            self.line.tick();
        }
    }

    /// Says how it went.
    pub(super) fn end(&self, health: &Health) {
        self.line.finish_and_clear();
        let state = self.state(health);
        if self.say == Say::Json {
            output::text(&(output::line(&state) + "\n"));
        } else {
            output::text(&format!(
                "Ended. {} of {} blocks were late, {} xruns.\n",
                state.late_blocks, state.blocks, state.xruns
            ));
        }
    }

    fn state(&self, health: &Health) -> State {
        let (engine, client) = (self.client.engine(), self.client);
        let (meters, status) = (engine.meters(), engine.status());
        State {
            phase: phase(&status),
            input_dbfs: decibels(&meters.input),
            output_dbfs: decibels(&meters.output),
            presence: meters.presence,
            load: status.load,
            blocks: status.blocks,
            late_blocks: status.late_blocks,
            xruns: health.xruns,
            rate: client.rate(),
            channels: client.channels(),
            latency: client.latency(),
            latency_outside: client.outside(),
            failure: status.failure,
        }
    }
}

fn phase(status: &Status) -> &'static str {
    match status.phase {
        Phase::Loading => "loading",
        Phase::Idle => "idle",
        Phase::Running => "running",
        Phase::Resting => "too slow",
    }
}

fn words(state: &State) -> String {
    format!(
        "{}  in {:.1} dBFS  out {:.1} dBFS  presence {:.0} %  load {:.0} %  late {} of {} blocks  xruns {}",
        state.phase,
        state.input_dbfs,
        state.output_dbfs,
        100.0 * state.presence,
        100.0 * state.load,
        state.late_blocks,
        state.blocks,
        state.xruns
    )
}

/// The highest of some peaks in dB of full scale.
fn decibels(peaks: &[f32]) -> f32 {
    let peak = peaks.iter().copied().fold(0f32, f32::max);
    (20.0 * peak.log10()).max(SILENCE_DB)
}

/// "455 ms (21840 samples)".
fn time(samples: usize, rate: u32) -> String {
    let milliseconds = samples as f64 * 1000.0 / f64::from(rate.max(1));
    format!("{milliseconds:.0} ms ({samples} samples)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_times_are_finite_and_in_their_units() {
        assert_eq!(decibels(&[0.0; 8]), SILENCE_DB);
        assert_eq!(decibels(&[0.5, 1.0, 0.0]), 0.0);
        assert_eq!(time(21_840, 48_000), "455 ms (21840 samples)");
        assert_eq!(time(0, 0), "0 ms (0 samples)");
    }
}
