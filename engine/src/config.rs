//! What is fixed between activation and deactivation.

use earmark_controls::{Automation, ChannelMode, MAX_CHANNELS};
use earmark_models::SeparatorSpec;

use crate::error::EngineError;

/// Lowest sample rate that a host may run at, in Hz.
pub(crate) const LOWEST_RATE: u32 = 1_000;
/// Highest sample rate that a host may run at, in Hz.
pub(crate) const HIGHEST_RATE: u32 = 768_000;

/// What an engine is built for. A change of any of it needs a new engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineConfig {
    /// The host's sample rate in Hz, 1 kHz to 768 kHz. Odd and fractional rates are rounded to the nearest multiple of
    /// 50 Hz for the resampling ratio only: at most 0.06 % off at 44.1 kHz, and nothing is ever played faster or slower.
    pub sample_rate: f64,
    /// Channels, 1 to 8.
    pub channels: usize,
    /// Largest number of samples that a process call is expected to carry. A longer call is handled all the same.
    pub max_block: usize,
    /// What the separator hears of several channels.
    pub channel_mode: ChannelMode,
    /// When changes act.
    pub automation: Automation,
    /// Everything leaves at least so many host samples late: what a separator needs less is waited for. 0 where nothing
    /// has to be kept.
    pub least_latency: usize,
}

impl EngineConfig {
    /// Linked channels, automation in time, the separator's own latency.
    pub fn new(sample_rate: f64, channels: usize, max_block: usize) -> Self {
        EngineConfig {
            sample_rate,
            channels,
            max_block,
            channel_mode: ChannelMode::default(),
            automation: Automation::default(),
            least_latency: 0,
        }
    }

    /// Whether an engine can be made of it.
    pub(crate) fn check(&self, spec: &SeparatorSpec) -> Result<(), EngineError> {
        let rates = f64::from(LOWEST_RATE)..=f64::from(HIGHEST_RATE);
        if !rates.contains(&self.sample_rate) {
            return Err(EngineError::SampleRate {
                given: self.sample_rate,
                lowest: LOWEST_RATE,
                highest: HIGHEST_RATE,
            });
        }
        if !(1..=MAX_CHANNELS).contains(&self.channels) {
            return Err(EngineError::Channels {
                given: self.channels,
                allowed: MAX_CHANNELS,
            });
        }
        if spec.sample_rate == 0 || spec.block == 0 {
            let reason = format!(
                "its rate is {} Hz and its block {} frames",
                spec.sample_rate, spec.block
            );
            return Err(EngineError::Spec {
                id: spec.id.clone(),
                reason,
            });
        }
        Ok(())
    }
}

/// The level at which the separator hears the input. It changes which masks come out and nothing else: they are applied to
/// the input as it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Trim {
    /// As it is, while its level is one at which the separator hears well; slowly turned up or down, by at most 40 dB, while
    /// it is quieter or louder.
    #[default]
    Automatic,
    /// Turned up by so many dB; 0 is as it is.
    Fixed(f32),
}

/// Whether the audio thread may wait for the worker: what the host announces, or a person in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum WaitPolicy {
    /// Only where the host has run ahead of the wall clock, and at most by that lead. A host that announces this, or nothing, and
    /// then asks for sound at more than twice its speed for a second, is taken for [`WaitPolicy::Offline`].
    #[default]
    Live,
    /// For every block, as long as the worker lives: offline rendering.
    Offline,
    /// For every block, for at most two seconds: for hosts whose renders are not told apart from playing.
    Always,
}
