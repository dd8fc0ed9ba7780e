//! What is set for this machine, in every project: threads, devices, and whether the host waits for every block.

use std::num::NonZeroUsize;

use earmark_controls::Look;
use earmark_kernels::Threads;
use earmark_library::{LibraryError, Recent, Settings};

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

    /// Has the hosts of this machine wait for every block, for at most two seconds, whether they say that they render or not. Holds at
    /// once, in all instances.
    pub(crate) fn wait_for_every_block(&self, waits: bool) {
        let written = self.write_settings(|settings| settings.wait_for_every_block = waits);
        self.in_all_instances(|session| session.audio.choose_to_wait(waits));
        self.tell_unwritten(written);
    }

    /// Sets how the editors of this machine look. Holds at once, in all instances.
    pub(crate) fn set_look(&self, look: Look) {
        let written = self.write_settings(|settings| settings.look = look);
        self.in_all_instances(|session| session.inner.lock().look = look);
        self.tell_unwritten(written);
    }

    /// Looks how editors are to look: before the first picture is drawn, which may be before anything is activated.
    pub(crate) fn look_for_look(&self) {
        if let Some(settings) = self.read_settings() {
            self.inner.lock().look = settings.look;
        }
    }

    /// How editors look.
    pub(crate) fn editor_look(&self) -> Look {
        self.inner.lock().look
    }

    /// What was asked for lately on this machine, the newest last; nothing where it cannot be read.
    pub(crate) fn recent_queries(&self) -> Vec<String> {
        let read = self.folders().and_then(|folders| Recent::read(&folders));
        let read = read.inspect_err(|error| tracing::warn!("{error}"));
        read.unwrap_or_default().queries
    }

    /// Notes what was asked for. That it cannot be kept is no reason to disturb whoever asks.
    pub(crate) fn note_query(&self, text: &str) {
        let noted = self.folders().and_then(|folders| Recent::note(&folders, text));
        if let Err(error) = noted {
            tracing::warn!("{error}");
        }
    }

    /// Changes what is set for this machine.
    pub(super) fn write_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<(), LibraryError> {
        let folders = self.folders()?;
        let mut settings = Settings::read(&folders)?;
        change(&mut settings);
        settings.write(&folders)
    }

    /// Takes over what is set for this machine.
    pub(super) fn take_settings(&self, inner: &mut Inner, settings: &Settings) {
        inner.threads = settings.threads;
        Threads::prefer(settings.threads);
        inner.device = settings.device.unwrap_or_default();
        inner.look = settings.look;
        self.audio.choose_to_wait(settings.wait_for_every_block);
    }

    /// What is set for this machine; nothing where it cannot be read. Reads a file: not under the lock.
    pub(super) fn read_settings(&self) -> Option<Settings> {
        let read = self.folders().and_then(|folders| Settings::read(&folders));
        read.inspect_err(|error| tracing::warn!("{error}")).ok()
    }
}

#[cfg(test)]
mod tests {
    use earmark_library::Folders;

    use super::*;

    #[test]
    fn the_look_and_what_was_asked_for_are_this_machines() {
        let place = tempfile::tempdir().unwrap();
        let session = || Session::at(Folders::at(place.path()));
        let (one, other) = (session(), session());
        let light = Look {
            light: true,
            ..Look::default()
        };
        one.set_look(light);
        assert_eq!(other.snapshot().look, light);
        let later = session();
        later.look_for_look();
        assert_eq!(later.snapshot().look, light);
        one.note_query("rain");
        assert_eq!(later.recent_queries(), ["rain"]);
        let stored = serde_json::to_string(&one.stored()).unwrap();
        assert!(!stored.contains("rain"), "no project holds it");
    }

    #[test]
    fn the_wait_for_every_block_holds_in_all_instances_and_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let session = || Session::at(Folders::at(place.path()));
        let (one, other) = (session(), session());
        let stranger = Session::at(Folders::at(place.path().join("of another user")));
        let waits = |session: &Session| session.audio().waits_for_every_block();
        one.wait_for_every_block(true);
        assert!(waits(&one) && waits(&other) && !waits(&stranger));
        assert!(one.snapshot().computing.waits);
        let later = session();
        later.activate().keep();
        assert!(waits(&later), "it is this machine's");
        other.wait_for_every_block(false);
        assert!(!waits(&one) && !waits(&other));
        assert!(
            !Settings::read(&Folders::at(place.path()))
                .unwrap()
                .wait_for_every_block
        );
    }
}
