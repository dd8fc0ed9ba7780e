//! What a stream keeps, and its steps.

use std::ops::Range;
use std::sync::Arc;

use earmark_kernels::Activation;

use super::columns::MapColumns;
use super::maps::FeatureMap;
use super::net::StreamingNet;
use super::schedule::{Halo, Push, Schedule};
use crate::separator::Condition;

/// The state of a batch of queries on one signal.
pub(super) struct State {
    net: Arc<StreamingNet>,
    /// `[query][operation][map read]`.
    activations: Vec<Vec<Vec<Activation>>>,
    schedule: Schedule,
    maps: Vec<FeatureMap>,
    /// Of one frame under one query.
    logits: Vec<f32>,
}

impl State {
    /// With room for so many columns of each map.
    pub(super) fn new(
        net: Arc<StreamingNet>,
        conditions: &[Condition],
        halo: Halo,
        capacities: &[usize],
    ) -> State {
        State {
            activations: conditions.iter().map(|condition| net.fold(condition)).collect(),
            schedule: Schedule::new(&net.graph, halo),
            maps: net.spare.take(&net.graph.maps, capacities, conditions.len()),
            logits: vec![0.0; net.logits_size()],
            net,
        }
    }

    /// See [`MaskStream::skip_first`](crate::MaskStream::skip_first).
    pub(super) fn skip_first(&mut self, frames: usize) {
        self.schedule.skip_first(frames);
    }

    pub(super) fn reset(&mut self) {
        self.schedule.reset();
        self.maps
            .iter_mut()
            .flat_map(FeatureMap::iter_mut)
            .for_each(MapColumns::clear);
    }

    /// Leaves its maps to the next stream of the same settings.
    pub(super) fn give_back(&mut self) {
        self.net.spare.keep(std::mem::take(&mut self.maps));
    }

    /// Queries of the batch.
    pub(super) fn queries(&self) -> usize {
        self.activations.len()
    }

    /// Frames read so far.
    pub(super) fn read(&self) -> usize {
        self.schedule.read()
    }

    /// Makes a step that reads `magnitudes`, `[push.count, bins]`, and tells which frames' masks are new.
    pub(super) fn push(&mut self, magnitudes: &[f32], push: Push) -> Range<usize> {
        let step = self.schedule.step(&self.net.graph, push);
        self.net.compute(
            &mut self.maps,
            &self.activations,
            &self.schedule,
            &step,
            magnitudes,
        );
        step.answered
    }

    /// The logits of a frame that is ready under a query, `[bins − 1, stride]` and the stride.
    pub(super) fn logits(&mut self, query: usize, frame: usize) -> (&[f32], usize) {
        let last = self.maps[self.net.graph.last].under(query);
        self.net.logits_of(last, frame, &mut self.logits);
        (&self.logits, self.net.logits_stride())
    }
}
