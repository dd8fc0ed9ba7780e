//! A stream's maps in memory, and our own kernels.

use std::sync::Arc;

use earmark_kernels::Activation;
use num_complex::Complex32;

use super::backend::Backend;
use super::columns::MapColumns;
use super::graph::Graph;
use super::maps::FeatureMap;
use super::mask;
use super::net::StreamingNet;
use super::schedule::{Schedule, Step};
use crate::error::ModelError;
use crate::separator::Condition;

/// The [`Backend`] that is always there.
pub(super) struct Processor {
    net: Arc<StreamingNet>,
    /// `[query][operation][map read]`.
    activations: Vec<Vec<Vec<Activation>>>,
    maps: Vec<FeatureMap>,
    /// Of one frame under one query.
    logits: Vec<f32>,
}

impl Processor {
    /// With room for so many columns of each map.
    pub(super) fn new(net: Arc<StreamingNet>, conditions: &[Condition], capacities: &[usize]) -> Processor {
        Processor {
            activations: conditions.iter().map(|condition| net.fold(condition)).collect(),
            maps: net.spare.take(&net.graph.maps, capacities, conditions.len()),
            logits: vec![0.0; net.logits_size()],
            net,
        }
    }

    /// The logits of a frame that is ready under a query, `[bins − 1, stride]` and the stride.
    pub(super) fn logits(&mut self, query: usize, frame: usize) -> (&[f32], usize) {
        let last = self.maps[self.net.graph.last].under(query);
        self.net.logits_of(last, frame, &mut self.logits);
        (&self.logits, self.net.logits_stride())
    }
}

impl Backend for Processor {
    fn graph(&self) -> &Graph {
        &self.net.graph
    }

    fn queries(&self) -> usize {
        self.activations.len()
    }

    fn compute(&mut self, schedule: &Schedule, step: &Step, magnitudes: &[f32]) -> Result<(), ModelError> {
        self.net
            .compute(&mut self.maps, &self.activations, schedule, step, magnitudes);
        Ok(())
    }

    fn masks(&mut self, query: usize, frame: usize, masks: &mut [Complex32]) -> Result<(), ModelError> {
        let (logits, stride) = self.logits(query, frame);
        mask::of_frame(logits, stride, masks);
        Ok(())
    }

    fn clear(&mut self) {
        self.maps
            .iter_mut()
            .flat_map(FeatureMap::iter_mut)
            .for_each(MapColumns::clear);
    }
}

impl Drop for Processor {
    /// Leaves its maps to the next stream of the same settings.
    fn drop(&mut self) {
        self.net.spare.keep(std::mem::take(&mut self.maps));
    }
}
