//! The half of everybody but the audio thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use earmark_controls::{Audition, Column, Loudness, Meters, Moment, SLOTS, Span};
use earmark_models::{Condition, Separator};

use crate::audition::excerpt::Excerpt;
use crate::audition::separate;
use crate::column_queue;
use crate::config::Trim;
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::mix::Gains;
use crate::query::Query;
use crate::shared::Shared;
use crate::status::Status;

/// Brings separator and queries, reads status and meters. From any thread but the audio thread: it takes locks.
#[derive(Clone)]
pub struct EngineHandle {
    pub(crate) shared: Arc<Shared>,
}

impl EngineHandle {
    /// Hands over the separator, or another one with the same timing.
    ///
    /// # Errors
    /// [`EngineError::Latency`] when it reads other rates, windows, blocks or lookahead than the specification that the
    /// engine was made for: the latency that was reported would not be kept.
    pub fn set_separator(&self, separator: Arc<dyn Separator>) -> Result<(), EngineError> {
        let (given, current) = (separator.spec(), &self.shared.spec);
        let timing =
            |spec: &earmark_models::SeparatorSpec| (spec.sample_rate, spec.stft, spec.block, spec.lookahead);
        if timing(given) != timing(current) {
            let rate = self.shared.geometry.host_rate as f64;
            return Err(EngineError::Latency {
                given: given.id.clone(),
                given_samples: Geometry::of(rate, given).latency(),
                current: current.id.clone(),
                current_samples: self.shared.geometry.latency(),
            });
        }
        self.shared.wishes.lock().separator = Some(separator);
        self.shared.edits.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Puts a query into a slot, 0 to 7, or empties it. A text edited by hand: where the slot is heard and its past is read in time, it is
    /// heard with the coming call, in what has not been played yet; else later, without a gap. A slot beyond the last is ignored.
    pub fn set_query(&self, slot: u8, condition: Option<Condition>) {
        self.set_sounds(slot, condition.map(Query::from));
    }

    /// As [`EngineHandle::set_query`], for several sounds, wanted and unwanted, at as many times the cost.
    pub fn set_sounds(&self, slot: u8, query: Option<Query>) {
        if usize::from(slot) < SLOTS {
            let query = query.filter(|query| !query.is_empty());
            self.shared.set_filled(slot, query.is_some());
            self.shared.wishes.lock().queries[usize::from(slot)] = query;
            self.shared.edits.fetch_add(1, Ordering::Release);
        }
    }

    /// Gives a slot, 0 to 7, gains of its own, or takes them back. They hold instead of those of the mix from where the slot
    /// becomes active to where another one does; an edit while it is heard is heard at once. A slot beyond the last is
    /// ignored.
    pub fn set_own_gains(&self, slot: u8, gains: Option<Gains>) {
        self.shared.set_own_gains(slot, gains);
    }

    /// Sets the level at which the separator hears, from the next block on that the worker has not begun.
    pub fn set_trim(&self, trim: Trim) {
        self.shared.wishes.lock().trim = trim;
        self.shared.edits.fetch_add(1, Ordering::Release);
    }

    /// How the engine is doing.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The columns of the spectrogram that have been heard since the last call, of all clones together, the oldest first.
    ///
    /// They are computed only while somebody asks for them: the first call gives none, and who does not ask for two seconds
    /// begins again. There are none of what is not kept: while it is held, of the silence of a transport that rests, and of input that
    /// a late worker never got.
    pub fn columns(&self) -> Vec<Column> {
        let shared = &self.shared;
        let generation = shared.generation.load(Ordering::Acquire);
        let played = shared.played.load(Ordering::Acquire);
        let latency = shared.geometry.latency() as u64;
        let columns = shared.columns.read(generation, played).into_iter();
        if shared.auditions.is_held() {
            return vec![];
        }
        let kept = columns.filter_map(|(heard_at, column)| {
            let sample = heard_at.checked_sub(latency)?;
            let at = shared.moment(generation, sample);
            let kept = shared.auditions.keeps(generation, sample);
            kept.then_some(Column { at, ..column })
        });
        kept.collect()
    }

    /// Keeps what has come in up to now as the last that was heard, or goes on. Meanwhile there are no [`EngineHandle::columns`].
    pub fn hold(&self, held: bool) {
        self.shared.auditions.hold(held);
    }

    /// See [`EngineHandle::hold`].
    pub fn is_held(&self) -> bool {
        self.shared.auditions.is_held()
    }

    /// Takes what is kept out to be separated with the query of a slot, or of two together: the last [`HISTORY_SECONDS`] of input, or a
    /// span between the [`Column::at`] of this engine's columns. Copies some megabytes. `None` where nothing of it is kept any more.
    ///
    /// [`HISTORY_SECONDS`]: crate::HISTORY_SECONDS
    pub fn excerpt(&self, heard: Heard, span: Option<Span>) -> Option<Excerpt> {
        let shared = &self.shared;
        let kept = match span {
            None => shared.auditions.last(),
            Some(Span { from, to }) => {
                // What another engine has heard is gone; who began there hears all that there is.
                let from = shared.sample_of(from).unwrap_or((u64::MAX, 0));
                shared.auditions.between(from, shared.sample_of(to)?)?
            }
        };
        Excerpt::new(shared, kept, heard)
    }

    /// How many seconds after the beginning of an excerpt a moment lies, as [`Column::at`] gives it; `None` for one that was not kept with
    /// it.
    pub fn seconds_of(&self, excerpt: &Excerpt, moment: Moment) -> Option<f64> {
        let (generation, sample) = self.shared.sample_of(moment)?;
        excerpt.seconds_of(generation, sample)
    }

    /// The length of each of [`EngineHandle::columns`] in seconds: about 0.02, a whole number of hops.
    pub fn column_seconds(&self) -> f32 {
        let shared = &self.shared;
        let hop = shared.spec.stft.hop.max(1);
        (column_queue::hops(&shared.geometry, hop) * hop) as f32 / shared.geometry.model_rate as f32
    }

    /// Momentary loudness in and out, measured while somebody asks for [`EngineHandle::columns`].
    pub fn loudness(&self) -> Loudness {
        self.shared.loudness()
    }

    /// Separates the input of the last [`HISTORY_SECONDS`] with the query of a slot, or of two together, in the background, and
    /// plays the result over and over in place of the output, at its gains, until [`EngineHandle::stop_audition`], a reset, an
    /// offline render, a bounce that nobody announced, or the host's bypass. Slots without a query give nothing to hear.
    ///
    /// # Errors
    /// [`EngineError::Thread`] when the system gives no thread.
    ///
    /// [`HISTORY_SECONDS`]: crate::HISTORY_SECONDS
    pub fn audition(&self, heard: Heard) -> Result<(), EngineError> {
        separate::begin(&self.shared, self.excerpt(heard, None))
    }

    /// As [`EngineHandle::audition`], for a span as in [`EngineHandle::excerpt`]. Nothing is heard of one that is no longer kept.
    ///
    /// # Errors
    /// Those of [`EngineHandle::audition`].
    pub fn audition_span(&self, heard: Heard, span: Span) -> Result<(), EngineError> {
        separate::begin(&self.shared, self.excerpt(heard, Some(span)))
    }

    /// Goes back to the output, within 10 ms.
    pub fn stop_audition(&self) {
        self.shared.auditions.stop();
    }

    /// What is being auditioned.
    pub fn audition_state(&self) -> Audition {
        self.shared.auditions.ticket.state()
    }

    /// Seconds of input that are kept for [`EngineHandle::audition`] now.
    pub fn history_seconds(&self) -> f32 {
        self.shared.auditions.kept() as f32 / self.shared.geometry.host_rate as f32
    }

    /// Peaks since the last call, of all clones together, and the presence of what is heard now.
    pub fn meters(&self) -> Meters {
        self.shared.meters()
    }
}
