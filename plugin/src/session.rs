//! What the audio thread, the editor and the stored state share: queries, model and engine of one instance.
//!
//! ```text
//! text ──edit / restore──► pending ──encoder──► condition ──► engine
//!                             └──────────────► failure, in words
//!
//! another model ──► a line of its own: loaded, its texts encoded ──► an engine offered to the relay ──► heard
//!        └─ needs more latency ──► waits for the next activation, and asks the host for it
//! ```
//! The second picture is a state machine of its own: `next`. Everything here is locked and may allocate; what the audio thread
//! may touch is `AudioView`, and that is all it is given.

mod activation;
mod audio;
mod audition;
mod choice;
mod compare;
mod device;
mod fields;
mod hand;
mod hosts;
mod inner;
mod instances;
mod line;
mod listen;
mod manager;
mod models;
mod next;
mod notices;
mod opening;
mod project;
mod queries;
mod save;
mod settings;
mod sides;
mod slots;
mod snapshot;
mod takeover;
mod timing;

use std::sync::{Arc, Weak};
use std::time::Duration;

use earmark_controls::Automation;
use earmark_engine::Fields;
use earmark_library::{Folders, LibraryError, Timings};
use earmark_models::Selection;
use nice_plug::context::PluginApi;
use parking_lot::Mutex;

pub use activation::Activation;
pub(crate) use audio::AudioView;
pub(crate) use device::Computing;
pub use fields::{More, StoredQueriesField, WindowSize};
use inner::Inner;
pub(crate) use listen::Example;
pub(crate) use manager::Manager;
pub(crate) use save::Saving;
pub(crate) use snapshot::Snapshot;

/// What is shared by all parts of one instance.
pub struct Session {
    me: Weak<Session>,
    /// Another folder of models and settings than the user's, for tests.
    place: Option<Folders>,
    inner: Mutex<Inner>,
    /// What the audio thread reads.
    audio: Arc<AudioView>,
    /// Downloads and imports.
    pub(crate) manager: Mutex<Manager>,
}

impl Session {
    /// A session with eight empty slots. Nothing is loaded until [`Activation::attach`] or a query asks for it.
    pub fn new() -> Arc<Session> {
        Timings::remember();
        Session::with(None)
    }

    /// One whose models and settings lie in another folder than the user's.
    #[cfg(test)]
    pub(crate) fn at(place: Folders) -> Arc<Session> {
        Session::with(Some(place))
    }

    fn with(place: Option<Folders>) -> Arc<Session> {
        let session = Arc::new_cyclic(|me| Session {
            me: me.clone(),
            place,
            inner: Mutex::default(),
            audio: Arc::default(),
            manager: Mutex::default(),
        });
        instances::note(&session);
        session
    }

    /// What the audio thread may touch of this session.
    pub(crate) fn audio(&self) -> &Arc<AudioView> {
        &self.audio
    }

    /// A hand sets these values in the editor now.
    pub(crate) fn touch(&self, fields: Fields) {
        self.audio.touch(fields);
    }

    fn folders(&self) -> Result<Folders, LibraryError> {
        self.place.clone().map_or_else(Folders::user, Ok)
    }

    /// The models that there are now.
    fn selection(&self) -> Selection {
        match self.folders() {
            Ok(folders) => Selection::with_folder(folders.models()),
            Err(error) => {
                tracing::warn!("{error}");
                Selection::bundled()
            }
        }
    }

    /// Sets when automation acts, whatever the host.
    pub fn set_automation(&self, automation: Automation) {
        self.audio.timing().choose(Some(automation));
    }

    /// When automation acts: as it was set, or as the host needs it. Atomic reads alone.
    pub fn automation(&self) -> Automation {
        self.audio.automation()
    }

    /// Says which host it is, by the name that it gives itself, and which format it loaded.
    pub(crate) fn set_host(&self, name: Option<&str>, format: PluginApi) {
        self.audio.timing().suit(name, format);
    }

    fn update_ready(&self, inner: &Inner) {
        self.audio.set_ready(inner.line.is_ready());
    }

    /// Whether nothing of what is heard is being loaded or encoded any more. One atomic read.
    pub fn is_ready(&self) -> bool {
        self.audio.is_ready()
    }

    /// Waits until [`Session::is_ready`], at most for `limit`; says whether it is.
    pub fn wait_until_ready(&self, limit: Duration) -> bool {
        self.audio.wait_until_ready(limit)
    }

    /// Whether the host is to be asked to activate anew; asked once. One atomic exchange.
    pub fn take_restart(&self) -> bool {
        self.audio.take_restart()
    }
}

#[cfg(test)]
mod clips;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod weights;
