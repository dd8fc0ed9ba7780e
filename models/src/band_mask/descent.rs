//! The way down: from magnitudes to the maps of a half, a quarter and an eighth of the bands, and to the channels of a step.

use super::config::{BandMaskConfig, STEP};
use super::layers::Layers;
use super::linear::Linear;
use super::patches::{PastColumns, Patches, Shape};
use super::silu;
use crate::error::ModelError;

/// Its weights.
pub(super) struct Descent {
    feature_mean: Vec<f32>,
    feature_scale: Vec<f32>,
    /// The second makes steps of frames.
    down: [Patches; 3],
    /// `[bands / 2, maps[0]]`: added to the first map.
    place: Vec<f32>,
    /// From the last map of a step to its channels.
    pub(super) flat: Linear,
}

impl Descent {
    pub(super) fn load(config: &BandMaskConfig, layers: &Layers) -> Result<Descent, ModelError> {
        let (bands, [first, second, third]) = (config.bands(), config.maps);
        let down = |bands, channels, taps, width, frames| Shape {
            bands,
            channels,
            taps,
            width,
            frames,
            stride: 2,
        };
        Ok(Descent {
            feature_mean: layers.floats("feature_mean", &[bands])?,
            feature_scale: layers.floats("feature_scale", &[bands])?,
            down: [
                layers.patches("down1", first, down(bands, 1, 3, 5, 1))?,
                layers.patches("down2", second, down(bands / 2, first, 4, 3, STEP))?,
                layers.patches("down3", third, down(bands / 4, second, 3, 3, 1))?,
            ],
            place: layers.floats("place", &[bands / 2, first])?,
            flat: layers.linear("flat", config.channels, bands / 8 * third)?,
        })
    }

    /// What a stream keeps of it that reads so many frames at a time.
    pub(super) fn columns(&self, frames: usize) -> [PastColumns; 3] {
        let steps = frames / STEP;
        let [first, second, third] = &self.down;
        [
            first.columns(frames),
            second.columns(frames),
            third.columns(steps),
        ]
    }

    /// Log power of each band, standardised: `magnitudes` `[frames, bins]` to `features` `[frames, bands]`.
    pub(super) fn features(&self, config: &BandMaskConfig, magnitudes: &[f32], features: &mut [f32]) {
        let frames = magnitudes.chunks_exact(config.stft().bins());
        for (features, frame) in features.chunks_exact_mut(config.bands()).zip(frames) {
            for (band, (feature, edges)) in features.iter_mut().zip(config.band_edges.windows(2)).enumerate()
            {
                let bins = &frame[edges[0]..edges[1]];
                let mean = bins.iter().map(|m| m * m).sum::<f32>() / bins.len() as f32;
                let log = (mean + config.power_floor).log10();
                *feature = (log - self.feature_mean[band]) * self.feature_scale[band];
            }
        }
    }

    /// From the features of the newest frames to the maps of them.
    pub(super) fn push(
        &self,
        columns: &mut [PastColumns; 3],
        features: &[f32],
        [first, second, third]: [&mut [f32]; 3],
    ) {
        self.down[0].push(&mut columns[0], features, first);
        for frame in first.chunks_exact_mut(self.place.len()) {
            for (value, place) in frame.iter_mut().zip(&self.place) {
                *value += place;
            }
        }
        silu(first);
        self.down[1].push(&mut columns[1], first, second);
        silu(second);
        self.down[2].push(&mut columns[2], second, third);
        silu(third);
    }
}
