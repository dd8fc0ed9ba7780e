//! Peak meters, written by the audio thread and read by an editor.

use std::sync::atomic::{AtomicU32, Ordering};

use earmark_controls::{MAX_CHANNELS, Meters};

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
    pub(crate) mixture: [Peak; MAX_CHANNELS],
    pub(crate) target: [Peak; MAX_CHANNELS],
    pub(crate) output: [Peak; MAX_CHANNELS],
}

impl Peaks {
    pub(crate) fn take(&self, presence: f32) -> Meters {
        let read = |peaks: &[Peak; MAX_CHANNELS]| std::array::from_fn(|channel| peaks[channel].take());
        Meters {
            input: read(&self.input),
            mixture: read(&self.mixture),
            target: read(&self.target),
            output: read(&self.output),
            presence,
        }
    }
}
