//! From ten seconds of sound to the picture that HTSAT reads (`htsat.py`: `forward`, `reshape_wav2img`).

use crate::error::ModelError;
use crate::stft::offline::OfflineStft;
use crate::stft::{StftConfig, WindowKind};
use crate::tensors::Tensors;

/// Samples of a clip: 10 s at 48 kHz.
pub(in crate::encoder) const SAMPLES: usize = 480_000;
/// Bins of a frame.
pub(super) const BINS: usize = 513;
/// Mel bands of a frame.
pub(super) const MELS: usize = 64;
/// Rows and columns of the picture.
pub(super) const PICTURE: usize = 256;

const STFT: StftConfig = StftConfig {
    window: 2 * (BINS - 1),
    hop: 480,
    kind: WindowKind::Hann,
};
/// Frames that the clip is stretched to: four stretches, one above the other, fill the picture.
const FRAMES: usize = PICTURE * PICTURE / MELS;
/// The least power that is told from silence.
const FLOOR: f32 = 1e-10;
const EPSILON: f32 = 1e-5;

pub(super) struct Front {
    stft: OfflineStft,
    /// The first bin of each band, and the weights of the bins from there.
    bands: Vec<(usize, Vec<f32>)>,
    /// Of each band's decibels.
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Front {
    pub(super) fn load(source: &dyn Tensors) -> Result<Front, ModelError> {
        let matrix = source.floats("audio_branch.logmel_extractor.melW", &[BINS, MELS])?;
        let norm = |name: &str| source.floats(&format!("audio_branch.bn0.{name}"), &[MELS]);
        let (mean, variance) = (norm("running_mean")?, norm("running_var")?);
        let scale: Vec<f32> = norm("weight")?
            .iter()
            .zip(&variance)
            .map(|(weight, variance)| weight / (variance + EPSILON).sqrt())
            .collect();
        let shift = norm("bias")?
            .iter()
            .zip(mean.iter().zip(&scale))
            .map(|(bias, (mean, scale))| bias - mean * scale)
            .collect();
        Ok(Front {
            stft: OfflineStft::new(STFT)?,
            bands: (0..MELS).map(|band| band_of(&matrix, band)).collect(),
            scale,
            shift,
        })
    }

    /// Decibels of the mel bands of a clip of [`SAMPLES`] samples, `[1001, MELS]`.
    pub(super) fn log_mel(&self, clip: &[f32]) -> Result<Vec<f32>, ModelError> {
        let spectrogram = self.stft.analyze(clip)?;
        let mut levels = Vec::with_capacity(spectrogram.frames * MELS);
        let mut power = [0.0; BINS];
        for frame in spectrogram.values.chunks_exact(BINS) {
            for (power, bin) in power.iter_mut().zip(frame) {
                *power = bin.norm_sqr();
            }
            levels.extend(self.bands.iter().map(|(first, weights)| {
                let bins = power[*first..].iter().zip(weights);
                let sum: f32 = bins.map(|(power, weight)| power * weight).sum();
                10.0 * sum.max(FLOOR).log10()
            }));
        }
        Ok(levels)
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
                let normal = |tap: usize| levels[tap * MELS + band] * self.scale[band] + self.shift[band];
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

/// The bins of a column of `[BINS, MELS]` from the first to the last that is not zero.
fn band_of(matrix: &[f32], band: usize) -> (usize, Vec<f32>) {
    let column: Vec<f32> = matrix.chunks_exact(MELS).map(|row| row[band]).collect();
    let is_heard = |weight: &f32| *weight != 0.0;
    let first = column.iter().position(is_heard).unwrap_or(0);
    let end = column.iter().rposition(is_heard).map_or(first, |last| last + 1);
    (first, column[first..end].to_vec())
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
