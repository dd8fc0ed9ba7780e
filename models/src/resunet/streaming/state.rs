//! Where a batch of queries on one signal stands, and its steps.

use std::ops::Range;

use super::backend::Backend;
use super::schedule::{Halo, Push, Schedule, Turns};
use crate::error::ModelError;

/// A schedule, and what carries it out.
pub(super) struct State<B> {
    schedule: Schedule,
    pub(super) backend: B,
}

impl<B: Backend> State<B> {
    pub(super) fn new(backend: B, halo: Halo, turns: Turns) -> State<B> {
        State {
            schedule: Schedule::new(backend.graph(), halo, turns),
            backend,
        }
    }

    /// See [`MaskStream::skip_first`](crate::MaskStream::skip_first).
    pub(super) fn skip_first(&mut self, frames: usize) {
        self.schedule.skip_first(frames);
    }

    pub(super) fn reset(&mut self) {
        self.schedule.reset();
        self.backend.clear();
    }

    /// Frames read so far.
    pub(super) fn read(&self) -> usize {
        self.schedule.read()
    }

    /// Makes a step that reads `magnitudes`, `[push.count, bins]`, and tells which frames' masks are new.
    ///
    /// # Errors
    /// [`ModelError::Compute`] when a device fails.
    pub(super) fn push(&mut self, magnitudes: &[f32], push: Push) -> Result<Range<usize>, ModelError> {
        let step = self.schedule.step(self.backend.graph(), push);
        self.backend.compute(&self.schedule, &step, magnitudes)?;
        Ok(step.answered)
    }
}
