//! All weights, in the form that the kernels read.

use std::sync::Arc;

use earmark_kernels::{Activation, Buffer, Isa, Threads, padded};

use super::block::Block;
use super::config::LassConfig;
use super::graph::Graph;
use super::up::Up;
use crate::error::ModelError;
use crate::tensors::Tensors;

/// Under a variance, as PyTorch has it.
const EPSILON: f32 = 1e-5;

pub(super) struct Net {
    pub(super) graph: Graph,
    pub(super) isa: Isa,
    pub(super) threads: Arc<Threads>,
    pub(super) blocks: Vec<Block>,
    pub(super) ups: Vec<Up>,
    /// From the last map's channels to a logit.
    pub(super) after: (Vec<f32>, f32),
}

impl Net {
    pub(super) fn load(config: &LassConfig, tensors: &dyn Tensors) -> Result<Net, ModelError> {
        let (graph, isa) = (Graph::new(config), Isa::best());
        let block = |shape| Block::load(tensors, isa, shape, config.condition_size);
        Ok(Net {
            isa,
            threads: Threads::shared(),
            blocks: graph.blocks.iter().map(block).collect::<Result<_, _>>()?,
            ups: graph
                .ups
                .iter()
                .map(|shape| Up::load(tensors, isa, shape))
                .collect::<Result<_, _>>()?,
            after: (
                tensors.floats("after_conv2.weight", &[1, config.widths[0], 1, 1])?,
                tensors.floats("after_conv2.bias", &[1])?[0],
            ),
            graph,
        })
    }
}

/// An evaluated batch normalisation, `[channels]` each.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn load(tensors: &dyn Tensors, name: &str, channels: usize) -> Result<Norm, ModelError> {
        let values = |value: &str| tensors.floats(&format!("{name}.{value}"), &[channels]);
        let (weight, variance) = (values("weight")?, values("running_var")?);
        let scale = weight
            .iter()
            .zip(&variance)
            .map(|(weight, variance)| weight / (variance + EPSILON).sqrt());
        let scale: Vec<f32> = scale.collect();
        let (bias, mean) = (values("bias")?, values("running_mean")?);
        let shift = bias
            .iter()
            .zip(&mean)
            .zip(&scale)
            .map(|((bias, mean), scale)| bias - mean * scale);
        Ok(Norm {
            shift: shift.collect(),
            scale,
        })
    }

    /// Of maps that have so many of its channels each, one after the other. Channels of the padding stay 0.
    pub(super) fn activations(&self, maps: &[usize]) -> Vec<Activation> {
        let mut first = 0;
        let activation = |&channels: &usize| {
            let range = first..first + channels;
            first += channels;
            Activation {
                scale: widened(&self.scale[range.clone()]),
                shift: widened(&self.shift[range]),
            }
        };
        maps.iter().map(activation).collect()
    }

    /// Of one map to which so much is added first, to as many channels as there are values.
    pub(super) fn after(&self, added: &[f32]) -> Activation {
        let mut shift = widened(&self.shift);
        for ((shift, scale), added) in shift.iter_mut().zip(&self.scale).zip(added) {
            *shift += scale * added;
        }
        Activation {
            scale: widened(&self.scale),
            shift,
        }
    }
}

/// Padded with zeros to whole lines.
fn widened(values: &[f32]) -> Buffer {
    let mut buffer = Buffer::zeros(padded(values.len()));
    buffer[..values.len()].copy_from_slice(values);
    buffer
}
