//! The network on a card as a [`Separator`].

use std::sync::Arc;

use earmark_gpu::Ring;

use super::net::{CardNet, refused};
use super::stream::CardBackend;
use crate::error::ModelError;
use crate::resunet::streaming::schedule::{Schedule, Turns, endless};
use crate::resunet::streaming::{StreamSettings, Streaming};
use crate::separator::{Condition, MaskStream, Separator, SeparatorSpec};

/// A [`CardNet`] run live, without the processor behind it.
pub struct OnCard {
    spec: SeparatorSpec,
    net: Arc<CardNet>,
    settings: StreamSettings,
}

impl OnCard {
    /// Runs `net`, called `id`, whose weights file hashes to `sha256`.
    ///
    /// # Errors
    /// [`ModelError::Block`] when the hop is 0.
    pub fn new(
        id: &str,
        sha256: &str,
        net: Arc<CardNet>,
        settings: StreamSettings,
    ) -> Result<OnCard, ModelError> {
        if settings.hop == 0 {
            return Err(ModelError::Block {
                given: 0,
                pooling: net.config().time_pooling(),
            });
        }
        Ok(OnCard {
            spec: Streaming::spec_of(id, sha256, net.config(), settings),
            settings,
            net,
        })
    }

    /// What the card has to do in a steady state under one query.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the card has no room for a stream.
    pub fn load(&self) -> Result<CardLoad, ModelError> {
        let condition = Condition {
            encoder: self.spec.encoder,
            values: vec![0.0; self.spec.condition_size].into(),
        };
        let graph = &self.net.graph;
        let capacities = self.net.capacities(self.settings);
        let backend = CardBackend::new(self.net.clone(), &[condition], self.spec.block, &capacities)
            .map_err(refused)?;
        let mut schedule = Schedule::new(graph, self.settings.halo, Turns::Whole);
        let pushes = endless(graph, self.spec.block, self.spec.lookahead);
        // As many as make whole cells of the pooling: their steps repeat themselves.
        let steps = graph.pooling;
        let (mut dispatches, mut products) = (0, 0);
        let steady = pushes.len() - steps;
        for (index, push) in pushes.into_iter().enumerate() {
            let step = schedule.step(graph, push);
            if index >= steady {
                let recording = backend.record(&schedule, &step, push.count);
                dispatches = dispatches.max(recording.dispatches());
                products += recording.products();
            }
        }
        let once = graph.products_per_frame() * (steps * self.spec.block) as f64;
        Ok(CardLoad {
            dispatches,
            factor: products as f64 / once,
        })
    }
}

/// What a stream costs a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardLoad {
    /// Dispatches of a step, at most.
    pub dispatches: usize,
    /// Multiplications over those of the network when every column is computed once: columns that are computed again before
    /// they are settled, and tiles that reach beyond their maps.
    pub factor: f64,
}

impl Separator for OnCard {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        let capacities = self.net.capacities(self.settings);
        let maps = self.net.graph.maps.iter().zip(&*capacities);
        let mut bytes = maps.map(|(map, &places)| Ring::bytes(places, map.bins, map.channels));
        // No query reaches the input.
        bytes.next().unwrap_or(0) + queries * bytes.sum::<usize>()
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        Ok(Box::new(self.net.stream_of(conditions, self.settings)?))
    }

    fn computed_on(&self) -> String {
        self.net.card.info().name.clone()
    }
}
