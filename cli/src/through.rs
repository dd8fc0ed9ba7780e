//! Sound through the engine, with the latency taken out: what comes out is as long as what went in, and in time with it.

mod live;

use std::num::NonZeroUsize;
use std::sync::Arc;

use earmark_engine::{EngineConfig, EngineError, Latency, Offline, Query, Trim};
use earmark_models::Separator;

use crate::cancel;
use crate::error::CliError;
use live::Live;

/// Queries that hear the same sound, ready for the first sample.
pub struct Through {
    way: Way,
    latency: usize,
}

enum Way {
    /// At the speed of the sound.
    Live(Live),
    /// As fast as so many threads are.
    Whole(Box<Offline>, NonZeroUsize),
}

/// What was counted on the way, of all queries together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks of the model.
    pub blocks: u64,
    /// Those that were not ready when they were due, and were replaced.
    pub late_blocks: u64,
}

impl Through {
    /// A target for each query, of `channels` at `rate` Hz, as fast as `threads` compute them.
    ///
    /// # Errors
    /// [`CliError::Engine`] for a rate or a number of channels that the engine refuses, and for a query that the separator does
    /// not read.
    pub fn whole(
        separator: &Arc<dyn Separator>,
        queries: &[Query],
        rate: f64,
        channels: usize,
        threads: NonZeroUsize,
    ) -> Result<Self, CliError> {
        let config = EngineConfig::new(rate, channels, 0);
        let offline = Offline::new(config, separator, queries)?;
        Ok(Self {
            way: Way::Whole(Box::new(offline), threads),
            latency: Latency::of(rate, separator.spec()).total(),
        })
    }

    /// The same at the speed of the sound, `block` samples at a time, with an engine for each query that waits for no block.
    ///
    /// # Errors
    /// [`CliError::Engine`] for a rate or a number of channels that the engine refuses.
    pub fn live(
        separator: &Arc<dyn Separator>,
        queries: Vec<Query>,
        rate: f64,
        channels: usize,
        block: usize,
    ) -> Result<Self, CliError> {
        Ok(Self {
            way: Way::Live(Live::new(separator, queries, rate, channels, block)?),
            latency: Latency::of(rate, separator.spec()).total(),
        })
    }

    /// Sets the level at which the model hears. Before the first sample.
    pub fn set_trim(&mut self, trim: Trim) {
        match &mut self.way {
            Way::Live(live) => live.set_trim(trim),
            Way::Whole(offline, _) => offline.set_trim(trim),
        }
    }

    /// Samples by which an engine's output is later than its input, taken out by [`Through::run`].
    pub fn latency(&self) -> usize {
        self.latency
    }

    /// Reads with `read` until it hands over less than it could (`block[channel]` is filled from its start, the number of
    /// samples returned), and gives the mixture, `[channel][sample]`, and the targets in time with it,
    /// `[query][channel][sample]`, to `each`. All see the same number of samples. `samples` is how many there will be, as far as
    /// that is known.
    ///
    /// # Errors
    /// Those of `read` and `each`, [`CliError::Stopped`] after Ctrl-C, and [`CliError::Separation`] when the model fails.
    pub fn run(
        &mut self,
        samples: Option<u64>,
        mut read: impl FnMut(&mut [Vec<f32>]) -> Result<usize, CliError>,
        mut each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), CliError>,
    ) -> Result<Counts, CliError> {
        let (offline, threads) = match &mut self.way {
            Way::Live(live) => return live.run(read, each),
            Way::Whole(offline, threads) => (offline, threads.get()),
        };
        let (mut given, mut queries) = (0, 0);
        offline
            .run(
                threads,
                samples,
                |block| {
                    cancel::check()?;
                    read(block)
                },
                |mixture, targets| {
                    cancel::check()?;
                    given += mixture.first().map_or(0, |channel| channel.len() as u64);
                    queries = targets.len() as u64;
                    each(mixture, targets)
                },
            )
            .map_err(|error| match error {
                CliError::Engine(EngineError::Separation { reason }) => CliError::Separation {
                    reason: format!("{reason}."),
                },
                error => error,
            })?;
        Ok(Counts {
            blocks: queries * offline.blocks(given),
            late_blocks: 0,
        })
    }

    /// As [`Through::run`], over one channel of sound that is there.
    ///
    /// # Errors
    /// Those of [`Through::run`].
    pub fn run_over(
        &mut self,
        sound: &[f32],
        each: impl FnMut(&[&[f32]], &[Vec<&[f32]>]) -> Result<(), CliError>,
    ) -> Result<Counts, CliError> {
        let mut left = sound;
        self.run(
            Some(sound.len() as u64),
            |block| {
                let mut count = 0;
                for channel in block {
                    count = left.len().min(channel.len());
                    let (now, later) = left.split_at(count);
                    channel[..count].copy_from_slice(now);
                    left = later;
                }
                Ok(count)
            },
            each,
        )
    }
}
