//! A batch of queries on one signal.

use std::sync::Arc;

use num_complex::Complex32;

use super::config::{BINS, CELL};
use super::net::Net;
use super::state::State;
use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, SeparatorSpec};

/// The mask of the bins that the network does not read: the published code pads its logits with 0.
const UNREAD: Complex32 = Complex32::new(0.5, 0.0);

pub(super) struct LassStream {
    spec: SeparatorSpec,
    net: Arc<Net>,
    queries: Vec<State>,
    /// Frames handed over, those beyond the signal's end too.
    read: usize,
    /// Frames of the whole signal, where that is known.
    end: Option<usize>,
    logits: Vec<f32>,
}

impl LassStream {
    pub(super) fn new(spec: SeparatorSpec, net: Arc<Net>, conditions: &[Condition]) -> LassStream {
        LassStream {
            queries: conditions
                .iter()
                .map(|condition| State::new(&net, condition))
                .collect(),
            spec,
            net,
            read: 0,
            end: None,
            logits: vec![0.0; BINS],
        }
    }
}

impl MaskStream for LassStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.queries.len(), magnitudes, masks)?;
        // Before the first frame and after the last there is nothing to mask.
        masks.fill(Complex32::default());
        let SeparatorSpec { block, lookahead, .. } = self.spec;
        let bins = self.spec.stft.bins();
        let count = self
            .end
            .map_or(block, |end| end.saturating_sub(self.read).min(block));
        let total = self.end.map(|end| end.next_multiple_of(CELL));
        let first = self.read;
        self.read += block;
        let owed = self.read.saturating_sub(lookahead);
        let due = first.saturating_sub(lookahead)..owed.min(self.end.unwrap_or(owed));
        for (state, masks) in self.queries.iter_mut().zip(masks.chunks_exact_mut(block * bins)) {
            let frames = magnitudes.chunks_exact(bins).take(count);
            // Of the last cell the network reads silence where the signal has ended.
            state.read(frames, total.map_or(0, |total| total.min(self.read)));
            state.advance(&self.net, total, &mut |_, _| ());
            debug_assert!(state.end(&self.net) >= due.end, "every mask that is due");
            for frame in due.clone() {
                state.logits(&self.net, frame, &mut self.logits);
                let at = frame + lookahead - first;
                let (masks, unread) = masks[at * bins..][..bins].split_at_mut(BINS);
                for (mask, logit) in masks.iter_mut().zip(&self.logits) {
                    *mask = Complex32::new(1.0 / (1.0 + (-logit).exp()), 0.0);
                }
                unread.fill(UNREAD);
            }
            state.heard(&self.net, due.end);
        }
        Ok(())
    }

    fn end_after(&mut self, frames: usize) {
        self.end = Some(self.read + frames);
    }

    fn reset(&mut self) {
        (self.read, self.end) = (0, None);
        self.queries.iter_mut().for_each(State::reset);
    }
}
