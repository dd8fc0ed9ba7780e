//! What keeps the columns of a stream's maps and computes them: the seam between *when* ([`Schedule`]) and *where*.

use num_complex::Complex32;

use super::graph::Graph;
use super::schedule::{Schedule, Step};
use crate::error::ModelError;

/// The maps of one stream under each of its queries, and what computes their columns. It never decides which: a step says
/// that.
pub(super) trait Backend: Send {
    /// The network's operations.
    fn graph(&self) -> &Graph;

    /// Queries of the stream.
    fn queries(&self) -> usize;

    /// Computes a step that `schedule` has just planned, under every query, or begins to. `magnitudes` are those of the
    /// frames that it reads, `[frames, bins]`.
    ///
    /// # Errors
    /// [`ModelError::Compute`] when a device fails.
    fn compute(&mut self, schedule: &Schedule, step: &Step, magnitudes: &[f32]) -> Result<(), ModelError>;

    /// Writes the masks, `[bins]`, of a frame that the last step answered; waits for it where it was only begun.
    ///
    /// # Errors
    /// [`ModelError::Compute`] when a device fails.
    fn masks(&mut self, query: usize, frame: usize, masks: &mut [Complex32]) -> Result<(), ModelError>;

    /// Forgets all columns.
    fn clear(&mut self);
}
