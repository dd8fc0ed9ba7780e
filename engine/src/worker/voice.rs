//! A query being heard, or about to be.

use std::sync::Arc;

use earmark_models::stft::Plan;
use earmark_models::{ModelError, Separator, SeparatorSpec};
use num_complex::Complex32;

use super::analysis::Analysis;
use super::choice::Choice;
use super::listener::Listener;
use super::shapes::Shapes;
use super::target::Target;
use crate::query::Query;

/// The mask streams of a query's sounds and what they make of the mixture.
pub(crate) struct Voice {
    query: Query,
    /// Kept alive, and told apart by its address.
    separator: Arc<dyn Separator>,
    listener: Listener,
    target: Target,
}

impl Voice {
    /// A voice that begins to read with frame `first`, a multiple of the step's frames, and is not heard before frame
    /// `heard`.
    pub(crate) fn new(
        separator: &Arc<dyn Separator>,
        spec: &SeparatorSpec,
        query: &Query,
        plan: &Plan,
        (channels, lanes): (usize, usize),
        (first, heard): (u64, u64),
    ) -> Result<Voice, ModelError> {
        let conditions = [&query.wanted[..], &query.unwanted].concat();
        let target = Target::new(spec, plan, Choice::alone(query), (channels, lanes), first);
        Ok(Voice {
            query: query.clone(),
            separator: separator.clone(),
            listener: Listener::new(&**separator, spec, &conditions, lanes, (first, heard))?,
            target: target.shaped(spec, plan),
        })
    }

    /// Says that the first frame to be read is the signal's first.
    pub(crate) fn begin(&mut self) {
        self.target.begin();
    }

    /// Whether it is this separator's voice for this query.
    pub(crate) fn is(&self, separator: &Arc<dyn Separator>, query: &Query) -> bool {
        Arc::ptr_eq(&self.separator, separator) && self.query == *query
    }

    /// See [`Listener::backlog`].
    pub(crate) fn backlog(&self, analysis: &Analysis) -> u64 {
        self.listener.backlog(analysis)
    }

    /// Reads one step.
    pub(crate) fn read_step(&mut self, analysis: &Analysis, shapes: &Shapes) -> Result<(), ModelError> {
        let cursor = self.listener.cursor();
        self.listener
            .read_step(analysis, |lane, sounds| self.target.take(lane, sounds))?;
        self.target.synthesize_step(analysis, shapes, cursor);
        Ok(())
    }

    /// The shaped mask of a frame of the step read last, `[bins]`.
    pub(crate) fn mask(&self, lane: usize, row: usize) -> &[Complex32] {
        self.target.mask(lane, row)
    }

    /// See [`Target::presence`].
    pub(crate) fn presence(&self) -> f32 {
        self.target.presence()
    }

    /// See [`Target::wave`].
    pub(crate) fn wave(&self, channel: usize) -> &[f32] {
        self.target.wave(channel)
    }

    /// See [`Target::gain`].
    pub(crate) fn gain(&self, lane: usize) -> &[f32] {
        self.target.gain(lane)
    }
}
