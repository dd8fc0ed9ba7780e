//! Telling a host that its project has changed, on its main thread.
//!
//! A VST3 host can be told by its component handler, and there only. An editor's thread is that one on Windows and macOS; on Linux it
//! is a thread of its own, and the host's run loop, which an open editor has, calls us back on the main one.

use nice_plug::wrapper::vst3::vst3::ComPtr;
use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::{ITimerHandler, ITimerHandlerTrait};
use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{IComponentHandler2, IComponentHandler2Trait};
use nice_plug::wrapper::vst3::vst3::{Class, ComWrapper};
use parking_lot::Mutex;
use std::sync::Arc;

use crate::host::Host;
use crate::thread::Thread;

/// What tells the host, if it can be told.
pub(super) struct DirtyNotifier {
    host: Host,
    /// The thread that made the instance: hosts do that on their main one.
    main: Thread,
    handler: Mutex<Option<ComPtr<IComponentHandler2>>>,
}

impl DirtyNotifier {
    /// For the host around an instance that is made on this thread.
    pub(super) fn new(host: Host) -> Arc<DirtyNotifier> {
        let notifier = Arc::new(DirtyNotifier {
            host: host.clone(),
            main: Thread::current(),
            handler: Mutex::default(),
        });
        let weak = Arc::downgrade(&notifier);
        host.connect(move || {
            if let Some(notifier) = weak.upgrade() {
                notifier.notify();
            }
        });
        notifier
    }

    /// By whom the host is told from now on.
    pub(super) fn set_handler(&self, handler: Option<ComPtr<IComponentHandler2>>) {
        // The old one is let go of without the lock.
        let _old = std::mem::replace(&mut *self.handler.lock(), handler);
    }

    /// Tells the host what it has not been told yet, if this is its main thread and it has a handler.
    pub(super) fn notify(&self) {
        if Thread::current() != self.main {
            return;
        }
        let handler = self.handler.lock().clone();
        if let Some(handler) = handler
            && self.host.take_dirty()
        {
            // SAFETY: this is the host's main thread.
            unsafe { handler.setDirty(1) };
        }
    }
}

/// What a run loop calls.
pub(super) struct DirtyTimer(Arc<DirtyNotifier>);

impl DirtyTimer {
    /// How often, in milliseconds.
    pub(super) const INTERVAL: u64 = 100;

    /// One for a run loop.
    pub(super) fn handler(notifier: Arc<DirtyNotifier>) -> Option<ComPtr<ITimerHandler>> {
        ComWrapper::new(DirtyTimer(notifier)).to_com_ptr()
    }
}

impl Class for DirtyTimer {
    type Interfaces = (ITimerHandler,);
}

impl ITimerHandlerTrait for DirtyTimer {
    unsafe fn onTimer(&self) {
        self.0.notify();
    }
}
