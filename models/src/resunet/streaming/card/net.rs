//! A network on a card, shared by all streams.

use std::sync::Arc;

use candle_core::Device;
use candle_nn::VarBuilder;
use earmark_gpu::{Card, GpuError};

use super::weights::{Layer, Weights};
use crate::error::ModelError;
use crate::resunet::builder::builder;
use crate::resunet::config::ResUNetConfig;
use crate::resunet::streaming::graph::Graph;
use crate::tensors::Tensors;

/// A ResUNet's weights on a graphics card; see [`OnCard`](super::OnCard) for running it.
pub struct CardNet {
    pub(super) card: Arc<Card>,
    pub(super) config: ResUNetConfig,
    pub(super) graph: Graph,
    pub(super) weights: Weights,
}

impl CardNet {
    /// Takes the weights from `tensors`, by the official names without prefix, in single precision.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config; [`ModelError::Device`] when the card has
    /// no room for them.
    pub fn read(
        card: Arc<Card>,
        config: ResUNetConfig,
        tensors: Box<dyn Tensors>,
    ) -> Result<CardNet, ModelError> {
        CardNet::load(card, config, &builder(tensors, &Device::Cpu))
    }

    /// Takes the weights from `weights`, by the official names without prefix.
    ///
    /// # Errors
    /// As [`CardNet::read`].
    pub fn load(card: Arc<Card>, config: ResUNetConfig, weights: &VarBuilder) -> Result<CardNet, ModelError> {
        config.check()?;
        let graph = Graph::new(&config);
        let weights = Weights::load(&card, &config, &graph, weights)?;
        Ok(CardNet {
            card,
            config,
            graph,
            weights,
        })
    }

    /// Its shape.
    pub fn config(&self) -> &ResUNetConfig {
        &self.config
    }

    /// The card that it is on.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Bytes of its weights in the card's memory.
    pub fn bytes(&self) -> usize {
        self.weights.layers.iter().map(Layer::bytes).sum()
    }
}

/// A card that does not do what it was asked for.
pub(super) fn refused(error: GpuError) -> ModelError {
    ModelError::Device {
        name: "The graphics card".into(),
        reason: error.to_string(),
    }
}
