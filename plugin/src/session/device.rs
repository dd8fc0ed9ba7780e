//! Where models are computed: what can be chosen, what was chosen, and what came of it.

use std::sync::{Arc, Weak};

use earmark_models::device::DeviceChoice;
use earmark_queries::Service;
use parking_lot::Mutex;

use super::Session;
use super::choice::Wish;
use super::inner::Inner;
use super::line::Loaded;

/// Every instance of this process: a choice of one is the choice of all.
static INSTANCES: Mutex<Vec<Weak<Session>>> = Mutex::new(Vec::new());

/// Where models are to be computed, and where what is heard is.
#[derive(Debug, Clone)]
pub(crate) struct Computing {
    /// What was chosen.
    pub(crate) chosen: DeviceChoice,
    /// The accelerators of this build, and why one of them cannot be used.
    pub(crate) accelerators: Vec<(DeviceChoice, Option<String>)>,
    /// Where what is heard is computed, once it is.
    pub(crate) now: Option<String>,
    /// Why that is not where it was to be, in a sentence.
    pub(crate) fault: Option<String>,
    /// Something is being loaded that will take over.
    pub(crate) changing: bool,
}

/// Counts a new instance in.
pub(super) fn note(session: &Arc<Session>) {
    let mut instances = INSTANCES.lock();
    instances.retain(|other| other.strong_count() > 0);
    instances.push(Arc::downgrade(session));
}

impl Session {
    /// Has the models of all instances computed there, in every project of this machine. What is heard goes on until the
    /// model has been loaded anew. Choosing a device again that has failed tries it again.
    pub(crate) fn set_device(&self, device: DeviceChoice) {
        let written = self.write_settings(|settings| settings.device = Some(device));
        // Without a lock: the last one to hold an instance ends it, and it is this list's no longer.
        let instances = INSTANCES.lock().clone();
        for session in instances.iter().filter_map(Weak::upgrade) {
            if session.place == self.place {
                session.take_device(device);
            }
        }
        if let Err(error) = written {
            self.inner.lock().failure = Some(error.to_string());
        }
    }

    fn take_device(&self, device: DeviceChoice) {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        inner.device = device;
        if inner.line.fault().is_some() {
            inner.line.device = None;
            inner.notice = None;
        }
        if inner.lines().any(|line| !line.is_for(device)) {
            let stored = self.all_stored(&inner);
            let choice = inner.wanted().clone();
            self.open_wish(&mut inner, Wish { choice, stored });
        }
        self.update_ready(&inner);
    }

    /// Looks which accelerators there are, in the background: a driver may take seconds to answer.
    pub(crate) fn look_for_devices(&self) {
        let me = self.me.clone();
        Service::shared().accelerators(move |found| {
            if let Some(session) = me.upgrade() {
                session.inner.lock().accelerators = found;
            }
        });
    }
}

impl Inner {
    pub(super) fn computing(&self) -> Computing {
        Computing {
            chosen: self.device,
            accelerators: self.accelerators.clone(),
            now: match &self.line.separator {
                Loaded::Here(separator) => Some(separator.computed_on()),
                _ => None,
            },
            fault: self.line.fault(),
            changing: self.next.line().is_some(),
        }
    }

    /// Says once that the processor had to stand in for what was chosen, and why.
    pub(super) fn tell_fault(&mut self) {
        if self.line.told_fault {
            return;
        }
        if let Some(fault) = self.line.fault() {
            self.line.told_fault = true;
            self.notice = Some(format!("{fault} The processor computes in its place."));
        }
    }
}

#[cfg(test)]
mod tests;
