//! What is measured of a model, and how it is shown.

use earmark_engine::Latency;
use earmark_models::{Condition, MaskStream, ModelError, SeparatorSpec, procedural};
use num_complex::Complex32;
use serde::Serialize;

use super::measure::{Cost, Endurance, endure, measure, peak_gflops, peak_memory_mib};
use super::query::Query;
use super::subject::Subject;
use crate::args::Bench;
use crate::error::CliError;

/// The host rate that latencies are shown for, in Hz.
const HOST_RATE: f64 = 48_000.0;

/// As `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    /// Where it was computed in the end, in words.
    device: String,
    isa: String,
    /// `fp32`, `bf16x3`, or `bf16` for the deep layers.
    precision: &'static str,
    /// Whether the instruction set has nothing for this precision, so that times say nothing.
    imitated: bool,
    threads: usize,
    /// What one thread reaches with multiply-adds of this precision on registers, 10⁹ operations per second.
    peak_gflops: f64,
    /// Milliseconds of new sound in each step.
    hop_ms: f64,
    lookahead_ms: f64,
    /// What a host at 48 kHz has to compensate.
    latency_seconds: f64,
    /// Sounds that the query names.
    sounds: u16,
    /// The whole signal at once, for one sound; a model that exists as a stream only has none.
    offline: Option<Line>,
    /// Step by step, as in the plug-in, in the steady state, for all sounds together.
    streaming: Line,
    /// The same for one sound, measured in turns with it, where the query names more.
    one_sound: Option<Line>,
    /// How many times one sound all of them cost.
    times_one_sound: Option<f64>,
    /// The longest step, in wall seconds per second of the audio that it brings.
    longest_step: f64,
    /// Of a graphics card: pieces that a step is handed over in, and multiplications over those of the network computed once.
    dispatches: Option<usize>,
    dispatched: Option<f64>,
    /// With `--minutes`.
    endurance: Option<Endurance>,
    /// Wall seconds from the weights' file to the form that is computed with. Those of a random network are made, not read.
    load_seconds: f64,
    /// What the weights take, and what every stream keeps beside them for all sounds.
    weights_mib: Option<f64>,
    stream_mib: Option<f64>,
    peak_memory_mib: Option<f64>,
    /// What a text costs; a model that is there to be timed has no encoder.
    query: Option<Query>,
}

#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    cost: Cost,
    /// Operations of the network as it is written, columns computed once and convolutions direct, over CPU time.
    gflop_per_cpu_second: Option<f64>,
    /// The same, of the peak. Above 1 where convolutions take fewer operations than written.
    fraction_of_peak: Option<f64>,
}

