//! From ten seconds of sound to the picture that HTSAT reads (`htsat.py`: `forward`, `reshape_wav2img`).

use crate::encoder::mel::{LogMel, MELS};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Samples of a clip: 10 s at 48 kHz.
pub(in crate::encoder) const SAMPLES: usize = 480_000;
/// Rows and columns of the picture.
pub(super) const PICTURE: usize = 256;

/// Samples from frame to frame.
const HOP: usize = 480;
/// Frames that the clip is stretched to: four stretches, one above the other, fill the picture.
const FRAMES: usize = PICTURE * PICTURE / MELS;

pub(super) struct Front(LogMel);

impl Front {
    pub(super) fn load(source: &dyn Tensors) -> Result<Front, ModelError> {
        Ok(Front(LogMel::load(source, "audio_branch.", HOP)?))
    }

    /// Decibels of the mel bands of a clip of [`SAMPLES`] samples, `[1001, MELS]`.
    pub(super) fn log_mel(&self, clip: &[f32]) -> Result<Vec<f32>, ModelError> {
        self.0.decibels(clip)
    }

    /// Normalises the decibels `[frames, MELS]`, stretches them, and lays them out as the picture, `[PICTURE, PICTURE]`: its
    /// columns are time, its rows the bands of the first quarter of the clip, then those of the second, and so on.
    pub(super) fn picture(&self, levels: &[f32]) -> Vec<f32> {
        let mut picture = vec![0.0; PICTURE * PICTURE];
        let last = levels.len() / MELS - 1;
        let step = last as f32 / (FRAMES - 1) as f32;
        for frame in 0..FRAMES {
            let at = step * frame as f32;
            let (before, weights) = (at.floor(), cubic(at - at.floor()));
            let taps = [-1, 0, 1, 2].map(|tap| (before as isize + tap).clamp(0, last as isize) as usize);
            let (stretch, column) = (frame / PICTURE, frame % PICTURE);
            for band in 0..MELS {
                let normal = |tap: usize| self.0.normal(band, levels[tap * MELS + band]);
                let sum = taps
                    .iter()
                    .zip(weights)
                    .map(|(&tap, weight)| normal(tap) * weight);
                picture[(stretch * MELS + band) * PICTURE + column] = sum.sum();
            }
        }
        picture
    }
}

/// Weights of the four values around a position between the middle two, by cubic convolution as PyTorch does it.
fn cubic(position: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [
        far(position + 1.0),
        near(position),
        near(1.0 - position),
        far(2.0 - position),
    ]
}
