//! Keys that the editor has no use for, handed to the host's window.
//!
//! macOS does that by itself with what a window says it does not use. An X server and Windows give a key to one window: to ours,
//! when it was clicked or when the pointer is over it, and there baseview leaves it. Space would not start the transport of a
//! host whose plug-in window was touched last.

#[cfg_attr(target_os = "linux", path = "passing_on/x11.rs")]
#[cfg_attr(windows, path = "passing_on/windows.rs")]
#[cfg_attr(not(any(windows, target_os = "linux")), path = "passing_on/nowhere.rs")]
mod system;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nice_plug::editor::ParentWindowHandle;

use self::system::PassingOn;
use super::keys::Kept;

/// No window, as X11 and Windows say it.
const NONE: u64 = 0;

/// The host's window, where keys are passed on to it, as soon as it is known: whoever opens an editor is told, and the
/// editor's page asks.
#[derive(Debug, Clone, Default)]
pub(super) struct HostWindow(Arc<AtomicU64>);

impl HostWindow {
    pub(super) fn set(&self, parent: ParentWindowHandle) {
        let window = match parent {
            // X11 has 32 bits for a window, Xlib keeps them in a long.
            ParentWindowHandle::XlibWindow(window) => u64::from(window as u32),
            ParentWindowHandle::XcbWindow(window) => window.get().into(),
            ParentWindowHandle::Win32Hwnd(window) => window.get() as u64,
            ParentWindowHandle::AppKitNsView(_) => NONE,
        };
        self.0.store(window, Ordering::Relaxed);
    }

    fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&window| window != NONE)
    }
}

/// Hands keys on from when the window is there until it is closed or the X server does not answer.
#[derive(Default)]
pub(super) struct KeysForHost {
    host: HostWindow,
    passing: Option<PassingOn>,
    given_up: bool,
}

impl KeysForHost {
    pub(super) fn to(host: HostWindow) -> KeysForHost {
        KeysForHost {
            host,
            ..KeysForHost::default()
        }
    }

    /// See [`PassingOn::pass`]; `title` is that of the editor's window.
    pub(super) fn pass(&mut self, title: &str, kept: Kept, fresh: bool) {
        if self.given_up {
            return;
        }
        let passed = match (&mut self.passing, self.host.get()) {
            (Some(passing), _) => passing.pass(kept, fresh),
            (None, Some(host)) => PassingOn::listen(host, title).map(|passing| self.passing = passing),
            (None, None) => Ok(()),
        };
        if let Err(error) = passed {
            tracing::warn!("keys that are not used do not reach the host: {error}");
            self.given_up = true;
        }
    }

    /// Says what the frame just drawn keeps.
    pub(super) fn keep(&mut self, kept: Kept) {
        if let Some(passing) = &mut self.passing {
            passing.keep(kept);
        }
    }

    /// The window is closed.
    pub(super) fn end(&mut self) {
        *self = KeysForHost::to(self.host.clone());
    }
}
