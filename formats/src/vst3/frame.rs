//! A host's frame, as it is lent to nice-plug's view.
//!
//! On Linux nice-plug's view registers a handler with the frame's run loop: two ends of a socket and a queue. It holds one reference
//! to it more than it ever gives back, so the handler stays, registered with the host, until the host ends. The frame that it is
//! lent remembers the handler and gives that reference back when the loan ends:
//!
//! ```text
//! view.setFrame(null) ─► nice-plug drops its own reference ─► unregistered at the host ─► the other reference given back
//!                                                                  ─► dropped: closes both ends, calls unregisterEventHandler on us
//! ```
//! In that order, so that the host never watches an end that is closed, and nothing is posted to a handler that is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use nice_plug::wrapper::vst3::vst3::Steinberg::Linux::{
    FileDescriptor, IEventHandler, IRunLoop, IRunLoopTrait, ITimerHandler, TimerInterval,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{
    IPlugFrame, IPlugFrameTrait, IPlugView, ViewRect, kInvalidArgument, kResultOk, tresult,
};
use nice_plug::wrapper::vst3::vst3::com_scrape_types::Unknown;
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComRef, ComWrapper};
use parking_lot::Mutex;

use super::dirty::{DirtyNotifier, DirtyTimer};

/// What is lent.
pub(super) struct Loan {
    frame: ComPtr<IPlugFrame>,
    /// Of the host's frame; only on Linux do frames have one.
    run_loop: Option<ComPtr<IRunLoop>>,
    /// The view that the host has given the frame to; null when the loan has ended.
    view: AtomicPtr<IPlugView>,
    /// Registered at the host through us. Held here, so that none of them ends while the host knows it.
    handlers: Mutex<Vec<ComPtr<IEventHandler>>>,
    /// Registered by us.
    timer: Option<ComPtr<ITimerHandler>>,
    notifier: Arc<DirtyNotifier>,
}

impl Loan {
    /// Of a host's frame that was given to `view`.
    pub(super) fn new(
        frame: ComPtr<IPlugFrame>,
        view: *mut IPlugView,
        notifier: Arc<DirtyNotifier>,
    ) -> Arc<Loan> {
        let run_loop = frame.cast::<IRunLoop>();
        let timer = run_loop.as_ref().and_then(|run_loop| {
            let timer = DirtyTimer::handler(notifier.clone())?;
            // SAFETY: the timer is alive until `end`, where the host forgets it.
            let result = unsafe { run_loop.registerTimer(timer.as_ptr(), DirtyTimer::INTERVAL) };
            (result == kResultOk).then_some(timer)
        });
        Arc::new(Loan {
            run_loop,
            frame,
            view: AtomicPtr::new(view),
            handlers: Mutex::default(),
            timer,
            notifier,
        })
    }

    /// What nice-plug's view gets: it has a run loop if the host's frame has one, for nice-plug takes its absence for an answer.
    pub(super) fn frame(self: &Arc<Loan>) -> Option<ComPtr<IPlugFrame>> {
        match &self.run_loop {
            Some(run_loop) => ComWrapper::new(LoopFrame {
                loan: self.clone(),
                theirs: run_loop.clone(),
            })
            .to_com_ptr(),
            None => ComWrapper::new(PlainFrame(self.clone())).to_com_ptr(),
        }
    }

    /// Ends it, when nice-plug's view has let the frame go.
    pub(super) fn end(&self) {
        self.view.store(std::ptr::null_mut(), Ordering::Relaxed);
        if let (Some(run_loop), Some(timer)) = (&self.run_loop, &self.timer) {
            // SAFETY: the host knows the timer, and it is alive.
            unsafe { run_loop.unregisterTimer(timer.as_ptr()) };
        }
        // What the timer had no time for.
        self.notifier.notify();
        // Taken out first: a handler that ends unregisters itself here once more.
        let handlers = std::mem::take(&mut *self.handlers.lock());
        for handler in handlers {
            if let Some(run_loop) = &self.run_loop {
                // SAFETY: the host knows the handler, and it is alive.
                unsafe { run_loop.unregisterEventHandler(handler.as_ptr()) };
            }
            if references(&handler) > 1 {
                // SAFETY: the one that nice-plug has forgotten; a host has none after it has unregistered the handler. Of a version
                // of nice-plug that forgets none, this would take another's: see the test of its version.
                drop(unsafe { ComPtr::from_raw(handler.as_ptr()) });
            }
        }
    }

