//! Sound through the engine, with the latency taken out: what comes out is as long as what went in, and in time with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_engine::{Engine, EngineConfig, EngineHandle, Query, Trim, WaitPolicy};
use earmark_models::Separator;

use crate::error::CliError;
use crate::{batch, cancel};

/// Samples handed over at a time where nobody asks for a certain block.
pub const OFFLINE_BLOCK: usize = 4096;

/// Engines that hear the same sound, each with its own query, ready for the first sample.
pub struct Through {
    voices: Vec<Voice>,
    /// Hands sound over at its own speed, as a host does.
    live: bool,
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

/// What the engines counted on the way, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks of the model.
    pub blocks: u64,
    /// Those that were not ready when they were due, and were replaced.
    pub late_blocks: u64,
}

impl Through {
    /// Starts an engine for each query, for `channels` at `rate` Hz, that waits for every block, or, where `live`, for none. Those
    /// that wait have their masks of one batch.
    ///
    /// # Errors
    /// [`CliError::Engine`] for a rate or a number of channels that the engine refuses.
    pub fn new(
        separator: &Arc<dyn Separator>,
        queries: Vec<Query>,
        rate: f64,
        channels: usize,
        block: usize,
        live: bool,
    ) -> Result<Self, CliError> {
        let buffer = vec![vec![0.0; block]; channels];
        let config = EngineConfig::new(rate, channels, block);
        // A worker that is late skips what the others read.
        let separators = if live {
            vec![separator.clone(); queries.len()]
        } else {
            batch::members(separator, &queries)
        };
        let voice = |(query, separator): (Query, Arc<dyn Separator>)| -> Result<Voice, CliError> {
            let (mut engine, handle) = Engine::new(config.clone(), separator.spec())?;
            engine.set_wait_policy(if live {
                WaitPolicy::Live
            } else {
                WaitPolicy::Offline
            });
            handle.set_separator(separator)?;
            // Slot 0 is the one that a new engine hears.
            handle.set_sounds(0, Some(query));
            Ok(Voice {
                engine,
                handle,
                target: buffer.clone(),
            })
        };
        Ok(Self {
            voices: queries
                .into_iter()
                .zip(separators)
                .map(voice)
                .collect::<Result<_, _>>()?,
            live,
            rate,
            block,
            mixture: buffer,
        })
    }

    /// Sets the level at which the model hears. Before the first sample.
    pub fn set_trim(&mut self, trim: Trim) {
        self.voices.iter().for_each(|voice| voice.handle.set_trim(trim));
    }

    /// Samples by which the engines' output is later than their input, taken out by [`Through::run`].
    pub fn latency(&self) -> usize {
        self.voices.first().map_or(0, |voice| voice.engine.latency())
    }

    /// Reads with `read` until it hands over less than it could (`block[channel]` is filled from its start, the number of
    /// samples returned), and gives the mixture, `[channel][sample]`, and the targets in time with it,
    /// `[query][channel][sample]`, to `each`. All see the same number of samples.
    ///
    /// # Errors
    /// Those of `read` and `each`, [`CliError::Stopped`] after Ctrl-C, and [`CliError::Separation`] when the model fails.
    pub fn run(
        &mut self,
        mut read: impl FnMut(&mut [Vec<f32>]) -> Result<usize, CliError>,
        mut each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), CliError>,
    ) -> Result<Counts, CliError> {
        let mut input = self.mixture.clone();
        let mut to_skip = self.latency();
        let (mut ended, mut told, mut owed, mut handed_over) = (false, false, 0usize, 0u64);
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
                if !std::mem::replace(&mut told, true) && !self.live {
                    // A host does not know where its sound ends.
                    self.voices.iter_mut().for_each(|voice| voice.engine.end());
                }
                // Silence pushes out what is still inside, and no more than that.
                count = count.min(owed + to_skip);
                if count == 0 {
                    return self.counts();
                }
            }
            if self.live {
                self.pace(started, handed_over);
            }
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

    fn counts(&self) -> Result<Counts, CliError> {
        let mut counts = Counts::default();
        for voice in &self.voices {
            let status = voice.handle.status();
            if !self.live && status.late_blocks > 0 {
                // Only after half a minute of waiting for one block: the sound has a hole there.
                let reason = format!(
                    "{} of its {} blocks were not ready in time.",
                    status.late_blocks, status.blocks
                );
                return Err(CliError::Separation { reason });
            }
            counts.blocks += status.blocks;
            counts.late_blocks += status.late_blocks;
        }
        Ok(counts)
    }
}

fn part(channels: &[Vec<f32>], first: usize, last: usize) -> Vec<&[f32]> {
    channels.iter().map(|channel| &channel[first..last]).collect()
}
