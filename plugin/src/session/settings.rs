//! What is set for this machine, in every project: threads and devices.

use std::num::NonZeroUsize;

use earmark_kernels::Threads;
use earmark_library::{LibraryError, Settings};

use super::Session;
use super::inner::Inner;

impl Session {
    /// Has models computed by so many threads, of all instances together, in every project of this machine; `None` is as many
    /// as are best for most. Holds for models that are loaded from now on.
    pub(crate) fn set_threads(&self, threads: Option<NonZeroUsize>) {
        let written = self.write_settings(|settings| settings.threads = threads);
        Threads::prefer(threads);
        let mut inner = self.inner.lock();
        inner.threads = threads;
        match written {
            Ok(()) => {
                inner.notice = Some(
                    "The number of threads holds from when a model is loaded next: choose another model and this one again, \
                     or restart the host."
                        .into(),
                );
            }
            Err(error) => inner.failure = Some(error.to_string()),
        }
    }

    /// Changes what is set for this machine.
    pub(super) fn write_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), LibraryError> {
        let folders = self.folders()?;
        let mut settings = Settings::read(&folders)?;
        change(&mut settings);
        settings.write(&folders)
    }

    /// What is set for this machine; nothing where it cannot be read. Reads a file: not under the lock.
    pub(super) fn read_settings(&self) -> Option<Settings> {
        let read = self.folders().and_then(|folders| Settings::read(&folders));
        read.inspect_err(|error| tracing::warn!("{error}")).ok()
    }
}

impl Inner {
    /// Takes over what is set for this machine.
    pub(super) fn take_settings(&mut self, settings: &Settings) {
        self.threads = settings.threads;
        Threads::prefer(settings.threads);
        self.device = settings.device.unwrap_or_default();
    }
}