    /// # Safety
    /// As for the host's frame.
    unsafe fn resize(&self, size: *mut ViewRect) -> tresult {
        let view = self.view.load(Ordering::Relaxed);
        if view.is_null() {
            return kInvalidArgument;
        }
        // SAFETY: the view is alive until the loan has ended. The host knows ours, not nice-plug's.
        unsafe { self.frame.resizeView(view, size) }
    }
}

/// How many references there are to a handler, ours among them.
fn references(handler: &ComPtr<IEventHandler>) -> usize {
    // SAFETY: we hold one, so it is alive, and the one taken is given back.
    unsafe {
        IEventHandler::add_ref(handler.as_ptr());
        IEventHandler::release(handler.as_ptr())
    }
}

/// A frame without a run loop.
struct PlainFrame(Arc<Loan>);

impl Class for PlainFrame {
    type Interfaces = (IPlugFrame,);
}

impl IPlugFrameTrait for PlainFrame {
    unsafe fn resizeView(&self, _view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: nice-plug's own promise.
        unsafe { self.0.resize(size) }
    }
}

/// A frame with one.
struct LoopFrame {
    loan: Arc<Loan>,
    /// The host's.
    theirs: ComPtr<IRunLoop>,
}

impl Class for LoopFrame {
    type Interfaces = (IPlugFrame, IRunLoop);
}

impl IPlugFrameTrait for LoopFrame {
    unsafe fn resizeView(&self, _view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: nice-plug's own promise.
        unsafe { self.loan.resize(size) }
    }
}

impl IRunLoopTrait for LoopFrame {
    unsafe fn registerEventHandler(
        &self,
        handler: *mut IEventHandler,
        descriptor: FileDescriptor,
    ) -> tresult {
        // SAFETY: an object that is alive, or null.
        let Some(held) = (unsafe { ComRef::from_raw(handler) }) else {
            return kInvalidArgument;
        };
        self.loan.handlers.lock().push(held.to_com_ptr());
        // SAFETY: nice-plug's own promise. What the host reports, it reports to the handler itself.
        unsafe { self.theirs.registerEventHandler(handler, descriptor) };
        // nice-plug panics in a C function if a host refuses; as it is, what it posts to the handler waits until the editor closes.
        kResultOk
    }

    unsafe fn unregisterEventHandler(&self, handler: *mut IEventHandler) -> tresult {
        let held = {
            let mut handlers = self.loan.handlers.lock();
            let at = handlers.iter().position(|held| held.as_ptr() == handler);
            at.map(|at| handlers.swap_remove(at))
        };
        // One that is ending has been unregistered by `end`, and must not be touched.
        let Some(held) = held else {
            return kInvalidArgument;
        };
        // SAFETY: the host knows the handler, and it is alive.
        unsafe { self.theirs.unregisterEventHandler(held.as_ptr()) }
    }

    unsafe fn registerTimer(&self, handler: *mut ITimerHandler, milliseconds: TimerInterval) -> tresult {
        // SAFETY: nice-plug's own promise.
        unsafe { self.theirs.registerTimer(handler, milliseconds) }
    }

    unsafe fn unregisterTimer(&self, handler: *mut ITimerHandler) -> tresult {
        // SAFETY: nice-plug's own promise.
        unsafe { self.theirs.unregisterTimer(handler) }
    }
}

#[cfg(test)]
mod tests {
    /// What is said here of nice-plug's references, and of much else in this crate, was read in this version.
    #[test]
    fn nice_plug_is_the_version_that_this_is_written_for() {
        let lock = include_str!("../../../Cargo.lock");
        let (_, package) = lock
            .split_once("\nname = \"nice-plug\"\n")
            .expect("a dependency of ours");
        assert!(
            package.starts_with("version = \"0.4.2\"\n"),
            "nice-plug is another version now: look whether its VST3 view still forgets a reference to its event handler (`Loan::end`), \
             and what else this crate mends"
        );
    }
}
