//! A batch of queries on one signal, window after window.

use std::sync::Arc;

use num_complex::Complex32;

use super::config::{HALF, SIDE};
use super::net::{ClipSepNet, Work};
use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, SeparatorSpec};

/// Every block of frames ends a window that began with the block before. The masks of that block are then known from both windows
/// that it lies in.
pub(super) struct ClipSepStream {
    spec: SeparatorSpec,
    net: Arc<ClipSepNet>,
    /// What the maps count, for each query.
    weights: Vec<Vec<f32>>,
    work: Work,
    /// Magnitudes of the block before and of the newest, `[256, bins]`.
    window: Vec<f32>,
    /// The masks of the window's second half, `[queries, 128, bins]`.
    tail: Vec<f32>,
    /// The mask of a frame in the newer window, `[bins]`.
    mask: Vec<f32>,
    /// Blocks that were read: 0, 1 or more than that.
    read: usize,
}

impl ClipSepStream {
    pub(super) fn new(spec: SeparatorSpec, net: Arc<ClipSepNet>, conditions: &[Condition]) -> ClipSepStream {
        let bins = spec.stft.bins();
        let weights = conditions.iter().map(|condition| net.weights(&condition.values));
        ClipSepStream {
            weights: weights.collect(),
            work: net.work(),
            window: vec![0.0; SIDE * bins],
            tail: vec![0.0; conditions.len() * HALF * bins],
            mask: vec![0.0; bins],
            read: 0,
            spec,
            net,
        }
    }
}

impl MaskStream for ClipSepStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.weights.len(), magnitudes, masks)?;
        let bins = self.spec.stft.bins();
        let (before, newest) = self.window.split_at_mut(HALF * bins);
        before.copy_from_slice(newest);
        newest.copy_from_slice(magnitudes);
        self.read = (self.read + 1).min(3);
        if self.read == 1 {
            // Half of the first window.
            masks.fill(Complex32::default());
            return Ok(());
        }
        let is_first = self.read == 2;
        let maps = self.net.maps(&self.window, &mut self.work, &mut |_, _| ());
        let frame = maps.len() / SIDE;
        let queries = masks.chunks_exact_mut(HALF * bins);
        let queries = queries.zip(self.tail.chunks_exact_mut(HALF * bins));
        let mut logits = [0.0; SIDE];
        for ((masks, tail), weights) in queries.zip(&self.weights) {
            let frames = masks.chunks_exact_mut(bins).zip(tail.chunks_exact_mut(bins));
            for (index, (masks, tail)) in frames.enumerate() {
                let part = if is_first { 1.0 } else { share(index) };
                self.net
                    .logits(&maps[index * frame..][..frame], weights, &mut logits);
                self.net.mask(&logits, &mut self.mask);
                for ((mask, old), new) in masks.iter_mut().zip(&*tail).zip(&self.mask) {
                    *mask = Complex32::new((1.0 - part) * old + part * new, 0.0);
                }
                let later = HALF + index;
                self.net
                    .logits(&maps[later * frame..][..frame], weights, &mut logits);
                self.net.mask(&logits, tail);
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.read = 0;
        self.window.fill(0.0);
    }
}

/// How much the newer of two windows counts at a frame of their common half.
fn share(index: usize) -> f32 {
    let at = (index as f32 + 0.5) / HALF as f32 * std::f32::consts::FRAC_PI_2;
    at.sin() * at.sin()
}
