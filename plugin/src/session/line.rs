//! One model with the queries that it reads, and the engine that hears them.

use std::sync::Arc;

use earmark_engine::EngineHandle;
use earmark_models::device::DeviceChoice;
use earmark_models::{Condition, ModelError, Separator};
use earmark_queries::{Asked, EncodeJob, QueryError};

use super::choice::{Choice, Wish};
use super::queries::Queries;
use crate::state::{StoredQueries, StoredSlot};

/// The memory of a query from which on a person is told of it.
const WORTH_SAYING_MIB: usize = 256;

/// From a choice to what is heard of it.
#[derive(Default)]
pub(super) struct Line {
    /// Tells the results that come for it from those for another one.
    pub(super) number: u64,
    pub(super) choice: Choice,
    pub(super) queries: Queries,
    pub(super) separator: Loaded,
    /// Where the separator was asked to be computed; `None` before it is asked for, and when it is to be asked for anew.
    pub(super) device: Option<DeviceChoice>,
    /// Whether it has been told why the separator is not computed there.
    pub(super) told_fault: bool,
    /// Of the engine that was made for it.
    pub(super) handle: Option<EngineHandle>,
}

/// The separator of a line.
#[derive(Default)]
pub(super) enum Loaded {
    #[default]
    NotAsked,
    Loading,
    Here(Arc<dyn Separator>),
    Failed,
}

impl Line {
    pub(super) fn new(number: u64, choice: Choice) -> Line {
        Line {
            number,
            choice,
            ..Line::default()
        }
    }

    /// Gives a new engine all that is there.
    ///
    /// # Errors
    /// The engine's sentence, when the separator does not fit it.
    pub(super) fn attach(&mut self, handle: EngineHandle) -> Result<(), String> {
        tell(&handle, &self.queries, true);
        let set = match &self.separator {
            Loaded::Here(separator) => handle.set_separator(separator.clone()),
            _ => Ok(()),
        };
        self.handle = Some(handle);
        set.map_err(|error| error.to_string())
    }

    /// Takes the separator, or notes that there will be none.
    ///
    /// # Errors
    /// Why there will be none.
    pub(super) fn loaded(&mut self, loaded: Result<Arc<dyn Separator>, ModelError>) -> Result<(), String> {
        self.separator = Loaded::Failed;
        let separator = loaded.map_err(|error| error.to_string())?;
        if let Some(handle) = &self.handle {
            handle
                .set_separator(separator.clone())
                .map_err(|error| error.to_string())?;
        }
        self.queries.judge(&*separator);
        self.separator = Loaded::Here(separator);
        Ok(())
    }

    /// See [`Queries::change`]; what a slot was heard with goes on until its sounds are encoded.
    pub(super) fn change(&mut self, change: impl Fn(&mut [StoredSlot])) -> Vec<EncodeJob> {
        let jobs = self.queries.change(self.choice.spec(), change);
        self.tell(false);
        jobs
    }

    /// See [`Queries::restore`]: what is worth telling.
    pub(super) fn restore(&mut self, stored: &StoredQueries) -> Option<String> {
        let notice = self.queries.restore(stored, self.choice.spec());
        self.tell(true);
        notice
    }

    /// Every text that is still to be encoded.
    pub(super) fn jobs(&self) -> Vec<EncodeJob> {
        self.queries.jobs()
    }

    /// Takes the result of a job; says why there is none, where it is still wanted.
    pub(super) fn encoded(
        &mut self,
        job: &EncodeJob,
        encoded: Result<Condition, QueryError>,
    ) -> Option<String> {
        let (condition, failure) = match encoded {
            Ok(condition) => (Some(condition), None),
            Err(error) => (None, Some(error.to_string())),
        };
        if !self.queries.finish(job, condition) {
            return None;
        }
        self.tell(false);
        failure
    }

    /// Gives the engine what is known; slots that wait for an encoder keep what they had, unless that is `stale`.
    fn tell(&mut self, stale: bool) {
        if let Loaded::Here(separator) = &self.separator {
            self.queries.judge(&**separator);
        }
        if let Some(handle) = &self.handle {
            tell(handle, &self.queries, stale);
        }
    }

    /// A slot whose sounds together take so much memory that it is worth saying: its number, how many sounds, and how many MiB.
    pub(super) fn costly(&self) -> Option<(usize, usize, usize)> {
        let Loaded::Here(separator) = &self.separator else {
            return None;
        };
        let mut counts = self.queries.counts().enumerate();
        counts.find_map(|(slot, count)| {
            let mib = separator.stream_bytes(count) / (1024 * 1024);
            (count > 1 && mib >= WORTH_SAYING_MIB).then_some((slot, count, mib))
        })
    }

    /// Whether nothing will change any more by itself.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.separator, Loaded::Here(_) | Loaded::Failed) && !self.queries.any_pending()
    }

    /// Why its separator is not computed where it was to be.
    pub(super) fn fault(&self) -> Option<String> {
        match &self.separator {
            Loaded::Here(separator) => separator.fault(),
            _ => None,
        }
    }

    /// Whether nothing is to be loaded anew to be computed where `device` says. A model without the choice of quality is
    /// computed on the processor always.
    pub(super) fn is_for(&self, device: DeviceChoice) -> bool {
        matches!(self.separator, Loaded::NotAsked)
            || !self.choice.model().has_qualities()
            || self.device == Some(device)
    }

    /// The same without its engine.
    pub(super) fn detached(self) -> Line {
        Line { handle: None, ..self }
    }

    /// What is heard, to be opened anew.
    pub(super) fn wish(&self) -> Wish {
        Wish {
            choice: self.choice.clone(),
            stored: self.stored(),
        }
    }

    /// What a project stores.
    pub(super) fn stored(&self) -> StoredQueries {
        StoredQueries {
            stereo: self.choice.channel_mode(),
            ..self.queries.stored(self.choice.spec(), self.choice.quality())
        }
    }
}

/// See [`Line::tell`].
fn tell(handle: &EngineHandle, queries: &Queries, stale: bool) {
    for (slot, (asked, own)) in queries.asked().zip(queries.own_gains()).enumerate() {
        handle.set_own_gains(slot as u8, own);
        match asked {
            Asked::Query(query) => handle.set_sounds(slot as u8, Some(query)),
            Asked::Pending if !stale => {}
            Asked::Pending | Asked::Nothing => handle.set_sounds(slot as u8, None),
        }
    }
}
