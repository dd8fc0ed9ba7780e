//! The gain of what lies above the separator's band.

use earmark_models::SeparatorSpec;
use num_complex::Complex32;

/// Keeps the mean of silent bins defined, far below the power of any sound's bin.
const FLOOR: f32 = 1e-12;

/// How much of the highest band that the separator saw belongs to the target, frame by frame, interpolated between
/// the frames' centres.
pub(crate) struct Gain {
    band: std::ops::Range<usize>,
    hop: usize,
    half_window: usize,
    /// Gains of the newest frames, the newest last.
    frames: Vec<f32>,
    begun: bool,
}

impl Gain {
    pub(crate) fn new(spec: &SeparatorSpec) -> Gain {
        let bin = |hertz: f32| {
            (f64::from(hertz) * spec.stft.window as f64 / f64::from(spec.sample_rate)).ceil() as usize
        };
        let (low, high) = (bin(spec.top_band.0), bin(spec.top_band.1).min(spec.stft.bins()));
        let half_window = spec.stft.window / 2;
        Gain {
            band: low.min(high)..high,
            hop: spec.stft.hop,
            half_window,
            frames: vec![0.0; half_window.div_ceil(spec.stft.hop) + 2],
            begun: false,
        }
    }

    /// Reads the next frame: its magnitudes, `[bins]`, and its mask, `[bins]`.
    ///
    /// The gain is the share of the mixture that the mask keeps, Σ |X|² Re M / Σ |X|², within 0 to 1: the factor that
    /// brings X closest to M·X. An empty band has gain 0.
    pub(crate) fn push(&mut self, magnitudes: &[f32], mask: &[Complex32]) {
        let (mut kept, mut all) = (0.0, 0.0);
        for (magnitude, m) in magnitudes[self.band.clone()].iter().zip(&mask[self.band.clone()]) {
            let power = magnitude * magnitude + FLOOR;
            kept += power * m.re;
            all += power;
        }
        let gain = if all > 0.0 {
            (kept / all).clamp(0.0, 1.0)
        } else {
            0.0
        };
        if self.begun {
            self.frames.rotate_left(1);
        } else {
            self.frames.fill(gain);
            self.begun = true;
        }
        if let Some(last) = self.frames.last_mut() {
            *last = gain;
        }
    }

    /// Goes on with the newest frame's gain where no frame follows.
    pub(crate) fn hold(&mut self) {
        self.frames.rotate_left(1);
        if let [.., newest, last] = &mut self.frames[..] {
            *last = *newest;
        }
    }

    /// The gain at sample `k` of the hop that the synthesis gave with the newest frame: `half_window − k` samples
    /// before that frame's centre.
    pub(crate) fn at(&self, k: usize) -> f32 {
        let back = self.half_window.saturating_sub(k);
        let (frames, rest) = (back / self.hop, back % self.hop);
        let newer = self.frames[self.frames.len() - 1 - frames];
        if rest == 0 {
            return newer;
        }
        let older = self.frames[self.frames.len() - 2 - frames];
        newer + (older - newer) * (rest as f32 / self.hop as f32)
    }
}
