//! A network on a card, shared by all streams.

use std::sync::Arc;

use candle_core::Device;
use candle_nn::VarBuilder;
use earmark_gpu::{Card, GpuError};
use parking_lot::Mutex;

use super::stream::CardBackend;
use super::weights::{Layer, Weights};
use crate::error::ModelError;
use crate::resunet::builder::builder;
use crate::resunet::config::ResUNetConfig;
use crate::resunet::keeper::{ColumnGraph, ColumnStream};
use crate::resunet::streaming::graph::Graph;
use crate::resunet::streaming::schedule::{Turns, endless_capacities};
use crate::resunet::streaming::state::State;
use crate::resunet::streaming::stream::Stream;
use crate::resunet::streaming::{StreamSettings, Streaming};
use crate::separator::{Condition, DeviceWork};
use crate::tensors::Tensors;

/// A ResUNet's weights on a graphics card; see [`OnCard`](super::OnCard) for running it.
pub struct CardNet {
    pub(super) card: Arc<Card>,
    pub(super) config: ResUNetConfig,
    pub(super) graph: Graph,
    pub(super) weights: Weights,
    /// Columns of each map that a stream keeps, of the settings that were asked for so far.
    capacities: Mutex<Vec<(StreamSettings, Arc<[usize]>)>>,
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
            capacities: Mutex::default(),
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

    /// Columns of each map that a stream keeps.
    pub(super) fn capacities(&self, settings: StreamSettings) -> Arc<[usize]> {
        let mut known = self.capacities.lock();
        if let Some((_, capacities)) = known.iter().find(|(other, _)| *other == settings) {
            return capacities.clone();
        }
        let StreamSettings {
            hop, lookahead, halo, ..
        } = settings;
        let capacities: Arc<[usize]> =
            endless_capacities(&self.graph, hop, lookahead, halo, Turns::Whole).into();
        known.push((settings, capacities.clone()));
        capacities
    }

    /// A stream of it.
    pub(super) fn stream_of(
        self: &Arc<Self>,
        conditions: &[Condition],
        settings: StreamSettings,
    ) -> Result<Stream<CardBackend>, ModelError> {
        let spec = Streaming::spec_of("", "", &self.config, settings);
        spec.check(conditions)?;
        let capacities = self.capacities(settings);
        let backend =
            CardBackend::new(self.clone(), conditions, settings.hop, &capacities).map_err(refused)?;
        Ok(Stream::new(
            &spec,
            State::new(backend, settings.halo, Turns::Whole),
        ))
    }

    /// Bytes of its weights in the card's memory.
    pub fn bytes(&self) -> usize {
        self.weights.layers.iter().map(Layer::bytes).sum()
    }
}

/// A network that all streams on a card share.
pub struct CardGraph(pub Arc<CardNet>);

impl ColumnGraph for CardGraph {
    fn stream(
        &self,
        conditions: &[Condition],
        settings: StreamSettings,
    ) -> Result<Box<dyn ColumnStream>, ModelError> {
        Ok(Box::new(self.0.stream_of(conditions, settings)?))
    }

    fn work(&self, settings: StreamSettings) -> Option<DeviceWork> {
        self.0.work(settings).ok()
    }
}

/// A card that does not do what it was asked for.
pub(super) fn refused(error: GpuError) -> ModelError {
    ModelError::Device {
        name: "The graphics card".into(),
        reason: error.to_string(),
    }
}
