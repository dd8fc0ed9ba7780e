//! Sound through engines at its own speed, as a host hands it over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_engine::{Engine, EngineConfig, EngineHandle, Query, Trim, WaitPolicy};
use earmark_models::Separator;

use super::Counts;
use crate::cancel;
use crate::error::CliError;

/// Engines that hear the same sound, each with its own query, ready for the first sample.
pub(super) struct Live {
    voices: Vec<Voice>,
    rate: f64,
    block: usize,
    mixture: Vec<Vec<f32>>,
}

/// One query.
struct Voice {
    engine: Engine,
    handle: EngineHandle,
    /// `[channel][block]`.
    target: Vec<Vec<f32>>,
}

impl Live {
    /// Starts an engine for each query, for `channels` at `rate` Hz, that waits for no block.
    ///
    /// # Errors
    /// [`CliError::Engine`] for a rate or a number of channels that the engine refuses.
    pub(super) fn new(
        separator: &Arc<dyn Separator>,
        queries: Vec<Query>,
        rate: f64,
        channels: usize,
        block: usize,
    ) -> Result<Self, CliError> {
        let buffer = vec![vec![0.0; block]; channels];
        let config = EngineConfig::new(rate, channels, block);
        let voice = |query: Query| -> Result<Voice, CliError> {
            let (mut engine, handle) = Engine::new(config.clone(), separator.spec())?;
            engine.set_wait_policy(WaitPolicy::Live);
            handle.set_separator(separator.clone())?;
            // Slot 0 is the one that a new engine hears.
            handle.set_sounds(0, Some(query));
            Ok(Voice {
                engine,
                handle,
                target: buffer.clone(),
            })
        };
        Ok(Self {
            voices: queries.into_iter().map(voice).collect::<Result<_, _>>()?,
            rate,
            block,
            mixture: buffer,
        })
    }

    /// Sets the level at which the model hears. Before the first sample.
    pub(super) fn set_trim(&mut self, trim: Trim) {
        self.voices.iter().for_each(|voice| voice.handle.set_trim(trim));
    }

    fn latency(&self) -> usize {
        self.voices.first().map_or(0, |voice| voice.engine.latency())
    }

    /// See [`Through::run`](super::Through::run).
    pub(super) fn run(
        &mut self,
        mut read: impl FnMut(&mut [Vec<f32>]) -> Result<usize, CliError>,
        mut each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), CliError>,
    ) -> Result<Counts, CliError> {
        let mut input = self.mixture.clone();
        let mut to_skip = self.latency();
        let (mut ended, mut owed, mut handed_over) = (false, 0usize, 0u64);
        let started = Instant::now();
        loop {
            cancel::check()?;
            let mut count = self.block;
            if !ended {
                let heard = read(&mut input)?;
                ended = heard < self.block;
                owed += heard;
                count = heard;
                input.iter_mut().for_each(|channel| channel[heard..].fill(0.0));
            } else {
                // Silence pushes out what is still inside, and no more than that.
                count = count.min(owed + to_skip);
                if count == 0 {
                    return Ok(self.counts());
                }
            }
            self.pace(started, handed_over);
            self.process(&input, count);
            handed_over += count as u64;
            if ended {
                input.iter_mut().for_each(|channel| channel.fill(0.0));
            }

            let first = to_skip.min(count);
            to_skip -= first;
            let last = count.min(first + owed);
            owed -= last - first;
            if last > first {
                let targets: Vec<Vec<&[f32]>> = self
                    .voices
                    .iter()
                    .map(|voice| part(&voice.target, first, last))
                    .collect();
                each(&part(&self.mixture, first, last), &targets)?;
            }
            for voice in &self.voices {
                if let Some(reason) = voice.handle.status().failure {
                    return Err(CliError::Separation { reason });
                }
            }
        }
    }

    /// All engines delay the mixture equally: the last one's stays.
    fn process(&mut self, input: &[Vec<f32>], count: usize) {
        let input = part(input, 0, count);
        let mut mixture: Vec<&mut [f32]> = self
            .mixture
            .iter_mut()
            .map(|channel| &mut channel[..count])
            .collect();
        for voice in &mut self.voices {
            let target = voice.target.iter_mut().map(|channel| &mut channel[..count]);
            let mut target: Vec<&mut [f32]> = target.collect();
            voice.engine.process_split(&input, &mut mixture, &mut target, &[]);
        }
    }

    /// Waits until a host would hand over the block that starts at this sample.
    fn pace(&self, started: Instant, sample: u64) {
        let due = started + Duration::from_secs_f64(sample as f64 / self.rate);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for voice in &self.voices {
            let status = voice.handle.status();
            counts.blocks += status.blocks;
            counts.late_blocks += status.late_blocks;
        }
        counts
    }
}

fn part(channels: &[Vec<f32>], first: usize, last: usize) -> Vec<&[f32]> {
    channels.iter().map(|channel| &channel[first..last]).collect()
}
