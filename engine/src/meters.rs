//! Peak meters, written by the audio thread and read by an editor.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::config::MAX_CHANNELS;

/// Peaks since they were last read, linear, per channel (those beyond the engine's channels are 0).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Meters {
    /// What came in.
    pub input: [f32; MAX_CHANNELS],
    /// The target, before its gain.
    pub target: [f32; MAX_CHANNELS],
    /// What went out.
    pub output: [f32; MAX_CHANNELS],
    /// How much of what is heard now the target is, before shaping and gains: the square root of its share of the mixture's
    /// K-weighted power (ITU-R BS.1770), averaged over about a tenth of a second. 1: it is everything; 0.5: it is 6 dB below the
    /// whole; 0: it is below −70 LUFS, or no query is heard.
    pub presence: f32,
}

/// One peak meter: the bits of a non-negative float order like the float.
#[derive(Default)]
pub(crate) struct Peak(AtomicU32);

impl Peak {
    pub(crate) fn raise(&self, peak: f32) {
        if peak > 0.0 {
            self.0.fetch_max(peak.to_bits(), Ordering::Relaxed);
        }
    }

    fn take(&self) -> f32 {
        f32::from_bits(self.0.swap(0, Ordering::Relaxed))
    }
}

/// Peaks of every channel.
#[derive(Default)]
pub(crate) struct Peaks {
    pub(crate) input: [Peak; MAX_CHANNELS],
    pub(crate) target: [Peak; MAX_CHANNELS],
    pub(crate) output: [Peak; MAX_CHANNELS],
}

impl Peaks {
    pub(crate) fn take(&self, presence: f32) -> Meters {
        let read = |peaks: &[Peak; MAX_CHANNELS]| std::array::from_fn(|channel| peaks[channel].take());
        Meters {
            input: read(&self.input),
            target: read(&self.target),
            output: read(&self.output),
            presence,
        }
    }
}
