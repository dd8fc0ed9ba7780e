//! Where models are computed: what can be chosen, what was chosen, and what came of it.

use earmark_models::device::DeviceChoice;
use earmark_queries::Service;

use super::Session;
use super::choice::Wish;
use super::inner::Inner;
use super::line::Loaded;

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
    /// Whether the host waits for every block.
    pub(crate) waits: bool,
}

impl Session {
    /// Has the models of all instances computed there, in every project of this machine. What is heard goes on until the
    /// model has been loaded anew. Choosing a device again that has failed tries it again.
    pub(crate) fn set_device(&self, device: DeviceChoice) {
        let written = self.write_settings(|settings| settings.device = Some(device));
        self.in_all_instances(|session| session.take_device(device));
        self.tell_unwritten(written);
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

    /// Looks which accelerators there are, in the background: a driver may take seconds to answer. Only where they are shown: whoever
    /// never looks has no driver loaded.
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
    /// `waits` is what the audio thread is told: whether the host waits for every block.
    pub(super) fn computing(&self, waits: bool) -> Computing {
        Computing {
            waits,
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
