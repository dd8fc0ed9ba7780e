//! A stream's maps on a card.

use std::ops::Range;
use std::sync::Arc;

use earmark_gpu::{Download, Entry, GpuError, Recording, Ring, Vector};
use num_complex::Complex32;

use super::bound::Query;
use super::net::{CardNet, refused};
use crate::error::ModelError;
use crate::resunet::streaming::backend::Backend;
use crate::resunet::streaming::graph::Graph;
use crate::resunet::streaming::net::FLOOR;
use crate::resunet::streaming::schedule::{Schedule, Step, Task};
use crate::separator::Condition;

/// The [`Backend`] on a graphics card. A step is one recording; while the card computes it, others can be begun.
pub(super) struct CardBackend {
    net: Arc<CardNet>,
    magnitudes: Vector,
    entry: Entry,
    queries: Vec<Query>,
    answers: Download,
    /// A step has been begun whose answers are not here yet.
    pending: bool,
    /// Frames whose masks are here.
    answered: Range<usize>,
    /// `[queries, answered, bins]`, each a real and an imaginary part.
    masks: Vec<f32>,
}

impl CardBackend {
    /// For blocks of at most `block` frames, with room for so many columns of each map.
    pub(super) fn new(
        net: Arc<CardNet>,
        conditions: &[Condition],
        block: usize,
        capacities: &[usize],
    ) -> Result<CardBackend, GpuError> {
        let (card, bins) = (&*net.card, net.config.stft.bins());
        let values = block * bins;
        let magnitudes = Vector::zeros(card, values)?;
        let answers = Download::new(card, 2 * conditions.len() * values)?;
        let map = net.graph.maps[0];
        let input = Ring::new(card, capacities[0], map.bins, map.channels)?;
        let weights = &net.weights;
        let entry = Entry::new(card, &magnitudes, &weights.normal, &weights.stem, &input);
        let queries = conditions
            .iter()
            .map(|condition| Query::new(&net, condition, capacities, &input, &answers))
            .collect::<Result<_, _>>()?;
        Ok(CardBackend {
            magnitudes,
            entry,
            queries,
            answers,
            pending: false,
            answered: 0..0,
            masks: Vec::with_capacity(2 * conditions.len() * values),
            net,
        })
    }

    /// Waits for the step that was begun.
    fn settle(&mut self) -> Result<(), ModelError> {
        if std::mem::take(&mut self.pending) {
            let values = 2 * self.queries.len() * self.answered.len() * self.net.config.stft.bins();
            self.masks.resize(values, 0.0);
            self.answers
                .read(&self.net.card, &mut self.masks)
                .map_err(refused)?;
        }
        Ok(())
    }

    /// What the card has to do for a step.
    pub(super) fn record(&self, schedule: &Schedule, step: &Step, frames: usize) -> Recording {
        let mut recording = Recording::new();
        for task in step.turns.iter().flatten() {
            if let Task::Input { columns, first } = task {
                // Whole turns read all that is new at once.
                let frames = frames.saturating_sub(*first);
                self.entry
                    .record(&self.net.card, &mut recording, columns.clone(), frames, FLOOR);
            }
        }
        for (index, query) in self.queries.iter().enumerate() {
            let before = index * step.answered.len();
            query.record(&self.net, &mut recording, schedule, step, before);
        }
        recording
    }
}

impl Backend for CardBackend {
    fn graph(&self) -> &Graph {
        &self.net.graph
    }

    fn queries(&self) -> usize {
        self.queries.len()
    }

    fn compute(&mut self, schedule: &Schedule, step: &Step, magnitudes: &[f32]) -> Result<(), ModelError> {
        self.settle()?;
        self.magnitudes.write(&self.net.card, magnitudes);
        let frames = magnitudes.len() / self.net.config.stft.bins();
        let recording = self.record(schedule, step, frames);
        self.net.card.submit(&recording, &self.answers).map_err(refused)?;
        self.answered = step.answered.clone();
        self.pending = true;
        Ok(())
    }

    fn masks(&mut self, query: usize, frame: usize, masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.settle()?;
        let row = query * self.answered.len() + frame - self.answered.start;
        let values = &self.masks[2 * row * masks.len()..];
        for (mask, value) in masks.iter_mut().zip(values.chunks_exact(2)) {
            *mask = Complex32::new(value[0], value[1]);
        }
        Ok(())
    }

    fn clear(&mut self) {
        // What a card still computes is of no use to anybody, but its answers must be taken.
        let _ = self.settle();
    }
}