impl Report {
    pub(super) fn measure(subject: &Subject, options: &Bench) -> Result<Report, CliError> {
        let spec = subject.separator.spec();
        let (bins, conditions) = (spec.stft.bins(), subject.conditions(options.sounds.into()));
        let frame = spec.stft.hop as f64 / f64::from(spec.sample_rate);
        let blocks = (f64::from(options.seconds) / frame / spec.block as f64).ceil() as usize;
        let seconds = (blocks * spec.block) as f64 * frame;
        let magnitudes: Vec<f32> = procedural::uniform("magnitudes", blocks * spec.block * bins)
            .map(|value| 4.0 * value.abs())
            .collect();
        let format = subject.format();
        let peak = peak_gflops(subject.isa, format);
        let line = |cost: Cost, sounds: u16| {
            let operations = subject.net.as_ref().map(|net| net.gflop_per_second());
            let speed = operations.map(|one| f64::from(sounds) * one / cost.cpu_seconds_per_second);
            Line {
                cost,
                gflop_per_cpu_second: speed,
                fraction_of_peak: speed.map(|speed| speed / peak),
            }
        };
        let offline = subject
            .net
            .as_ref()
            .map(|net| {
                let mut whole = || {
                    let logits = net.logits(&magnitudes, &conditions[0])?;
                    std::hint::black_box(&logits);
                    Ok::<_, ModelError>(())
                };
                measure(seconds, options.repeats, [&mut whole])
            })
            .transpose()?;

        let step = spec.block as f64 * frame;
        // Into the steady state: before it, columns are missing that need not be computed.
        let settle = (2 * (spec.lookahead + spec.block) / (blocks * spec.block)).max(1);
        let steady = |conditions: &[Condition]| {
            let mut run = Run::new(subject, conditions)?;
            (0..settle).try_for_each(|_| run.push(&magnitudes))?;
            Ok::<_, ModelError>(run)
        };
        let mut all = steady(&conditions)?;
        let (one_sound, streaming) = if options.sounds > 1 {
            let mut one = steady(&conditions[..1])?;
            let works: [&mut dyn FnMut() -> _; 2] =
                [&mut || one.push(&magnitudes), &mut || all.push(&magnitudes)];
            let [one, all] = measure(seconds, options.repeats, works)?;
            (Some(one), all)
        } else {
            let [all] = measure(seconds, options.repeats, [&mut || all.push(&magnitudes)])?;
            (None, all)
        };
        let mut blocks = magnitudes.chunks_exact(spec.block * bins).cycle();
        let endurance = options
            .minutes
            .map(|minutes| {
                endure(minutes, step, || {
                    blocks.next().map_or(Ok(()), |block| all.push(block))
                })
            })
            .transpose()?;
        // Before a query begins the system's record of it anew.
        let peak_memory = peak_memory_mib();
        let work = subject.separator.device_work();
        Ok(Report {
            dispatches: work.map(|work| work.dispatches),
            dispatched: work.map(|work| work.factor),
            model: spec.id.clone(),
            device: match subject.separator.fault() {
                None => subject.separator.computed_on(),
                Some(fault) => format!("{}. {fault}", subject.separator.computed_on()),
            },
            isa: subject.isa.to_string(),
            precision: format.name(),
            imitated: !subject.isa.has(format),
            threads: subject.threads,
            peak_gflops: peak,
            hop_ms: 1e3 * step,
            lookahead_ms: 1e3 * spec.lookahead as f64 * frame,
            latency_seconds: Latency::of(HOST_RATE, spec).total() as f64 / HOST_RATE,
            sounds: options.sounds,
            offline: offline.map(|[cost]| line(cost, 1)),
            times_one_sound: one_sound
                .as_ref()
                .map(|one| streaming.cpu_seconds_per_second / one.cpu_seconds_per_second),
            streaming: line(streaming, options.sounds),
            one_sound: one_sound.map(|cost| line(cost, 1)),
            longest_step: all.longest / step,
            endurance,
            load_seconds: subject.loading.as_secs_f64(),
            weights_mib: subject.net.as_ref().map(|net| mib(net.bytes())),
            stream_mib: subject
                .net
                .as_ref()
                .map(|net| mib(net.stream_bytes(subject.settings, conditions.len()))),
            peak_memory_mib: peak_memory,
            query: Query::measure(&subject.model, options.repeats)?,
        })
    }

    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{} on {} ({}), {}{}, {} thread{}; one thread's peak {:.0} GFLOP/s\n\
             steps of {:.0} ms, {:.0} ms heard ahead: {:.3} s of latency at 48 kHz\n\n\
             per second of audio    CPU s   (of repeats)     wall s   GFLOP per CPU s  of peak\n",
            self.model,
            self.device,
            self.isa,
            self.precision,
            if self.imitated {
                " imitated, so slower than with instructions for it"
            } else {
                ""
            },
            self.threads,
            if self.threads == 1 { "" } else { "s" },
            self.peak_gflops,
            self.hop_ms,
            self.lookahead_ms,
            self.latency_seconds,
        );
        let streaming = match self.sounds {
            1 => "streaming".to_owned(),
            sounds => format!("{sounds} sounds at once"),
        };
        for (name, line) in [
            ("offline", self.offline.as_ref()),
            ("one sound", self.one_sound.as_ref()),
            (&streaming, Some(&self.streaming)),
        ] {
            let Some(line) = line else { continue };
            let Cost {
                cpu_seconds_per_second: cpu,
                wall_seconds_per_second: wall,
                cpu_spread: [least, most],
            } = line.cost;
            text += &format!("{name:<20} {cpu:>7.3}   {least:.3} to {most:.3} {wall:>8.3}");
            if let (Some(speed), Some(share)) = (line.gflop_per_cpu_second, line.fraction_of_peak) {
                text += &format!("   {speed:>15.0}  {share:>7.2}");
            }
            text += "\n";
        }
        text += "\n";
        if let Some(times) = self.times_one_sound {
            text += &format!("{streaming}: {times:.2} times one\n");
        }
        text += &format!("longest step: {:.2} of its time\n", self.longest_step);
        if let (Some(dispatches), Some(factor)) = (self.dispatches, self.dispatched) {
            text +=
                &format!("{dispatches} dispatches a step, {factor:.2} times the network's multiplications\n");
        }
        if let Some(endurance) = &self.endurance {
            let Endurance {
                first_minute: first,
                last_minute: last,
                spread: [least, most],
                ..
            } = endurance;
            text += &format!(
                "first minute {first:.3} CPU s per s, last minute {last:.3} (all: {least:.3} to {most:.3})\n"
            );
        }
        text += &format!("loaded in {:.2} s\n", self.load_seconds);
        if let (Some(weights), Some(stream)) = (self.weights_mib, self.stream_mib) {
            text += &format!("weights {weights:.0} MiB, each stream {stream:.0} MiB\n");
        }
        if let Some(mib) = self.peak_memory_mib {
            text += &format!("peak memory of the process: {mib:.0} MiB\n");
        }
        if let Some(Query {
            first,
            next,
            memory_mb,
            kept_mb,
        }) = &self.query
        {
            text += &format!(
                "a query, from its text to its condition: {:.0} ms, {:.0} ms of CPU time (the first: {:.0} ms, {:.0} ms)\n",
                next.wall_ms, next.cpu_ms, first.wall_ms, first.cpu_ms
            );
            if let (Some(grown), Some(kept)) = (memory_mb, kept_mb) {
                text += &format!("memory for it: {grown:.0} MB more at most, {kept:.0} MB kept\n");
            }
        }
        text
    }
}

/// A stream that is being timed.
struct Run<'a> {
    spec: &'a SeparatorSpec,
    stream: Box<dyn MaskStream>,
    /// `[sounds, block, bins]`.
    masks: Vec<Complex32>,
    /// Seconds of the longest step.
    longest: f64,
}

impl Run<'_> {
    fn new<'a>(subject: &'a Subject, conditions: &[Condition]) -> Result<Run<'a>, ModelError> {
        let spec = subject.separator.spec();
        Ok(Run {
            spec,
            stream: subject.separator.stream(conditions)?,
            masks: vec![Complex32::default(); conditions.len() * spec.block * spec.stft.bins()],
            longest: 0.0,
        })
    }

    /// Reads `[frames, bins]`, whole steps of them.
    fn push(&mut self, magnitudes: &[f32]) -> Result<(), ModelError> {
        for block in magnitudes.chunks_exact(self.spec.block * self.spec.stft.bins()) {
            let begun = std::time::Instant::now();
            self.stream.push(block, &mut self.masks)?;
            self.longest = self.longest.max(begun.elapsed().as_secs_f64());
        }
        std::hint::black_box(&self.masks);
        Ok(())
    }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
