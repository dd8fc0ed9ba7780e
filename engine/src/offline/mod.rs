//! A whole signal, from its first sample to its last, on as many threads as there are: for files.
//!
//! ```text
//! caller's thread   read ─► offset, resampler, level ─► blocks ─┐                         ┌─► in order ─► each
//! worker threads                                                └─► parts: STFT, masks, ──┘
//!                                                                   inverse STFT, resampler
//! ```
//!
//! What remembers the whole past (see [`Intake`]) reads the signal once, in order. Everything after it remembers so many frames and
//! no more: so the signal is cut into parts, each of which begins to hear as many frames before it gives its first sample, and the
//! result is that of one run. Several queries have their masks of one batch, and everything before them is computed once.
//!
//! [`Intake`]: crate::worker::intake::Intake

mod cut;
mod head;
mod part;
mod threads;

use std::sync::Arc;

use earmark_models::stft::Plan;
use earmark_models::{Condition, Separator};

use self::cut::RunUp;
use crate::config::{EngineConfig, Trim};
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::query::Query;
use crate::worker::choice::Choice;

/// `[channel][sample]` at the host's rate.
type Channels = Vec<Vec<f32>>;

/// Queries that are heard from a signal's first sample to its last.
pub struct Offline {
    separator: Arc<dyn Separator>,
    config: EngineConfig,
    geometry: Geometry,
    plan: Plan,
    run_up: RunUp,
    /// Of all queries, each once.
    conditions: Vec<Condition>,
    /// Of each query.
    choices: Vec<Choice>,
    trim: Trim,
}

impl Offline {
    /// The targets of `queries`, one or more, in signals of this rate and these channels. Nothing is computed yet.
    ///
    /// # Errors
    /// [`EngineError::SampleRate`], [`EngineError::Channels`] and [`EngineError::Spec`] for what cannot be run;
    /// [`EngineError::Model`] for a query that the separator does not read.
    pub fn new(
        config: EngineConfig,
        separator: &Arc<dyn Separator>,
        queries: &[Query],
    ) -> Result<Offline, EngineError> {
        let separator = separator.for_signals().unwrap_or_else(|| separator.clone());
        let spec = separator.spec();
        config.check(spec)?;
        let mut conditions = Vec::new();
        let choices = queries
            .iter()
            .map(|query| Choice::among(query, &mut conditions))
            .collect();
        spec.check(&conditions)?;
        let geometry = Geometry::of(config.sample_rate, spec);
        Ok(Offline {
            plan: Plan::new(spec.stft)?,
            run_up: RunUp::of(&geometry, spec, separator.memory()),
            separator,
            config,
            geometry,
            conditions,
            choices,
            trim: Trim::default(),
        })
    }

    /// Sets the level at which the separator hears.
    pub fn set_trim(&mut self, trim: Trim) {
        self.trim = trim;
    }

    /// Blocks of the separator that a signal of so many samples takes, for each query.
    pub fn blocks(&self, samples: u64) -> u64 {
        match samples {
            0 => 0,
            samples => self.output_begin(samples).div_ceil(self.geometry.block as u64),
        }
    }

    /// The position in the output, which begins with silence, of a sample of the signal.
    fn output_begin(&self, sample: u64) -> u64 {
        (self.geometry.leading_silence + self.geometry.delay()) as u64 + sample
    }
}
