//! The weights of a band-mask network.

use super::config::{BandMaskConfig, BlockConfig};
use super::linear::Linear;
use crate::error::ModelError;
use crate::weights::Weights;

/// Tensors by the names of `training/model.py`.
pub(super) struct Net {
    pub(super) config: BandMaskConfig,
    pub(super) feature_mean: Vec<f32>,
    pub(super) feature_scale: Vec<f32>,
    pub(super) input: Linear,
    pub(super) blocks: Vec<Block>,
    pub(super) output: Linear,
    query: Linear,
    gain: Vec<f32>,
    film: Linear,
}

/// x + out(SiLU(conv(modulation(x / rms(x))))).
pub(super) struct Block {
    pub(super) config: BlockConfig,
    pub(super) conv: Linear,
    pub(super) out: Linear,
    gain: Vec<f32>,
    film: Option<Linear>,
}

/// What a normalised frame is multiplied by and shifted by, `[channels]` each: gain and FiLM in one.
pub(super) struct Modulation {
    pub(super) scale: Box<[f32]>,
    pub(super) shift: Box<[f32]>,
}

impl Net {
    pub(super) fn load(config: &BandMaskConfig, bytes: &[u8]) -> Result<Net, ModelError> {
        let weights = Weights::new(bytes)?;
        let linear = |name: &str, outputs: usize, inputs: usize| -> Result<Linear, ModelError> {
            let weight = weights.floats(&format!("{name}.weight"), &[outputs, inputs])?;
            Ok(Linear::new(
                &weight,
                weights.floats(&format!("{name}.bias"), &[outputs])?,
            ))
        };
        let (bands, channels, query) = (config.bands(), config.channels, config.query_size);
        let block = |(index, &block): (usize, &BlockConfig)| -> Result<Block, ModelError> {
            let film = || linear(&format!("blocks.{index}.film"), 2 * channels, query);
            Ok(Block {
                config: block,
                conv: linear(&format!("blocks.{index}.conv"), channels, 3 * channels)?,
                out: linear(&format!("blocks.{index}.out"), channels, channels)?,
                gain: weights.floats(&format!("blocks.{index}.norm.gain"), &[channels])?,
                film: block.film.then(film).transpose()?,
            })
        };
        Ok(Net {
            feature_mean: weights.floats("feature_mean", &[bands])?,
            feature_scale: weights.floats("feature_scale", &[bands])?,
            input: linear("input", channels, bands)?,
            blocks: config
                .blocks
                .iter()
                .enumerate()
                .map(block)
                .collect::<Result<_, _>>()?,
            output: linear("output", bands, channels)?,
            query: linear("query", query, config.condition_size)?,
            gain: weights.floats("norm.gain", &[channels])?,
            film: linear("film", 2 * channels, query)?,
            config: config.clone(),
        })
    }

    /// The modulations of every block and, last, of the output for a condition of `[condition_size]` values.
    pub(super) fn modulations(&self, condition: &[f32]) -> Vec<Modulation> {
        // A unit vector's values are tiny; the network reads them at unit variance.
        let loudness = (self.config.condition_size as f32).sqrt();
        let condition: Vec<f32> = condition.iter().map(|value| value * loudness).collect();
        let mut query = vec![0.0; self.config.query_size];
        self.query.apply(&condition, &mut query);
        query.iter_mut().for_each(|value| *value = silu(*value));
        let blocks = self.blocks.iter().map(|block| (block.film.as_ref(), &block.gain));
        blocks
            .chain([(Some(&self.film), &self.gain)])
            .map(|(film, gain)| modulation(film, gain, &query))
            .collect()
    }
}

fn modulation(film: Option<&Linear>, gain: &[f32], query: &[f32]) -> Modulation {
    let channels = gain.len();
    let mut both = vec![0.0; 2 * channels];
    if let Some(film) = film {
        film.apply(query, &mut both);
    }
    let (gamma, beta) = both.split_at(channels);
    Modulation {
        scale: gain
            .iter()
            .zip(gamma)
            .map(|(g, gamma)| g * (1.0 + gamma))
            .collect(),
        shift: beta.into(),
    }
}

/// x · sigmoid(x).
pub(super) fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}
