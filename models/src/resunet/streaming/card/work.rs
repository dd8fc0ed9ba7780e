//! What a stream costs a card, counted from what it would be told.

use std::sync::Arc;

use super::net::{CardNet, refused};
use super::stream::CardBackend;
use crate::error::ModelError;
use crate::resunet::streaming::StreamSettings;
use crate::resunet::streaming::schedule::{Schedule, Turns, endless};
use crate::separator::{Condition, DeviceWork};

/// Cells of the pooling over which the work is counted, the last of a stream that has long settled: whatever the hop, about
/// whole ones.
const CELLS: usize = 10;

impl CardNet {
    /// Records the steps of a steady state, which the card never gets.
    ///
    /// # Errors
    /// [`ModelError::Device`] when the card has no room for a stream.
    pub(super) fn work(self: &Arc<Self>, settings: StreamSettings) -> Result<DeviceWork, ModelError> {
        let condition = Condition {
            encoder: self.config.encoder,
            values: vec![0.0; self.config.condition_size].into(),
        };
        let StreamSettings {
            hop, lookahead, halo, ..
        } = settings;
        let capacities = self.capacities(settings);
        let backend = CardBackend::new(self.clone(), &[condition], hop, &capacities).map_err(refused)?;
        let mut schedule = Schedule::new(&self.graph, halo, Turns::Whole);
        let pushes = endless(&self.graph, hop, lookahead);
        let steps = (CELLS * self.graph.pooling).div_ceil(hop);
        let steady = pushes.len() - steps;
        let (mut dispatches, mut products, mut frames) = (0, 0, 0);
        for (index, push) in pushes.into_iter().enumerate() {
            let step = schedule.step(&self.graph, push);
            if index >= steady {
                let recording = backend.record(&schedule, &step, push.count);
                dispatches = dispatches.max(recording.dispatches());
                products += recording.products();
                frames += push.count;
            }
        }
        let once = self.graph.products_per_frame() * frames as f64;
        Ok(DeviceWork {
            dispatches,
            factor: products as f64 / once,
        })
    }
}
