//! From sound to decibels of mel bands, as torchlibrosa's `Spectrogram` and `LogmelFilterBank` compute them and both HTSAT and
//! PANNs' networks read them.

use crate::error::ModelError;
use crate::stft::offline::OfflineStft;
use crate::stft::{StftConfig, WindowKind};
use crate::tensors::Tensors;

/// Bins of a frame.
pub(super) const BINS: usize = 513;
/// Mel bands of a frame.
pub(super) const MELS: usize = 64;

/// The least power that is told from silence.
const FLOOR: f32 = 1e-10;
const EPSILON: f32 = 1e-5;

/// A bank of mel filters, and the normalisation of what it gives.
pub(super) struct LogMel {
    stft: OfflineStft,
    /// The first bin of each band, and the weights of the bins from there.
    bands: Vec<(usize, Vec<f32>)>,
    /// Of each band's decibels.
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl LogMel {
    /// Reads `logmel_extractor.melW` and `bn0` of the module whose names begin with `module`; frames are `hop` samples apart.
    pub(super) fn load(source: &dyn Tensors, module: &str, hop: usize) -> Result<LogMel, ModelError> {
        let matrix = source.floats(&format!("{module}logmel_extractor.melW"), &[BINS, MELS])?;
        let norm = |name: &str| source.floats(&format!("{module}bn0.{name}"), &[MELS]);
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
        let stft = StftConfig {
            window: 2 * (BINS - 1),
            hop,
            kind: WindowKind::Hann,
        };
        Ok(LogMel {
            stft: OfflineStft::new(stft)?,
            bands: (0..MELS).map(|band| band_of(&matrix, band)).collect(),
            scale,
            shift,
        })
    }

    /// Decibels of the mel bands of a clip, `[samples / hop + 1, MELS]`.
    pub(super) fn decibels(&self, clip: &[f32]) -> Result<Vec<f32>, ModelError> {
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

    /// A band's decibels, normalised.
    pub(super) fn normal(&self, band: usize, decibels: f32) -> f32 {
        decibels * self.scale[band] + self.shift[band]
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
