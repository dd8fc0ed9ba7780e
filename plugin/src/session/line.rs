//! One model with the queries that it reads, and the engine that hears them.

use std::sync::Arc;

use earmark_engine::EngineHandle;
use earmark_models::{Condition, ModelError, Separator};

use super::choice::Choice;
use super::queries::{Job, Queries};
use crate::state::StoredQueries;

/// From a choice to what is heard of it.
#[derive(Default)]
pub(super) struct Line {
    /// Tells the results that come for it from those for another one.
    pub(super) number: u64,
    pub(super) choice: Choice,
    pub(super) queries: Queries,
    pub(super) separator: Loaded,
    /// Of the engine that was made for it.
    pub(super) handle: Option<EngineHandle>,
    /// How many engines will have taken over when its own has.
    pub(super) offered: Option<u64>,
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
        for (slot, condition) in self.queries.conditions().enumerate() {
            handle.set_query(slot as u8, condition.cloned());
        }
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
        self.separator = Loaded::Here(separator);
        Ok(())
    }

    /// See [`Queries::edit`]; what was heard goes on until the text is encoded.
    pub(super) fn edit(&mut self, slot: usize, text: &str) -> Option<Job> {
        let job = self.queries.edit(slot, text);
        if job.is_none()
            && let Some(handle) = &self.handle
        {
            handle.set_query(slot as u8, None);
        }
        job
    }

    /// See [`Queries::restore`]: what is worth telling.
    pub(super) fn restore(&mut self, stored: &StoredQueries) -> Option<String> {
        let notice = self.queries.restore(stored, self.choice.spec());
        if let Some(handle) = &self.handle {
            for (slot, condition) in self.queries.conditions().enumerate() {
                handle.set_query(slot as u8, condition.cloned());
            }
        }
        notice
    }

    /// Every text that is still to be encoded.
    pub(super) fn jobs(&self) -> Vec<Job> {
        self.queries.jobs()
    }

    /// Takes the result of a job; says why there is none, where it is still wanted.
    pub(super) fn encoded(&mut self, job: &Job, encoded: Result<Condition, ModelError>) -> Option<String> {
        let (condition, failure) = match encoded {
            Ok(condition) => (Some(condition), None),
            Err(error) => (None, Some(error.to_string())),
        };
        if !self.queries.finish(job, condition.clone()) {
            return None;
        }
        if let Some(handle) = &self.handle {
            handle.set_query(job.slot as u8, condition);
        }
        failure
    }

    /// Whether nothing will change any more by itself.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.separator, Loaded::Here(_) | Loaded::Failed) && !self.queries.any_pending()
    }

    /// What a project stores.
    pub(super) fn stored(&self) -> StoredQueries {
        self.queries.stored(self.choice.spec(), self.choice.quality())
    }
}
