//! Lengths that host rate and separator determine: blocks, resampling chunks and delays, all of them whole numbers.
//!
//! ```text
//! the life of one input sample, from left to right, once it has entered a stream
//!
//! in                                                                                          out
//! ├── block ──┼──── budget ────┼ chunk/2 ┼ alignment ┼─ algorithmic_delay ─┼ rounding ┼ chunk/2 ┤
//! │ until the │ the worker's   │ down-   │           │ lookahead +         │          │ up-     │
//! │ block is  │ time, a burst  │ sampler │           │ window − hop        │          │ sampler │
//! │ full      │ of the host,   │         │           │                     │          │         │
//! │           │ gap_fade,      │         └ together a whole number of ────────────────┘         │
//! │           │ padding        │           host samples                                         │
//! ├─── turnaround ─────────────┼─── delay ──────────────────────────────────────────────────────┤
//! └─── latency ─────────────────────────────────────────────────────────────────────────────────┘
//!
//! the beginning of a stream
//!
//! ├── leading_silence ──┼── the signal ───────────────────────────────────────────────────────────
//! │ blocks and frames   │ origin: its first sample, and the frame that is centred on it
//!
//! a block that is missing                      a change of gains at a sample
//!
//! ── block n ──┬─ gap_fade ─┤ due              ── half_ramp ─┼─ half_ramp ──
//!              └ asked for; faded out if                     └ the sample
//!                the next one is missing
//! ```
//! A block is due `turnaround` after its first sample. It is asked for `gap_fade` sooner, while there still is something to fade.
//! The `delay` lies within the blocks: that of the worker's output against its input. The silence before the signal lets the grid of
//! the frames begin with the signal; `alignment` is what of it is no whole number of host samples.

use earmark_models::{Edges, SeparatorSpec};

use crate::config::{HIGHEST_RATE, LOWEST_RATE};

/// Host rates are rounded to a multiple of this, in Hz, so that every ratio of rates is a small fraction.
const RATE_GRID: u32 = 50;
/// The longest burst of a host that must not make a block late, in seconds.
const BURST_SECONDS: f64 = 0.2;
/// Least time allowed for computing a block, in seconds. A long block gets half its own length.
const COMPUTE_SECONDS: f64 = 0.02;
/// Length of the fade before and after a missing block, in seconds. Whether the next block is there is asked this long
/// before it is due, while there still is something to fade.
const GAP_FADE_SECONDS: f64 = 0.005;
/// Preferred length of one transform of the resampler, in seconds; it delays by half of that, each way.
const CHUNK_SECONDS: f64 = 0.01;
/// Length of every crossfade of gains, slots and bypass, in seconds.
const RAMP_SECONDS: f64 = 0.01;
/// Fewest samples per transform of the resampler, on the side with fewer, for a usable filter slope.
const CHUNK_SAMPLES: usize = 128;

/// Every length that the two halves of the engine agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// The host's rate on the grid, in Hz.
    pub(crate) host_rate: usize,
    /// The separator's rate, in Hz.
    pub(crate) model_rate: usize,
    /// Host samples per `down` model samples.
    pub(crate) up: usize,
    /// Model samples per `up` host samples.
    pub(crate) down: usize,
    /// Host samples per transform of the resampler; 0 when the rates are equal. Even, and it divides `block`.
    pub(crate) chunk: usize,
    /// Model samples per transform of the resampler; 0 when the rates are equal. Even.
    pub(crate) model_chunk: usize,
    /// Separator steps (of `spec.block` frames) per engine block.
    pub(crate) steps: usize,
    /// Model samples per step.
    pub(crate) step: usize,
    /// Host samples per engine block.
    pub(crate) block: usize,
    /// Where a signal's first sample lies, where the separator's frames are centred on it.
    pub(crate) origin: Option<Origin>,
    /// Host samples of silence before the first sample, so that blocks end where frames do.
    pub(crate) leading_silence: usize,
    /// Model samples by which a signal is late for its analysis, for what `leading_silence` cannot do in whole host samples.
    pub(crate) alignment: usize,
    /// Model samples by which the masked signal lags behind what was analysed: lookahead · hop + window − hop.
    pub(crate) algorithmic_delay: usize,
    /// Model samples added to `alignment` and `algorithmic_delay` so that they become a whole number of host samples.
    pub(crate) rounding: usize,
    /// Half a window, in model samples: as far as a frame reaches beyond the samples that it is centred on.
    pub(crate) half_window: usize,
    /// Host samples of waiting that are allowed between a block's last input sample and its first output sample.
    pub(crate) budget: usize,
    /// How many of them are there only to keep a latency that was reported.
    pub(crate) padding: usize,
    /// Host samples of the fade before and after a missing block.
    pub(crate) gap_fade: usize,
    /// Host samples of `lookahead` hops, rounded down.
    pub(crate) lookahead: usize,
}

/// A signal's beginning among the model samples and frames of a stream that begins with `leading_silence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The first sample, as it is analysed.
    pub(crate) sample: usize,
    /// The frame that is centred on it; a multiple of the separator's block, as the grid of its pooling begins there.
    pub(crate) frame: usize,
}

impl Origin {
    /// The earliest one before which there is room for `before` samples.
    fn of(spec: &SeparatorSpec, before: usize) -> Option<Origin> {
        let (window, hop) = (spec.stft.window, spec.stft.hop);
        if spec.edges == Edges::Silent || window < 2 * hop {
            return None;
        }
        // Frame t ends with sample (t + 1) · hop of what is analysed.
        let origin = |frame: usize| Origin {
            sample: (frame + 1) * hop - window / 2,
            frame,
        };
        let frames = (before + window / 2).div_ceil(hop).saturating_sub(1);
        Some(origin(frames.next_multiple_of(spec.block)))
    }
}

