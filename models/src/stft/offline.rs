//! The transform of a whole signal, as AudioSep's published code computes it (torchlibrosa 0.1.0, `stft.py`: `STFT`,
//! `ISTFT` with `center=True`, `pad_mode="reflect"`).

use num_complex::Complex32;

use super::{Plan, StftConfig};
use crate::error::ModelError;

/// Frames of a signal, `[frames, bins]`, row-major, unscaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    /// Number of frames.
    pub frames: usize,
    /// Number of bins.
    pub bins: usize,
    /// `[frames, bins]`.
    pub values: Vec<Complex32>,
}

/// The centred transform: frame t is centred on sample t·hop, and the signal is continued by reflection at both ends.
pub struct OfflineStft {
    plan: Plan,
}

impl OfflineStft {
    /// Builds the tables of `config`.
    ///
    /// # Errors
    /// [`ModelError::Stft`] as for [`Plan::new`].
    pub fn new(config: StftConfig) -> Result<OfflineStft, ModelError> {
        Ok(OfflineStft {
            plan: Plan::new(config)?,
        })
    }

    /// Frames of a signal of `samples` samples: samples / hop + 1.
    pub fn frames(&self, samples: usize) -> usize {
        samples / self.plan.config().hop + 1
    }

    /// Transforms a signal.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] when it is not longer than half a window, so that it cannot be reflected.
    pub fn analyze(&self, wave: &[f32]) -> Result<Spectrogram, ModelError> {
        let StftConfig { window, hop, .. } = self.plan.config();
        let (half, bins, frames) = (window / 2, self.plan.config().bins(), self.frames(wave.len()));
        if wave.len() <= half {
            return Err(ModelError::TooShort {
                given: wave.len(),
                needed: half + 1,
            });
        }
        let last = wave.len() as isize - 1;
        // Reflection without repeating the edge sample.
        let reflected = |index: isize| wave[(last - (last - index.abs()).abs()) as usize];
        let mut values = vec![Complex32::default(); frames * bins];
        let mut windowed = vec![0.0; window];
        let mut scratch = vec![Complex32::default(); self.plan.scratch_len()];
        for (t, frame) in values.chunks_exact_mut(bins).enumerate() {
            let start = (t * hop) as isize - half as isize;
            for (n, (out, weight)) in windowed.iter_mut().zip(self.plan.window()).enumerate() {
                *out = reflected(start + n as isize) * weight;
            }
            self.plan.forward(&mut windowed, frame, &mut scratch);
        }
        Ok(Spectrogram { frames, bins, values })
    }

    /// The signal of `samples` samples whose frames are `spectrogram`'s, by windowed overlap-add divided by the sum of
    /// the squared windows of the frames that there are.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the spectrogram is not that of a signal of this length.
    pub fn synthesize(&self, spectrogram: &Spectrogram, samples: usize) -> Result<Vec<f32>, ModelError> {
        let StftConfig { window, hop, .. } = self.plan.config();
        let (bins, frames) = (self.plan.config().bins(), self.frames(samples));
        if spectrogram.values.len() != frames * bins {
            return Err(ModelError::Shape {
                what: "The spectrogram",
                given: spectrogram.values.len(),
                expected: frames * bins,
            });
        }
        let len = (frames - 1) * hop + window;
        let (mut sum, mut norm) = (vec![0.0f32; len], vec![0.0f32; len]);
        let mut frame = vec![Complex32::default(); bins];
        let mut wave = vec![0.0; window];
        let mut scratch = vec![Complex32::default(); self.plan.scratch_len()];
        let scale = 1.0 / window as f32;
        for (t, values) in spectrogram.values.chunks_exact(bins).enumerate() {
            frame.copy_from_slice(values);
            self.plan.inverse(&mut frame, &mut wave, &mut scratch);
            for (n, (sample, weight)) in wave.iter().zip(self.plan.window()).enumerate() {
                sum[t * hop + n] += sample * scale * weight;
                norm[t * hop + n] += weight * weight;
            }
        }
        let kept = window / 2..window / 2 + samples;
        // 1e-11 is the published floor; it matters only under the zero at the edge of the last window.
        Ok(sum[kept.clone()]
            .iter()
            .zip(&norm[kept])
            .map(|(x, n)| x / n.max(1e-11))
            .collect())
    }
}
