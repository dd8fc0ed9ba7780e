//! The weights of a band-mask network.

use super::attention::Attention;
use super::block::Block;
use super::config::{BandMaskConfig, BlockConfig, STEP};
use super::descent::Descent;
use super::film::Modulation;
use super::layers::Layers;
use super::linear::Linear;
use super::listener::{Layer, LayerModulations};
use super::patches::{Patches, Shape};
use super::silu;
use super::vocabulary::Vocabulary;
use crate::error::ModelError;
use crate::separator::{Condition, Nearest};
use crate::tensors::Tensors;

/// Tensors by the names of `training/model.py`.
pub(super) struct Net {
    pub(super) config: BandMaskConfig,
    pub(super) descent: Descent,
    pub(super) blocks: Vec<Block>,
    pub(super) unflat: Linear,
    /// From the maps, finest first, to what is added on the way back up.
    pub(super) skip: [Linear; 3],
    /// What goes through each band by itself before the way up.
    pub(super) listener: Vec<Layer>,
    /// Back up, finest first: from half of the bands to all of them, …
    pub(super) up: [Patches; 3],
    /// `[bands]`: added to the logits.
    pub(super) bias: Vec<f32>,
    /// From the channels of a step before the first steered block to the query that it would answer to.
    pub(super) ears: Option<Linear>,
    vocabulary: Vocabulary,
    query: Linear,
    gain: Vec<f32>,
    film: Linear,
    /// Of a quarter and of an eighth of the bands.
    film_up: [Linear; 2],
}

/// A batch of queries, as the layers of a network hear them: of each layer a modulation for every query.
pub(super) struct Modulations {
    /// Of the blocks that no query reaches there is one for all.
    pub(super) blocks: Vec<Vec<Modulation>>,
    /// After the last block.
    pub(super) output: Vec<Modulation>,
    /// Of a quarter and of an eighth of the bands.
    pub(super) up: [Vec<Modulation>; 2],
    pub(super) listener: Vec<LayerModulations>,
}

impl Net {
    /// Reads the tensors that [`BandMaskConfig::required_tensors`] lists.
    pub(super) fn load(config: &BandMaskConfig, weights: &dyn Tensors) -> Result<Net, ModelError> {
        let layers = Layers::new(weights, "");
        let (bands, channels, query) = (config.bands(), config.channels, config.query_size);
        let ([first, second, third], [fine, middle, coarse]) = (config.maps, config.gains);
        let linear = |name: &str, outputs, inputs| layers.linear(name, outputs, inputs);
        let patches = |name: &str, outputs, shape| layers.patches(name, outputs, shape);
        let up = |bands, channels| Shape {
            bands,
            channels,
            taps: 1,
            width: 3,
            frames: 1,
            stride: 1,
        };
        let block = |name: &str, config, sizes| layers.block(name, config, sizes, query);
        let heads = config.listener.heads;
        let attention = |name: &str| -> Result<Attention, ModelError> {
            Ok(Attention {
                gain: layers.floats(&format!("{name}.norm.gain"), &[coarse])?,
                film: linear(&format!("{name}.film"), 2 * coarse, query)?,
                read: linear(&format!("{name}.read"), 3 * coarse, coarse)?,
                place: layers.floats(&format!("{name}.place"), &[heads, bands / 8, bands / 8])?,
                heads,
                out: linear(&format!("{name}.out"), coarse, coarse)?,
            })
        };
        let layer = |(index, listen): (usize, BlockConfig)| -> Result<Layer, ModelError> {
            Ok(Layer {
                block: block(&format!("listen.{index}"), listen, [bands / 8, coarse])?,
                attention: attention(&format!("across.{index}"))?,
            })
        };
        Ok(Net {
            descent: Descent::load(config, &layers)?,
            blocks: config
                .blocks
                .iter()
                .enumerate()
                .map(|(index, &config)| block(&format!("blocks.{index}"), config, [1, channels]))
                .collect::<Result<_, _>>()?,
            listener: config
                .listener
                .blocks()
                .enumerate()
                .map(layer)
                .collect::<Result<_, _>>()?,
            unflat: linear("unflat", bands / 8 * coarse, channels)?,
            skip: [
                linear("skip1", fine, first)?,
                linear("skip2", middle, second)?,
                linear("skip3", coarse, third)?,
            ],
            up: [
                patches("up1", 2, up(bands / 2, fine))?,
                patches("up2", STEP * 2 * fine, up(bands / 4, middle))?,
                patches("up3", 2 * middle, up(bands / 8, coarse))?,
            ],
            bias: layers.floats("bias", &[bands])?,
            ears: config
                .ears
                .then(|| linear("ears", config.condition_size, channels))
                .transpose()?,
            vocabulary: Vocabulary::load(weights, &config.vocabulary, config.condition_size)?,
            query: linear("query", query, config.condition_size)?,
            gain: layers.floats("norm.gain", &[channels])?,
            film: linear("film", 2 * channels, query)?,
            film_up: [
                linear("film2", 2 * middle, query)?,
                linear("film3", 2 * coarse, query)?,
            ],
            config: config.clone(),
        })
    }

