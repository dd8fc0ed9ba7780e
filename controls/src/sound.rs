//! What is known of the sound itself.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// Bands of a [`Column`], equally wide in mel between 40 Hz and 16 kHz or the separator's Nyquist frequency.
pub const BANDS: usize = 64;

/// About 20 ms of mixture and target, in the bands of [`BANDS`], the lowest first.
///
/// Levels are power sums over a band, means over the channels, as bytes: 0 is −90 dBFS or less, 255 is 0 dBFS, the level of a sine
/// of full scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// What came in.
    pub mixture: [u8; BANDS],
    /// What of it is the target, after shaping, before its gain.
    pub target: [u8; BANDS],
    /// How much of what was heard then the target is, 255 for 1.
    pub presence: u8,
    /// The input sample in its middle.
    pub at: Moment,
}

/// Most channels of a bus.
pub const MAX_CHANNELS: usize = 8;

/// Peaks since they were last read, linear, per channel (those beyond the bus are 0).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Meters {
    /// What came in.
    pub input: [f32; MAX_CHANNELS],
    /// What had come in one latency ago: the mixture of the moment that went out.
    pub mixture: [f32; MAX_CHANNELS],
    /// The target, before its gain.
    pub target: [f32; MAX_CHANNELS],
    /// What went out.
    pub output: [f32; MAX_CHANNELS],
    /// How much of what is heard now the target is, before shaping and gains: the square root of its share of the mixture's
    /// K-weighted power (ITU-R BS.1770), averaged over about a tenth of a second. 1: it is everything; 0.5: it is 6 dB below the
    /// whole; 0: it is below −70 LUFS, or no query is heard.
    pub presence: f32,
}

/// Momentary loudness: K-weighted, over the last 400 ms (ITU-R BS.1770, EBU Tech 3341), in LUFS.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loudness {
    /// What came in; `None` for silence and before there was any sound.
    pub input: Option<f32>,
    /// What went out.
    pub output: Option<f32>,
}

/// What the separator hears of several channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelMode {
    /// The square root of the mean over channels of |X|²: one mask for all channels, which keeps the stereo image and
    /// hears what is out of phase.
    #[default]
    Linked,
    /// The magnitude of the channels' mean, as AudioSep reads stereo files: one mask for all channels; what is out of
    /// phase is not heard.
    Mid,
    /// Each channel for itself, with its own mask, at as many times the cost.
    Each,
}
