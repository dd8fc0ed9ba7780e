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

/// Seconds before what is heard in which masks are applied already: for what follows them slowly, as presence does, within 0.1 s.
const LEADS_UP_SECONDS: f64 = 0.5;

/// The mask streams of a query's sounds and what they make of the mixture.
pub(crate) struct Voice {
    query: Query,
    /// Kept alive, and told apart by its address.
    separator: Arc<dyn Separator>,
    listener: Listener,
    target: Target,
    /// The first frame that is read for more than the state that it leaves.
    unheard: u64,
    /// Frames of a step, and steps that are kept.
    block: u64,
    steps: u64,
    /// The masked signal of the steps read last, `[channel][steps][block · hop]`, step t at t % steps.
    waves: Vec<Vec<Vec<f32>>>,
    /// The gain above the band over the same samples, `[lane][steps][block · hop]`.
    gains: Vec<Vec<Vec<f32>>>,
}

impl Voice {
    /// A voice for so many channels and lanes that keeps so many steps. It begins to read with frame `first`, a multiple of the
    /// step's frames, and is not heard before frame `heard`.
    pub(crate) fn new(
        separator: &Arc<dyn Separator>,
        spec: &SeparatorSpec,
        query: &Query,
        plan: &Plan,
        (channels, lanes, steps): (usize, usize, usize),
        (first, heard): (u64, u64),
    ) -> Result<Voice, ModelError> {
        let conditions = [&query.wanted[..], &query.unwanted].concat();
        let target = Target::new(spec, plan, Choice::alone(query), (channels, lanes), first);
        let step = vec![vec![0.0; spec.block * spec.stft.hop]; steps];
        let leads_up = (LEADS_UP_SECONDS * f64::from(spec.sample_rate) / spec.stft.hop as f64) as u64;
        let unheard = (heard + spec.lookahead as u64).saturating_sub(spec.block as u64 + leads_up);
        Ok(Voice {
            query: query.clone(),
            separator: separator.clone(),
            listener: Listener::new(&**separator, spec, &conditions, lanes, (first, heard))?,
            target: target.shaped(spec, plan),
            unheard,
            block: spec.block as u64,
            steps: steps as u64,
            waves: vec![step.clone(); channels],
            gains: vec![step; lanes],
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

    /// Steps that it has yet to read of what is neither heard nor leads up to it.
    pub(crate) fn unheard(&self) -> u64 {
        self.unheard.saturating_sub(self.listener.cursor()) / self.block
    }

    /// Reads so many of the [`Voice::unheard`] steps.
    pub(crate) fn catch_up(&mut self, analysis: &Analysis, steps: u64) -> Result<(), ModelError> {
        let left = self.unheard().min(self.backlog(analysis));
        let steps = steps.min(left);
        self.listener.catch_up(analysis, steps, left - steps)
    }

    /// Reads one step, which is `awaited` or not.
    pub(crate) fn read_step(
        &mut self,
        analysis: &Analysis,
        shapes: &Shapes,
        awaited: bool,
    ) -> Result<(), ModelError> {
        let cursor = self.listener.cursor();
        self.listener
            .read_step(analysis, awaited, |lane, sounds| self.target.take(lane, sounds))?;
        self.target.synthesize_step(analysis, shapes, cursor);
        let step = self.step((cursor / self.block) as i64);
        for (channel, wave) in self.waves.iter_mut().enumerate() {
            wave[step].copy_from_slice(self.target.wave(channel));
        }
        for (lane, gain) in self.gains.iter_mut().enumerate() {
            gain[step].copy_from_slice(self.target.gain(lane));
        }
        Ok(())
    }

    /// Where step `step` of the stream is kept.
    fn step(&self, step: i64) -> usize {
        step.rem_euclid(self.steps as i64) as usize
    }

    /// The shaped mask of a frame of the step read last, `[bins]`.
    pub(crate) fn mask(&self, lane: usize, row: usize) -> &[Complex32] {
        self.target.mask(lane, row)
    }

    /// See [`Target::presence`].
    pub(crate) fn presence(&self) -> f32 {
        self.target.presence()
    }

    /// The masked signal of step `step` of the stream, one of those that are kept, `[block · hop]`.
    pub(crate) fn wave(&self, channel: usize, step: i64) -> &[f32] {
        &self.waves[channel][self.step(step)]
    }

    /// The gain above the band over the same samples, `[block · hop]`.
    pub(crate) fn gain(&self, lane: usize, step: i64) -> &[f32] {
        &self.gains[lane][self.step(step)]
    }
}