    /// Blocks before the first that a query steers: what they make of a signal is the same for all queries.
    pub(super) fn unsteered(&self) -> usize {
        self.blocks
            .iter()
            .take_while(|block| block.film.is_none())
            .count()
    }

    /// How many blocks have to read a step that is followed by `left` more before the first mask that is heard, one more where the
    /// way up has to, too. What a block does not read is older than all that it and what comes after it remember.
    pub(super) fn needed(&self, left: usize) -> usize {
        let listener: usize = self.config.listener.blocks().map(|block| block.span()).sum();
        // The step itself has to be decoded where none is left.
        let mut remembered = listener.max(1);
        let mut needed = self.blocks.len() + 1;
        while left >= remembered && needed > 0 {
            needed -= 1;
            remembered += match needed.checked_sub(1) {
                Some(block) => self.blocks[block].config.span(),
                None => 0,
            };
        }
        needed
    }

    /// Steps by which they lag behind their input.
    pub(super) fn unsteered_ahead(&self) -> usize {
        let blocks = &self.blocks[..self.unsteered()];
        blocks.iter().map(|block| block.config.ahead).sum()
    }

    /// What the layers hear of conditions.
    pub(super) fn modulations(&self, conditions: &[Condition]) -> Modulations {
        let queries: Vec<Vec<f32>> = conditions
            .iter()
            .map(|condition| self.reduced(&condition.values))
            .collect();
        let of = |film: Option<&Linear>, gain: &[f32], queries: &[Vec<f32>]| -> Vec<Modulation> {
            queries
                .iter()
                .map(|query| Modulation::new(film, gain, query))
                .collect()
        };
        let block = |(index, block): (usize, &Block)| {
            let reached = if index < self.unsteered() {
                1
            } else {
                queries.len()
            };
            of(block.film.as_ref(), &block.gain, &queries[..reached])
        };
        let [_, middle, coarse] = self.config.gains;
        let [quarter, eighth] = &self.film_up;
        Modulations {
            blocks: self.blocks.iter().enumerate().map(block).collect(),
            output: of(Some(&self.film), &self.gain, &queries),
            up: [
                of(Some(quarter), &vec![1.0; middle], &queries),
                of(Some(eighth), &vec![1.0; coarse], &queries),
            ],
            listener: self
                .listener
                .iter()
                .map(|layer| layer.modulations(&queries))
                .collect(),
        }
    }

    /// See [`Vocabulary::nearest`].
    pub(super) fn nearest(&self, condition: &[f32]) -> Option<Nearest> {
        self.vocabulary.nearest(condition)
    }

    /// What all layers hear of a condition of `[condition_size]` values, `[query_size]`.
    fn reduced(&self, condition: &[f32]) -> Vec<f32> {
        // A unit vector's values are tiny; the network reads them at unit variance.
        let loudness = (self.config.condition_size as f32).sqrt();
        let mut condition = self.vocabulary.draw_near(condition);
        condition.iter_mut().for_each(|value| *value *= loudness);
        let mut query = vec![0.0; self.config.query_size];
        self.query.apply(&condition, &mut query);
        silu(&mut query);
        query
    }
}
