//! Reading the layers of a band-mask network by the names of `training/model.py`.

use super::block::{Block, TAPS};
use super::config::BlockConfig;
use super::linear::Linear;
use super::patches::{Patches, Shape};
use crate::error::ModelError;
use crate::tensors::Tensors;

/// The tensors whose names begin in one way.
pub(super) struct Layers<'a> {
    weights: &'a dyn Tensors,
    prefix: &'static str,
}

impl<'a> Layers<'a> {
    pub(super) fn new(weights: &'a dyn Tensors, prefix: &'static str) -> Layers<'a> {
        Layers { weights, prefix }
    }

    pub(super) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        self.weights.floats(&format!("{}{name}", self.prefix), shape)
    }

    /// The layer `name`.
    pub(super) fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
        self.in_pieces(name, outputs, &[inputs], 1)
    }

    /// A convolution of `shape`.
    pub(super) fn patches(&self, name: &str, outputs: usize, shape: Shape) -> Result<Patches, ModelError> {
        let inputs = [shape.taps, shape.width, shape.channels];
        Ok(Patches::new(
            self.in_pieces(name, outputs, &inputs, shape.taps)?,
            shape,
        ))
    }

    /// A block on steps of so many rows and channels; one that a query steers hears `query` values of it.
    pub(super) fn block(
        &self,
        name: &str,
        config: BlockConfig,
        [rows, channels]: [usize; 2],
        query: usize,
    ) -> Result<Block, ModelError> {
        let film = || self.linear(&format!("{name}.film"), 2 * channels, query);
        Ok(Block {
            config,
            rows,
            conv: self.in_pieces(&format!("{name}.conv"), channels, &[TAPS * channels], TAPS)?,
            out: self.linear(&format!("{name}.out"), channels, channels)?,
            gain: self.floats(&format!("{name}.norm.gain"), &[channels])?,
            film: config.film.then(film).transpose()?,
        })
    }

    /// A layer whose weight is `[outputs, inputs…]`, for inputs that lie in so many pieces of one length.
    fn in_pieces(
        &self,
        name: &str,
        outputs: usize,
        inputs: &[usize],
        pieces: usize,
    ) -> Result<Linear, ModelError> {
        let shape: Vec<usize> = [outputs].iter().chain(inputs).copied().collect();
        let weight = self.floats(&format!("{name}.weight"), &shape)?;
        let bias = self.floats(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear::in_pieces(pieces, &weight, bias))
    }
}
