//! What a project stores, and what comes of it when it is opened.

use super::Session;
use super::choice::Choice;
use super::inner::Inner;
use crate::state::StoredQueries;

impl Session {
    /// Takes over the queries of a project. Those that were stored with a condition are heard at once.
    pub fn restore(&self, stored: &StoredQueries) {
        let found = Choice::of(stored, &self.selection());
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        inner.failure = None;
        inner.notice = None;
        inner.preset = None;
        inner.set_trim(stored.trim);
        self.audio.timing().choose(stored.timing);
        self.open(&mut inner, found, stored);
        self.update_ready(&inner);
    }

    /// What a project stores.
    pub fn stored(&self) -> StoredQueries {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        self.all_stored(&inner)
    }

    pub(super) fn all_stored(&self, inner: &Inner) -> StoredQueries {
        StoredQueries {
            timing: self.audio.timing().chosen(),
            ..inner.stored()
        }
        .stamped()
    }

    /// Sets the level at which the model hears: the input turned up by so many dB, or found automatically.
    pub fn set_trim(&self, trim: Option<f32>) {
        self.inner.lock().set_trim(trim);
    }

    /// Whether a slot, 0 to 7, asks for anything.
    pub fn has_query(&self, slot: usize) -> bool {
        let inner = self.inner.lock();
        inner
            .line
            .queries
            .slots()
            .nth(slot)
            .is_some_and(|slot| !slot.is_empty())
    }
}
