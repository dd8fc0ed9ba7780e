//! An editor's view: nice-plug's, behind a frame of ours.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use nice_plug::wrapper::vst3::vst3::Steinberg::{
    FIDString, IPlugFrame, IPlugView, IPlugViewContentScaleSupport,
    IPlugViewContentScaleSupport_::ScaleFactor, IPlugViewContentScaleSupportTrait, IPlugViewTrait, TBool,
    ViewRect, char16, int16, kResultFalse, tresult,
};
use nice_plug::wrapper::vst3::vst3::{Class, ComPtr, ComRef, ComWrapper};
use parking_lot::Mutex;

use super::dirty::DirtyNotifier;
use super::forward::forward;
use super::frame::Loan;

/// A view as the host holds it.
pub(super) struct View {
    theirs: ComPtr<IPlugView>,
    /// Our own address as the host knows it.
    own: AtomicPtr<IPlugView>,
    /// The host's frame, as nice-plug's view has it now.
    frame: Mutex<Option<Arc<Loan>>>,
    notifier: Arc<DirtyNotifier>,
}

impl Class for View {
    type Interfaces = (IPlugView, IPlugViewContentScaleSupport);
}

impl View {
    /// A view around another one, which becomes ours; null around null. It belongs to whoever asks.
    ///
    /// # Safety
    /// `theirs` is null or a view with a reference that is ours to give back.
    pub(super) unsafe fn around(theirs: *mut IPlugView, notifier: Arc<DirtyNotifier>) -> *mut IPlugView {
        // SAFETY: the caller's promise.
        let Some(theirs) = (unsafe { ComPtr::from_raw(theirs) }) else {
            return std::ptr::null_mut();
        };
        let view = ComWrapper::new(View {
            theirs,
            own: AtomicPtr::default(),
            frame: Mutex::default(),
            notifier,
        });
        let own = view
            .to_com_ptr::<IPlugView>()
            .map_or(std::ptr::null_mut(), ComPtr::into_raw);
        view.own.store(own, Ordering::Relaxed);
        own
    }

    fn theirs(&self) -> &ComPtr<IPlugView> {
        &self.theirs
    }
}

impl IPlugViewTrait for View {
    forward! { IPlugViewTrait:
        isPlatformTypeSupported(kind: FIDString) -> tresult;
        attached(parent: *mut c_void, kind: FIDString) -> tresult;
        removed() -> tresult;
        onWheel(distance: f32) -> tresult;
        onKeyDown(key: char16, code: int16, modifiers: int16) -> tresult;
        onKeyUp(key: char16, code: int16, modifiers: int16) -> tresult;
        getSize(size: *mut ViewRect) -> tresult;
        onSize(size: *mut ViewRect) -> tresult;
        onFocus(state: TBool) -> tresult;
        canResize() -> tresult;
        checkSizeConstraint(size: *mut ViewRect) -> tresult;
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        // SAFETY: the host's object, or null.
        let frame = unsafe { ComRef::from_raw(frame) };
        let own = self.own.load(Ordering::Relaxed);
        let loan = frame.map(|frame| Loan::new(frame.to_com_ptr(), own, self.notifier.clone()));
        let lent = loan.as_ref().and_then(Loan::frame);
        let lent = lent.as_ref().map_or(std::ptr::null_mut(), ComPtr::as_ptr);
        // SAFETY: nice-plug's view takes a reference of its own if it keeps the frame.
        let result = unsafe { self.theirs.setFrame(lent) };
        // Only now: until then nice-plug's view may post to what it has registered with the frame before.
        let before = std::mem::replace(&mut *self.frame.lock(), loan);
        if let Some(before) = before {
            before.end();
        }
        result
    }
}

impl IPlugViewContentScaleSupportTrait for View {
    unsafe fn setContentScaleFactor(&self, factor: ScaleFactor) -> tresult {
        match self.theirs.cast::<IPlugViewContentScaleSupport>() {
            // SAFETY: it has no conditions.
            Some(theirs) => unsafe { theirs.setContentScaleFactor(factor) },
            None => kResultFalse,
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // Not every host takes its frame away first.
        // SAFETY: null is no frame.
        unsafe { self.setFrame(std::ptr::null_mut()) };
    }
}

#[cfg(test)]
mod tests;
