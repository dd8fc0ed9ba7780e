//! The gain of what lies above the separator's band.

use earmark_models::SeparatorSpec;
use num_complex::Complex32;

/// Keeps the mean of silent bins defined, far below the power of any sound's bin.
const FLOOR: f32 = 1e-12;

/// How much of the highest band that the separator saw belongs to the target, frame by frame, interpolated between
/// the frames' centres.
pub(crate) struct Gain {
    band: std::ops::Range<usize>,
    /// Between which gains the samples of a hop lie.
    places: Box<[Place]>,
    /// Gains of the newest frames, the newest last.
    frames: Vec<f32>,
    begun: bool,
}

/// Samples one after another that lie between the same two frames' centres.
struct Place {
    /// Which of the kept frames is the later one.
    newer: usize,
    /// Of each sample: how far it is from that frame's centre, in hops.
    before: Box<[f32]>,
}

/// Where the samples of a hop lie: sample `k` is `half_window − k` samples before the newest frame's centre.
fn places(half_window: usize, hop: usize, frames: usize) -> Box<[Place]> {
    let mut places = Vec::new();
    let (mut newer, mut before) = (frames - 1 - half_window / hop, Vec::new());
    let mut rest = half_window % hop;
    for _ in 0..hop {
        before.push(rest as f32 / hop as f32);
        if rest > 0 {
            rest -= 1;
        } else if newer + 1 < frames {
            let before = std::mem::take(&mut before).into();
            places.push(Place { newer, before });
            (rest, newer) = (hop - 1, newer + 1);
        }
        // Behind the newest frame's centre, where a window is shorter than two hops, its gain holds.
    }
    let before = before.into();
    places.push(Place { newer, before });
    places.into()
}

impl Gain {
    pub(crate) fn new(spec: &SeparatorSpec) -> Gain {
        let bin = |hertz: f32| {
            (f64::from(hertz) * spec.stft.window as f64 / f64::from(spec.sample_rate)).ceil() as usize
        };
        let (low, high) = (bin(spec.top_band.0), bin(spec.top_band.1).min(spec.stft.bins()));
        let half_window = spec.stft.window / 2;
        let frames = half_window.div_ceil(spec.stft.hop) + 2;
        Gain {
            band: low.min(high)..high,
            places: places(half_window, spec.stft.hop, frames),
            frames: vec![0.0; frames],
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

    /// Writes the gains of the hop that the synthesis gave with the newest frame, `[hop]`.
    pub(crate) fn write(&self, out: &mut [f32]) {
        let mut left = out;
        for Place { newer, before } in &self.places {
            let (gain, older) = (self.frames[*newer], self.frames[newer - 1]);
            let (now, later) = left.split_at_mut(before.len());
            for (out, before) in now.iter_mut().zip(before) {
                *out = gain + (older - gain) * before;
            }
            left = later;
        }
    }
}
