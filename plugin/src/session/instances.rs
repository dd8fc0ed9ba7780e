//! Every instance of this process: what is set for the machine by one holds for all.

use std::sync::{Arc, Weak};

use earmark_library::LibraryError;
use parking_lot::Mutex;

use super::Session;

static INSTANCES: Mutex<Vec<Weak<Session>>> = Mutex::new(Vec::new());

/// Counts a new instance in.
pub(super) fn note(session: &Arc<Session>) {
    let mut instances = INSTANCES.lock();
    instances.retain(|other| other.strong_count() > 0);
    instances.push(Arc::downgrade(session));
}

impl Session {
    /// Has something done in every instance that shares this one's settings, itself included.
    pub(super) fn in_all_instances(&self, act: impl Fn(&Session)) {
        // Without a lock: the last one to hold an instance ends it, and it is this list's no longer.
        let instances = INSTANCES.lock().clone();
        for session in instances.iter().filter_map(Weak::upgrade) {
            if session.place == self.place {
                act(&session);
            }
        }
    }

    /// Says where what was set could not be kept.
    pub(super) fn tell_unwritten(&self, written: Result<(), LibraryError>) {
        if let Err(error) = written {
            self.inner.lock().failure = Some(error.to_string());
        }
    }
}
