//! What a plug-in may ask and tell the host around it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

/// The host around an instance, shared by all clones. A plug-in makes one, [announces](crate::announce) it and keeps a clone; the
/// instance around the plug-in connects it.
#[derive(Clone, Default)]
pub struct Host(Arc<Shared>);

#[derive(Default)]
struct Shared {
    name: OnceLock<String>,
    offline: AtomicBool,
    dirty: AtomicBool,
    /// Asks the host for its main thread. Nothing without an instance around us.
    call_main_thread: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl Host {
    /// The host's name as it gives it, such as `REAPER` or `Bitwig Studio`. A CLAP host's is known when the instance has been made, a
    /// VST3 host's only once it has initialized it, and not every host has one.
    pub fn name(&self) -> Option<&str> {
        self.0.name.get().map(String::as_str)
    }

    /// Whether the host has announced that it renders offline, as of this block: `process` may wait then. For any thread.
    pub fn renders_offline(&self) -> bool {
        self.0.offline.load(Ordering::Relaxed)
    }

    /// Tells the host that what it would save has changed by other means than a parameter, so that it asks before closing the
    /// project. For any thread but the audio thread; hosts hear of it on their main thread, where they can be told at once or as soon
    /// as they let us run there. One without such a notice is not told.
    pub fn mark_dirty(&self) {
        self.0.dirty.store(true, Ordering::Release);
        if let Some(call) = &*self.0.call_main_thread.lock() {
            call();
        }
    }

    pub(crate) fn set_name(&self, name: String) {
        if !name.is_empty() {
            // A host that initializes an instance twice has not changed its name.
            let _ = self.0.name.set(name);
        }
    }

    pub(crate) fn set_offline(&self, offline: bool) {
        self.0.offline.store(offline, Ordering::Relaxed);
    }

    /// What is to be told on the main thread, once.
    pub(crate) fn take_dirty(&self) -> bool {
        self.0.dirty.swap(false, Ordering::Acquire)
    }

    /// From now on `call` is called for [`Host::mark_dirty`], on the thread of that.
    pub(crate) fn connect(&self, call: impl Fn() + Send + 'static) {
        *self.0.call_main_thread.lock() = Some(Box::new(call));
    }

    /// The host is gone, or about to be: waits for calls in progress, and there are none afterwards.
    pub(crate) fn disconnect(&self) {
        *self.0.call_main_thread.lock() = None;
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.name())
            .field("offline", &self.renders_offline())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn the_main_thread_is_called_while_there_is_a_host() {
        let (host, calls) = (Host::default(), Arc::new(AtomicUsize::new(0)));
        host.mark_dirty();
        assert!(host.take_dirty() && !host.take_dirty(), "kept until it is taken");
        let counted = calls.clone();
        host.connect(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        host.clone().mark_dirty();
        assert!(host.take_dirty());
        host.disconnect();
        host.mark_dirty();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_first_name_stays() {
        let host = Host::default();
        for name in ["", "Bitwig Studio", "another"] {
            host.set_name(name.to_owned());
        }
        assert_eq!(host.clone().name(), Some("Bitwig Studio"));
    }
}
