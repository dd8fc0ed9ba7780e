//! A stream of masks, wherever it is computed.

use std::ops::Range;

use num_complex::Complex32;

use super::backend::Backend;
use super::schedule::Push;
use super::state::State;
use crate::error::ModelError;
use crate::separator::{MaskStream, SeparatorSpec};

/// A schedule's blocks, carried out by a backend.
pub(super) struct Stream<B> {
    spec: SeparatorSpec,
    state: State<B>,
    /// Frames handed over, those beyond the signal's end too.
    pushed: usize,
    /// Frames of the whole signal.
    end: usize,
    /// Frames that the block brings that was begun last.
    ready: Range<usize>,
}

impl<B: Backend> Stream<B> {
    /// At its beginning.
    pub(super) fn new(spec: &SeparatorSpec, state: State<B>) -> Stream<B> {
        Stream {
            spec: spec.clone(),
            state,
            pushed: 0,
            end: usize::MAX,
            ready: 0..0,
        }
    }

    /// Reads a block, and begins to compute it.
    fn begin(&mut self, magnitudes: &[f32]) -> Result<(), ModelError> {
        let count = self.spec.block.min(self.end - self.state.read());
        self.pushed += self.spec.block;
        let push = Push {
            count,
            until: self.pushed.saturating_sub(self.spec.lookahead),
            ended: count == 0,
        };
        let read = &magnitudes[..count * self.spec.stft.bins()];
        self.ready = self.state.push(read, push)?;
        Ok(())
    }

    /// Writes the masks of the block that was begun last.
    fn finish(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError> {
        for (row, masks) in masks.chunks_exact_mut(self.spec.stft.bins()).enumerate() {
            let (query, row) = (row / self.spec.block, row % self.spec.block);
            let frame = (self.pushed - self.spec.block + row).checked_sub(self.spec.lookahead);
            match frame.filter(|frame| self.ready.contains(frame)) {
                Some(frame) => self.state.backend.masks(query, frame, masks)?,
                // Before the first frame and after the last there is nothing to mask.
                None => masks.fill(Complex32::default()),
            }
        }
        Ok(())
    }
}

impl<B: Backend> MaskStream for Stream<B> {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec
            .check_block(self.state.backend.queries(), magnitudes, masks)?;
        self.begin(magnitudes)?;
        self.finish(masks)
    }

    fn skip_first(&mut self, frames: usize) {
        self.state.skip_first(frames);
    }

    fn end_after(&mut self, frames: usize) {
        self.end = self.state.read() + frames;
    }

    fn reset(&mut self) {
        (self.pushed, self.end) = (0, usize::MAX);
        self.state.reset();
    }
}

#[cfg(feature = "gpu")]
impl<B: Backend> crate::resunet::keeper::ColumnStream for Stream<B> {
    fn begin(&mut self, magnitudes: &[f32]) -> Result<(), ModelError> {
        Stream::begin(self, magnitudes)
    }

    fn finish(&mut self, masks: &mut [Complex32]) -> Result<(), ModelError> {
        Stream::finish(self, masks)
    }

    fn skip_first(&mut self, frames: usize) {
        MaskStream::skip_first(self, frames);
    }

    fn end_after(&mut self, frames: usize) {
        MaskStream::end_after(self, frames);
    }

    fn reset(&mut self) {
        MaskStream::reset(self);
    }
}
