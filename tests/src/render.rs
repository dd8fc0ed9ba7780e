//! Whole signals through an instance: offline, at the pace of the clock, or in bursts.

use std::ops::Range;
use std::time::{Duration, Instant};

use clack_host::process::ProcessStatus;

use crate::audio::{Audio, SplitMix};
use crate::error::HostError;
use crate::plugin::{Automation, Plugin};

/// The most that a host may have to wait for the bundled model, on a machine that does other things.
const LOADING_SECONDS: u64 = 60;

/// How a host cuts the signal into calls of `process`.
#[derive(Debug, Clone, Copy)]
pub enum Blocks {
    /// All of one size.
    Of(usize),
    /// Sizes from 1 to the largest, drawn with this seed.
    Random {
        /// The largest.
        largest: usize,
        /// Where the draw starts.
        seed: u64,
    },
}

impl Blocks {
    /// The size that a host must announce at activation.
    pub fn largest(self) -> usize {
        match self {
            Self::Of(size) | Self::Random { largest: size, .. } => size,
        }
    }

    /// The ranges that cover `frames`, in order.
    pub fn ranges(self, frames: usize) -> Vec<Range<usize>> {
        let mut random = SplitMix(if let Self::Random { seed, .. } = self {
            seed
        } else {
            0
        });
        let mut ranges = Vec::new();
        let mut start = 0;
        while start < frames {
            let size = match self {
                Self::Of(size) => size,
                Self::Random { largest, .. } => 1 + (random.bits() % largest as u64) as usize,
            };
            let end = frames.min(start + size);
            ranges.push(start..end);
            start = end;
        }
        ranges
    }
}

/// Plays `input` as fast as the plug-in takes it. The output is as long as the input.
///
/// # Errors
/// What the plug-in refused.
pub fn play(
    plugin: &mut Plugin,
    input: &Audio,
    blocks: Blocks,
    changes: &[Automation],
) -> Result<Audio, HostError> {
    paced(plugin, input, blocks, changes, |_| ())
}

/// Plays `input` followed by as much silence as the latency, and cuts the latency off: what a host with delay
/// compensation puts on its track.
///
/// # Errors
/// What the plug-in refused.
pub fn play_compensated(plugin: &mut Plugin, input: &Audio, block: usize) -> Result<Audio, HostError> {
    let latency = plugin.latency()?;
    let frames = input.frames();
    let padded = input.slice(0..frames + latency);
    Ok(play(plugin, &padded, Blocks::Of(block), &[])?.slice(latency..latency + frames))
}

/// Plays `input` at the pace of the clock: a sound card asks for `burst` frames at once, in blocks, and waits until
/// they have been heard.
///
/// # Errors
/// What the plug-in refused.
pub fn play_live(plugin: &mut Plugin, input: &Audio, block: usize, burst: usize) -> Result<Audio, HostError> {
    let started = Instant::now();
    let rate = input.rate;
    paced(plugin, input, Blocks::Of(block), &[], |frame| {
        if frame % burst < block {
            let due = Duration::from_secs_f64(frame as f64 / rate);
            std::thread::sleep(due.saturating_sub(started.elapsed()));
        }
    })
}

fn paced(
    plugin: &mut Plugin,
    input: &Audio,
    blocks: Blocks,
    changes: &[Automation],
    mut wait_before: impl FnMut(usize),
) -> Result<Audio, HostError> {
    let mut output = Audio::silence(input.rate, input.channels.len(), 0);
    for range in blocks.ranges(input.frames()) {
        wait_before(range.start);
        let mut block: Vec<Vec<f32>> = input
            .channels
            .iter()
            .map(|channel| channel[range.clone()].to_vec())
            .collect();
        let due: Vec<Automation> = changes
            .iter()
            .filter(|change| range.contains(&change.frame))
            .map(|change| Automation {
                frame: change.frame - range.start,
                ..*change
            })
            .collect();
        plugin.process(&mut block, &due)?;
        for (to, from) in output.channels.iter_mut().zip(&block) {
            to.extend_from_slice(from);
        }
    }
    Ok(output)
}

/// Plays `input`, then silence for only as long as the plug-in asks for: a host that saves power.
///
/// After the end of the input it stops as soon as the plug-in says that it may sleep, or that it has no more to say
/// once its output is quiet, or when the tail that it reported at the end of the input has passed. The output is what
/// was heard until then.
///
/// # Errors
/// What the plug-in refused.
pub fn play_and_sleep(
    plugin: &mut Plugin,
    input: &Audio,
    block: usize,
    sleeper: Sleeper,
) -> Result<Audio, HostError> {
    let mut output = play(plugin, input, Blocks::Of(block), &[])?;
    let tail = plugin.tail()?;
    let mut silent_frames = 0;
    loop {
        if sleeper == Sleeper::ByTail && tail.is_some_and(|tail| silent_frames >= tail) {
            return Ok(output);
        }
        let mut frames = vec![vec![0.0; block]; input.channels.len()];
        let status = plugin.process(&mut frames, &[])?;
        for (to, from) in output.channels.iter_mut().zip(&frames) {
            to.extend_from_slice(from);
        }
        silent_frames += block;
        let quiet = frames.iter().flatten().all(|sample| sample.abs() < 1e-5);
        let may_stop = match status {
            ProcessStatus::Sleep => true,
            ProcessStatus::ContinueIfNotQuiet => quiet,
            ProcessStatus::Tail => tail.is_some_and(|tail| silent_frames >= tail),
            ProcessStatus::Continue => false,
        };
        if sleeper == Sleeper::ByStatus && may_stop {
            return Ok(output);
        }
        if silent_frames as f64 > 120.0 * input.rate {
            return Err(HostError::Refused {
                call: "let the host sleep",
                reason: "it still asks to be called after two minutes of silence".to_owned(),
            });
        }
    }
}

/// What a host that saves power goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleeper {
    /// What each call of `process` returns.
    ByStatus,
    /// The tail extension.
    ByTail,
}

/// Plays noise until the plug-in no longer passes it unchanged: its model is loaded and its query encoded. Leaves it
/// reset.
///
/// Nothing else tells a host from outside; a DAW's user hears the same.
///
/// # Errors
/// [`HostError::NotReady`] when that takes longer than a minute.
pub fn wait_until_ready(
    plugin: &mut Plugin,
    rate: f64,
    channels: usize,
    block: usize,
) -> Result<(), HostError> {
    let latency = plugin.latency()?;
    let started = Instant::now();
    let probe = Audio::noise(rate, channels, latency + (0.5 * rate) as usize, 0.25);
    while started.elapsed() < Duration::from_secs(LOADING_SECONDS) {
        plugin.reset()?;
        let output = play(plugin, &probe, Blocks::Of(block), &[])?;
        let delayed = output.slice(latency..probe.frames());
        let changed = delayed != probe.slice(0..probe.frames() - latency);
        if changed && output.frames() > latency {
            return plugin.reset();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(HostError::NotReady {
        seconds: LOADING_SECONDS,
    })
}
