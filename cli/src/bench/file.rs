//! What a file costs: a whole signal, from its samples to those of its targets. Reading and writing files is not in it.

use earmark_engine::{EngineConfig, EngineError, Offline, Query};
use earmark_models::procedural;
use serde::Serialize;

use super::measure::{Cost, measure, peak_memory_mib};
use super::subject::Subject;
use crate::args::Bench;
use crate::error::CliError;
use crate::inputs;

const RATE: u32 = 48_000;
const CHANNELS: usize = 2;

/// As `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    /// Where it was computed in the end, in words.
    device: String,
    isa: String,
    seconds: u16,
    threads: usize,
    /// One query.
    one_thread: Cost,
    /// The same on all threads.
    all_threads: Cost,
    queries: u16,
    /// So many queries of one sound, and all of them as one for what none of them took, on all threads.
    several: Option<Cost>,
    /// How many times one query they cost, on as many threads.
    times_one_query: Option<f64>,
    peak_memory_mib: Option<f64>,
}

impl Report {
    pub(super) fn measure(subject: &Subject, options: &Bench) -> Result<Report, CliError> {
        let threads = match options.threads {
            Some(count) => usize::from(count),
            None => inputs::all().get(),
        };
        let samples = usize::from(options.seconds) * RATE as usize;
        let signal: Vec<f32> = procedural::uniform("signal", samples)
            .map(|value| 0.1 * value)
            .collect();
        let queries: Vec<Query> = subject
            .conditions(options.sounds.into())
            .into_iter()
            .map(Query::from)
            .collect();
        let together = queries
            .iter()
            .fold(Query::default(), |all, query| all.joined(query));
        let offline = |queries: &[Query]| {
            let config = EngineConfig::new(f64::from(RATE), CHANNELS, 0);
            Offline::new(config, &subject.separator, queries)
        };
        let one = offline(&queries[..1])?;
        let mut on_one = || run(&one, 1, &signal);
        let mut on_all = || run(&one, threads, &signal);
        let seconds = f64::from(options.seconds);
        let (one_thread, all_threads, several) = if queries.len() > 1 {
            let several = offline(&[&queries[..], &[together]].concat())?;
            let mut together = || run(&several, threads, &signal);
            let works: [&mut dyn FnMut() -> _; 3] = [&mut on_one, &mut on_all, &mut together];
            let [one, all, several] = measure(seconds, options.repeats, works)?;
            (one, all, Some(several))
        } else {
            let [one, all] = measure(seconds, options.repeats, [&mut on_one, &mut on_all])?;
            (one, all, None)
        };
        Ok(Report {
            model: subject.separator.spec().id.clone(),
            device: subject.separator.computed_on(),
            isa: subject.isa.to_string(),
            seconds: options.seconds,
            threads,
            times_one_query: several
                .as_ref()
                .map(|several| several.cpu_seconds_per_second / all_threads.cpu_seconds_per_second),
            one_thread,
            all_threads,
            queries: options.sounds,
            several,
            peak_memory_mib: peak_memory_mib(),
        })
    }

    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{} on {} ({}): a file of {} s, {CHANNELS} channels at {RATE} Hz\n\n\
             per second of audio              CPU s   (of repeats)     wall s\n",
            self.model, self.device, self.isa, self.seconds,
        );
        let queries = |count: u16| match count {
            1 => "one query".to_owned(),
            count => format!("{count} queries and a rest"),
        };
        let threads = |count: usize| format!("{count} thread{}", if count == 1 { "" } else { "s" });
        let lines = [
            (1, 1, Some(&self.one_thread)),
            (1, self.threads, Some(&self.all_threads)),
            (self.queries, self.threads, self.several.as_ref()),
        ];
        for (count, workers, cost) in lines {
            let Some(cost) = cost else { continue };
            let name = format!("{}, {}", queries(count), threads(workers));
            let [least, most] = cost.cpu_spread;
            text += &format!(
                "{name:<32} {:>6.4}  {least:.4} to {most:.4} {:>8.4}\n",
                cost.cpu_seconds_per_second, cost.wall_seconds_per_second
            );
        }
        text += "\n";
        if let Some(times) = self.times_one_query {
            text += &format!("{}: {times:.2} times one\n", queries(self.queries));
        }
        if let Some(mib) = self.peak_memory_mib {
            text += &format!("peak memory of the process: {mib:.0} MiB\n");
        }
        text
    }
}

/// Computes the targets of a signal, the same on all channels.
fn run(offline: &Offline, threads: usize, signal: &[f32]) -> Result<(), EngineError> {
    let mut at = 0;
    offline.run(
        threads,
        Some(signal.len() as u64),
        |block| {
            let count = block[0].len().min(signal.len() - at);
            for channel in block {
                channel[..count].copy_from_slice(&signal[at..at + count]);
            }
            at += count;
            Ok(count)
        },
        |mixture, targets| {
            std::hint::black_box((mixture, targets));
            Ok(())
        },
    )
}