impl Geometry {
    pub(crate) fn of(sample_rate: f64, spec: &SeparatorSpec) -> Geometry {
        let host_rate = grid_rate(sample_rate);
        let model_rate = (spec.sample_rate as usize).max(1);
        let divisor = gcd(host_rate, model_rate);
        let (up, down) = (host_rate / divisor, model_rate / divisor);
        let step = spec.block.max(1) * spec.stft.hop.max(1);
        let (steps, chunk, model_chunk) = blocks(step, up, down, model_rate);
        let block = steps * step * up / down;
        let algorithmic_delay =
            (spec.lookahead * spec.stft.hop + spec.stft.window).saturating_sub(spec.stft.hop);
        let origin = Origin::of(spec, model_chunk / 2);
        let before = origin.map_or(0, |origin| origin.sample - model_chunk / 2);
        let alignment = before % down;
        let samples = |seconds: f64| (seconds * host_rate as f64).ceil() as usize;
        let gap_fade = samples(GAP_FADE_SECONDS).min(block / 2);
        Geometry {
            host_rate,
            model_rate,
            up,
            down,
            chunk,
            model_chunk,
            steps,
            step,
            block,
            origin,
            leading_silence: before / down * up,
            alignment,
            algorithmic_delay,
            rounding: (alignment + algorithmic_delay).next_multiple_of(down) - alignment - algorithmic_delay,
            half_window: spec.stft.window / 2,
            budget: samples(BURST_SECONDS) + samples(COMPUTE_SECONDS).max(block / 2) + gap_fade,
            padding: 0,
            gap_fade,
            lookahead: spec.lookahead * spec.stft.hop * up / down,
        }
    }

    /// The same, at least so many host samples late. What is waited for beyond the need is the worker's.
    pub(crate) fn at_least(mut self, latency: usize) -> Geometry {
        let padding = latency.saturating_sub(self.latency());
        self.budget += padding;
        self.padding += padding;
        self
    }

    /// Host samples by which a block's target lags behind its input: that of the transform and of both resamplers.
    pub(crate) fn delay(&self) -> usize {
        self.chunk + (self.alignment + self.algorithmic_delay + self.rounding) * self.up / self.down
    }

    /// Host samples from a block's first input sample to its first output sample.
    pub(crate) fn turnaround(&self) -> usize {
        self.block + self.budget
    }

    pub(crate) fn latency(&self) -> usize {
        self.turnaround() + self.delay()
    }

    /// Blocks in circulation: those that wait for their time, as many that belong to the life before a reset, and some
    /// that are being filled and played or that a late worker may hold.
    pub(crate) fn pool(&self) -> usize {
        2 * self.turnaround().div_ceil(self.block) + 8
    }

    /// Blocks that may lie ready before they are due.
    pub(crate) fn ready(&self) -> usize {
        self.turnaround().div_ceil(self.block)
    }

    /// Host samples of every crossfade of gains, slots and bypass.
    pub(crate) fn ramp(&self) -> usize {
        self.samples(RAMP_SECONDS)
    }

    /// Host samples by which such a crossfade begins before its place, so that it is centred there.
    pub(crate) fn half_ramp(&self) -> usize {
        self.ramp() / 2
    }

    /// Host samples of `seconds`, at least 1.
    pub(crate) fn samples(&self, seconds: f64) -> usize {
        ((seconds * self.host_rate as f64).round() as usize).max(1)
    }
}

/// The rate on the grid, within the allowed range, in Hz.
fn grid_rate(sample_rate: f64) -> usize {
    let bounded = if sample_rate.is_finite() {
        sample_rate
    } else {
        48_000.0
    }
    .clamp(f64::from(LOWEST_RATE), f64::from(HIGHEST_RATE));
    (bounded / f64::from(RATE_GRID)).round() as usize * RATE_GRID as usize
}

/// Steps per engine block, and samples per resampler transform on the host's and on the model's side.
///
/// The delay of a transform is half its length, so both lengths must be even for a delay of whole samples; and a whole
/// number of transforms must fill a block, so that none waits for the next one.
fn blocks(step: usize, up: usize, down: usize, model_rate: usize) -> (usize, usize, usize) {
    if up == down {
        return (1, 0, 0);
    }
    // The smallest even pair in the ratio; every other pair is a multiple of it.
    let unit = if up.is_multiple_of(2) && down.is_multiple_of(2) {
        down
    } else {
        2 * down
    };
    let whole = unit / gcd(step, unit);
    // At the lowest rates a step is too short for a filter.
    let fewest = CHUNK_SAMPLES.max(CHUNK_SAMPLES * down / up);
    let steps = fewest.div_ceil(step).next_multiple_of(whole);
    let units = steps * step / unit;
    let wanted = CHUNK_SECONDS * model_rate as f64;
    let fits = |count: usize| {
        let model_chunk = count * unit;
        let time = model_chunk as f64 / wanted;
        let shortage = (fewest as f64 / model_chunk as f64).max(1.0);
        time.max(1.0 / time) * shortage * shortage
    };
    let count = (1..=units)
        .filter(|count| units.is_multiple_of(*count))
        .min_by(|a, b| fits(*a).total_cmp(&fits(*b)))
        .unwrap_or(1);
    (steps, count * unit * up / down, count * unit)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
