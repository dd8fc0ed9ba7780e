//! The frames that a network computed on windows has to be given.

use std::ops::Range;

use num_complex::Complex32;

use crate::mask;
use crate::separator::SeparatorSpec;

/// A block of new frames, as many after the one to be answered as the spec looks ahead, and at least `context` before it.
///
/// Windows begin on the grid of the time pooling as counted from frame 0, so that masks equal those of the whole signal
/// where context and lookahead cover the receptive field, and the network's zero padding stands at frame 0 as it does there.
pub struct Window {
    bins: usize,
    block: usize,
    lookahead: usize,
    context: usize,
    pooling: usize,
    /// Magnitudes of the frames from `first` on that have been read, `[frames, bins]`.
    kept: Vec<f32>,
    first: usize,
    /// Frames handed over, those beyond the signal's end too.
    read: usize,
    /// Frames of the whole signal.
    end: usize,
}

/// Masks that a block brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The frames whose masks they are.
    pub(super) frames: Range<usize>,
    /// The same, counted from the window's first frame.
    pub(super) rows: Range<usize>,
    /// The first frame's place in the block of masks.
    pub(super) at: usize,
}

impl Due {
    /// Writes the masks of each query's logits, `[3, rows, bins − 1]`, into their places in a block, `[queries, block,
    /// bins]`.
    pub(super) fn fill(&self, logits: &[Vec<f32>], masks: &mut [Complex32], bins: usize) {
        let rows = self.rows.len();
        let block = masks.len() / logits.len();
        for (logits, masks) in logits.iter().zip(masks.chunks_exact_mut(block)) {
            let masks = &mut masks[self.at * bins..][..rows * bins];
            mask::from_logit_planes(logits, rows, 0, masks, bins);
        }
    }
}

impl Window {
    pub(super) fn new(spec: &SeparatorSpec, context: usize, pooling: usize) -> Window {
        let bins = spec.stft.bins();
        let longest = context + pooling + spec.lookahead + 2 * spec.block;
        Window {
            bins,
            block: spec.block,
            lookahead: spec.lookahead,
            context,
            pooling,
            kept: Vec::with_capacity(longest * bins),
            first: 0,
            read: 0,
            end: usize::MAX,
        }
    }

    /// Reads a block and tells which masks it brings, if any.
    pub(super) fn read(&mut self, magnitudes: &[f32]) -> Option<Due> {
        let count = self.block.min(self.end.saturating_sub(self.read));
        self.read += self.block;
        let owed = self.owed();
        let at = self.block - owed.len();
        let frames = owed.start..owed.end.min(self.end);
        let start = self.start(owed.start, self.context);
        self.kept
            .drain(..((start - self.first) * self.bins).min(self.kept.len()));
        self.kept.extend_from_slice(&magnitudes[..count * self.bins]);
        self.first = start;
        let rows = frames.start - start..frames.end.saturating_sub(start);
        (!frames.is_empty()).then_some(Due { frames, rows, at })
    }

    /// The frames whose masks the block that was read last is to bring, those beyond the signal's end too.
    pub(super) fn owed(&self) -> Range<usize> {
        (self.read - self.block).saturating_sub(self.lookahead)..self.read.saturating_sub(self.lookahead)
    }

    /// Where a window begins that has `context` frames before `frame`.
    fn start(&self, frame: usize, context: usize) -> usize {
        (frame.saturating_sub(context) / self.pooling * self.pooling).max(self.first)
    }

    /// The window's magnitudes, `[frames, bins]`.
    pub(super) fn magnitudes(&self) -> &[f32] {
        &self.kept
    }

    /// Magnitudes from `context` frames before `frame` on, as far as they are kept, and the first one's number.
    pub(super) fn since(&self, frame: usize, context: usize) -> (usize, &[f32]) {
        let start = self.start(frame, context);
        (start, &self.kept[(start - self.first) * self.bins..])
    }

    /// Bins of a frame.
    pub(super) fn bins(&self) -> usize {
        self.bins
    }

    /// Frames handed over.
    pub(super) fn frames(&self) -> usize {
        self.read
    }

    /// Frames of the whole signal, where that is known.
    pub(super) fn end(&self) -> Option<usize> {
        Some(self.end).filter(|&end| end != usize::MAX)
    }

    /// See [`MaskStream::end_after`](crate::MaskStream::end_after).
    pub(super) fn end_after(&mut self, frames: usize) {
        self.end = self.read + frames;
    }

    pub(super) fn reset(&mut self) {
        self.kept.clear();
        (self.first, self.read, self.end) = (0, 0, usize::MAX);
    }
}
