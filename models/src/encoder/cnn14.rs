//! Cnn14 (`pytorch/models.py` of qiuqiangkong/audioset_tagging_cnn at d2f4b8c: `Cnn14`; Kong et al., "PANNs", arXiv:1912.10211),
//! for stretches of sound at 32 kHz.
//!
//! The weights stay on disk: each layer is read when its turn comes, used for all stretches, and dropped after it, so that listening
//! takes the memory of one layer and not of the network.

mod config;
mod map;
mod product;

pub use config::Cnn14Config;

use std::sync::Arc;

use earmark_kernels::Threads;

use config::{BLOCKS, batch_norm, convolution};
use map::{Convolution, Map};
use product::Columns;

use super::mel::{LogMel, MELS};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Samples per second of what it reads.
pub(super) const RATE: u32 = 32_000;
/// Samples from frame to frame.
const HOP: usize = 320;

/// What it makes of stretches of sound.
pub(super) struct Tagged {
    /// `embedding` of each stretch: values of 0 or more.
    pub(super) embeddings: Vec<Vec<f32>>,
    /// `clipwise_output` of each: how likely each class is to be heard in it, 0 to 1.
    pub(super) probabilities: Vec<Vec<f32>>,
}

pub(super) struct Cnn14 {
    config: Cnn14Config,
    source: Box<dyn Tensors>,
    threads: Arc<Threads>,
}

impl Cnn14 {
    /// The network of this shape, whose tensors `source` has by PANNs' own names.
    pub(super) fn new(config: Cnn14Config, source: Box<dyn Tensors>) -> Cnn14 {
        Cnn14 {
            config,
            source,
            threads: Threads::shared(),
        }
    }

    /// Listens to stretches of 32 frames, 9,920 samples, at least. `seen` is shown what is computed of each on the way:
    /// `log_mel` `[frames, 64]`, `block.1` to `block.6` `[channels, frames, bins]`.
    pub(super) fn hear(
        &self,
        stretches: &[Vec<f32>],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Tagged, ModelError> {
        let (source, threads, config) = (&*self.source, &*self.threads, &self.config);
        let front = LogMel::load(source, "", HOP)?;
        let mut maps = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            let mut values = front.decibels(stretch)?;
            seen("log_mel", &values);
            for (index, value) in values.iter_mut().enumerate() {
                *value = front.normal(index % MELS, *value);
            }
            maps.push(Map {
                frames: values.len() / MELS,
                bins: MELS,
                values,
            });
        }
        for block in 0..BLOCKS {
            let outputs = config.channels[block];
            for (index, inputs) in [(1, config.inputs(block)), (2, outputs)] {
                let names = [convolution(block, index), batch_norm(block, index)];
                let layer = Convolution::load(source, names, [outputs, inputs])?;
                for map in &mut maps {
                    *map = layer.of(threads, map);
                    if index == 2 {
                        // Frames and bins are as many after the last block as before.
                        if block + 1 < BLOCKS {
                            *map = map.halved();
                        }
                        seen(&format!("block.{}", block + 1), &map.values);
                    }
                }
            }
        }
        let heard: Vec<Vec<f32>> = maps.iter().map(Map::summary).collect();
        let embeddings = self.dense("fc1", config.embedding, &heard, |value| value.max(0.0))?;
        let sigmoid = |value: f32| 1.0 / (1.0 + (-value).exp());
        let probabilities = self.dense("fc_audioset", config.classes, &embeddings, sigmoid)?;
        Ok(Tagged {
            embeddings,
            probabilities,
        })
    }

    /// A dense layer with a bias, and what is done to each value after it.
    fn dense(
        &self,
        name: &str,
        outputs: usize,
        x: &[Vec<f32>],
        then: impl Fn(f32) -> f32 + Sync,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let inputs = x.first().map_or(0, Vec::len);
        let weights = self
            .source
            .floats(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.source.floats(&format!("{name}.bias"), &[outputs])?;
        let columns = Columns::pack(inputs, x.len(), |row, column| x[column][row]);
        let out = columns.times(&self.threads, &weights, |output, values| {
            values
                .iter_mut()
                .for_each(|value| *value = then(*value + bias[output]));
        });
        let of = |column: usize| out.iter().skip(column).step_by(x.len()).copied().collect();
        Ok((0..x.len()).map(of).collect())
    }
}
