//! The network on a card as a [`Separator`].

use std::sync::Arc;

use earmark_gpu::Ring;

use super::net::CardNet;
use crate::error::ModelError;
use crate::resunet::streaming::{StreamSettings, Streaming};
use crate::separator::{Condition, DeviceWork, MaskStream, Separator, SeparatorSpec};

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

    fn device_work(&self) -> Option<DeviceWork> {
        self.net.work(self.settings).ok()
    }

    fn computed_on(&self) -> String {
        self.net.card.info().name.clone()
    }
}
