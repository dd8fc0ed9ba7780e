//! The network's weights, and what is needed to compute with them.

use std::sync::Arc;

use candle_nn::VarBuilder;
use earmark_kernels::{Format, Isa, Threads};

use super::graph::Graph;
use super::precision::Formats;
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
    formats: Formats,
    pub(super) threads: Arc<Threads>,
    /// Memory of streams that have ended, for those that begin.
    pub(super) spare: Spare,
}

impl StreamingNet {
    pub(super) fn in_formats(
        config: ResUNetConfig,
        weights: &VarBuilder,
        isa: Isa,
        formats: Formats,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        let graph = Graph::new(&config);
        let weights = Weights::load(&config, &graph, weights, (isa, formats), &threads)
            .map_err(crate::resunet::net::refused)?;
        Ok(StreamingNet {
            config,
            weights,
            isa,
            formats,
            threads,
            spare: Spare::new(graph.maps.len()),
            graph,
        })
    }

    /// What its deep layers multiply in.
    pub fn format(&self) -> Format {
        self.formats.deep
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
