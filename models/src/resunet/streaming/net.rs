//! The network's weights, and what is needed to compute with them.

use std::sync::Arc;

use candle_nn::VarBuilder;
use earmark_kernels::{Format, Isa, Threads};

use super::graph::Graph;
use super::spare::Spare;
use super::weights::{Layer, Weights};
use crate::error::ModelError;
use crate::resunet::config::ResUNetConfig;

/// The floor of the published transform: magnitudes never reach 0.
pub(in crate::resunet) const FLOOR: f32 = 1e-5;

/// A ResUNet's weights on our own kernels; see [`Streaming`](super::Streaming) for running it.
pub struct StreamingNet {
    pub(super) config: ResUNetConfig,
    pub(super) graph: Graph,
    pub(super) weights: Weights,
    pub(super) isa: Isa,
    format: Format,
    pub(super) threads: Arc<Threads>,
    /// Memory of streams that have ended, for those that begin.
    pub(super) spare: Spare,
}

impl StreamingNet {
    pub(super) fn in_format(
        config: ResUNetConfig,
        weights: &VarBuilder,
        isa: Isa,
        format: Format,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        let graph = Graph::new(&config);
        let weights = Weights::load(&config, &graph, weights, (isa, format), &threads)
            .map_err(crate::resunet::net::refused)?;
        Ok(StreamingNet {
            config,
            weights,
            isa,
            format,
            threads,
            spare: Spare::new(graph.maps.len()),
            graph,
        })
    }

    /// What its deep layers multiply in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Its shape.
    pub fn config(&self) -> &ResUNetConfig {
        &self.config
    }

    /// Bytes of its weights in memory.
    pub fn bytes(&self) -> usize {
        self.weights.layers.iter().map(Layer::bytes).sum()
    }
}
