//! `earmark bench --listen`: how long it takes from an example of a sound to hearing what is like it, the way the plug-in goes.

mod live;

use std::sync::mpsc;
use std::time::Instant;

use cpu_time::ProcessTime;
use earmark_audio::resampled;
use earmark_engine::Latency;
use earmark_models::{Model, ModelError, procedural};
use earmark_queries::{Clip, QueryError, Service};
use serde::Serialize;

use self::live::Live;
use super::measure::median;
use super::subject::Subject;
use crate::args::Bench;
use crate::error::CliError;

/// The rate of the host that is played live, in Hz.
const RATE: u32 = 48_000;
/// Seconds of the examples.
const LENGTHS: [u32; 3] = [1, 3, 10];

/// As `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    /// Where the separator was computed, in words.
    device: String,
    repeats: u16,
    /// Milliseconds until an example of 1 s is encoded by an encoder that has to be opened for it.
    first_ms: f64,
    /// Milliseconds of sound that the engine has ready, which no query changes any more: a block, and the worker's time with a host's burst.
    ready_ms: f64,
    examples: Vec<Line>,
}

/// Medians for an example of one length, in milliseconds from its end, when the button is let go.
#[derive(Debug, Serialize)]
struct Line {
    seconds: u32,
    /// Until it is encoded, in a process that does nothing else.
    encoded_ms: f64,
    /// The same of all threads together, in CPU time.
    encoded_cpu_ms: f64,
    /// Until it is encoded while an engine plays live.
    encoded_live_ms: f64,
    /// Until that engine gives out the first sample that differs from what it would have given without it.
    heard_ms: f64,
    /// The longest of the repeats.
    longest_ms: f64,
    /// Blocks of all repeats that were late, beginning with the end of the example.
    late_blocks: u64,
}

impl Report {
    pub(super) fn measure(subject: &Subject, options: &Bench) -> Result<Report, CliError> {
        let model = &subject.model;
        let first_ms = encoded(model, LENGTHS[0], 0)?.0;
        let live = Live::new(subject)?;
        let examples = LENGTHS.map(|seconds| -> Result<Line, CliError> {
            let (mut wall, mut cpu, mut while_live, mut heard) = (vec![], vec![], vec![], vec![]);
            let mut late_blocks = 0;
            for repeat in 0..options.repeats {
                let (passed, computed) = encoded(model, seconds, repeat)?;
                wall.push(passed);
                cpu.push(computed);
                let (sound, model) = (example(seconds, repeat), model.clone());
                let prepare = || Service::shared().expect_example(&subject.model);
                let turn = live.turn(prepare, move |done| {
                    perceive(&model, sound, done);
                })?;
                while_live.push(turn.encoded_ms);
                heard.push(turn.heard_ms);
                late_blocks += turn.late_blocks;
            }
            Ok(Line {
                seconds,
                encoded_ms: median(wall),
                encoded_cpu_ms: median(cpu),
                encoded_live_ms: median(while_live),
                longest_ms: heard.iter().copied().fold(0.0, f64::max),
                heard_ms: median(heard),
                late_blocks,
            })
        });
        let latency = Latency::of(f64::from(RATE), subject.separator.spec());
        Ok(Report {
            model: subject.separator.spec().id.clone(),
            device: subject.separator.computed_on(),
            repeats: options.repeats,
            first_ms,
            ready_ms: 1e3 * (latency.block + latency.budget) as f64 / f64::from(RATE),
            examples: examples.into_iter().collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{} on {}: from the end of an example to what is like it, live at {RATE} Hz; medians of {}\n\n\
             example   encoded ms   (CPU ms)   live: encoded ms   heard ms   (longest)   late blocks\n",
            self.model, self.device, self.repeats,
        );
        for line in &self.examples {
            text += &format!(
                "{:>5} s   {:>10.0}   {:>8.0}   {:>16.0}   {:>8.0}   {:>9.0}   {:>11}\n",
                line.seconds,
                line.encoded_ms,
                line.encoded_cpu_ms,
                line.encoded_live_ms,
                line.heard_ms,
                line.longest_ms,
                line.late_blocks
            );
        }
        text + &format!(
            "\nthe first, for which the encoder is opened: {:.0} ms for 1 s\n\
             sound that lies ready, and that no query changes any more: {:.0} ms\n",
            self.first_ms, self.ready_ms
        )
    }
}

/// So many seconds of a sound; each `number` is another one.
fn example(seconds: u32, number: u16) -> Vec<f32> {
    procedural::uniform(&format!("example {number}"), (seconds * RATE) as usize)
        .map(|value| 0.1 * value)
        .collect()
}

/// Hands an example over to the service, as the plug-in does.
fn perceive(model: &Model, sound: Vec<f32>, done: impl FnOnce(Result<Clip, QueryError>) + Send + 'static) {
    Service::shared().perceive(
        model,
        move |senses| senses.hear(|rate| resampled(sound, RATE, rate)),
        done,
    );
}

/// Milliseconds that pass until an example is encoded, and those of all threads together.
fn encoded(model: &Model, seconds: u32, number: u16) -> Result<(f64, f64), QueryError> {
    let sound = example(seconds, number);
    let (tell, told) = mpsc::channel();
    let (began, begun) = (Instant::now(), ProcessTime::now());
    perceive(model, sound, move |clip| {
        // Who asked waits for it.
        let _ = tell.send(clip.map(drop));
    });
    told.recv().map_err(|_| no_thread())??;
    Ok((
        1e3 * began.elapsed().as_secs_f64(),
        1e3 * begun.elapsed().as_secs_f64(),
    ))
}

/// The service answers always; if not, its thread could not be had.
fn no_thread() -> ModelError {
    ModelError::Weights {
        reason: "the system gives no thread to encode an example".into(),
    }
}
