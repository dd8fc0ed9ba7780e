//! The editor of a guarded plug-in.

use std::error::Error;
use std::fmt;

use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::NativeSize;
use nice_plug::editor::{EditorHandle, HostMethods, SpawnedEditor};
use nice_plug::prelude::*;

use crate::contain::contain;

/// An editor that answers in the place of one that panics.
pub(crate) struct GuardedEditor<E>(pub(super) E);

/// The same for an open one.
pub(crate) struct GuardedHandle<H>(Option<H>);

/// Why an editor did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum EditorError<E> {
    /// It says so itself.
    Refused(E),
    /// It panicked; the log has more.
    Panicked,
}

impl<E: fmt::Display> fmt::Display for EditorError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditorError::Refused(error) => error.fmt(f),
            EditorError::Panicked => f.write_str("the editor failed; close it and open it again"),
        }
    }
}

impl<E: Error> Error for EditorError<E> {}

impl<E: Editor> Editor for GuardedEditor<E> {
    type Handle = GuardedHandle<E::Handle>;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let spawn = || {
            self.0
                .spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)
        };
        let SpawnedEditor { handle, window } =
            contain("opening its editor", spawn).unwrap_or_else(|| Err(Box::from("the editor failed")))?;
        Ok(SpawnedEditor {
            handle: GuardedHandle(Some(handle)),
            window,
        })
    }

    fn size(&self) -> NativeSize<u32> {
        contain("its editor", || self.0.size()).unwrap_or(NativeSize::new(1, 1))
    }

    fn resize_hint(&self) -> ResizeHint {
        contain("its editor", || self.0.resize_hint()).unwrap_or_default()
    }

    fn track_info_updated(&self, info: TrackInfo) {
        contain("its editor", || self.0.track_info_updated(info));
    }
}

impl<H: EditorHandle> GuardedHandle<H> {
    fn ask<T>(&self, ask: impl FnOnce(&H) -> T) -> Option<T> {
        let handle = self.0.as_ref()?;
        contain("its editor", || ask(handle))
    }

    fn order(&self, order: impl FnOnce(&H) -> Result<(), H::Error>) -> Result<(), EditorError<H::Error>> {
        self.ask(order)
            .ok_or(EditorError::Panicked)?
            .map_err(EditorError::Refused)
    }
}

impl<H: EditorHandle> EditorHandle for GuardedHandle<H> {
    type Window = H::Window;
    type Error = EditorError<H::Error>;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        contain("its editor", || H::run_until_closed(window))
            .ok_or(EditorError::Panicked)?
            .map_err(EditorError::Refused)
    }

    fn set_parent(&self, parent: ParentWindowHandle, window: &Self::Window) -> Result<(), Self::Error> {
        self.order(|handle| handle.set_parent(parent, window))
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.order(|handle| handle.show(window))
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.order(|handle| handle.hide(window))
    }

    fn set_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Result<(), Self::Error> {
        self.order(|handle| handle.set_size(new_size, window))
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        self.ask(|handle| handle.host_main_thread_callback(window));
    }

    fn adjust_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Option<NativeSize<u32>> {
        self.ask(|handle| handle.adjust_size(new_size, window)).flatten()
    }

    fn set_fallback_scale_factor(&self, scale_factor: f64, window: &Self::Window) -> Result<(), Self::Error> {
        self.order(|handle| handle.set_fallback_scale_factor(scale_factor, window))
    }

    fn on_virtual_key_from_host(
        &self,
        key_code: VirtualKeyCode,
        is_down: bool,
        modifiers: Modifiers,
    ) -> bool {
        self.ask(|handle| handle.on_virtual_key_from_host(key_code, is_down, modifiers))
            .unwrap_or(false)
    }

    fn state_changed(&self) {
        self.ask(H::state_changed);
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.ask(|handle| handle.param_value_changed(id, normalized_value));
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.ask(|handle| handle.param_modulation_changed(id, modulation_offset));
    }
}

impl<H> Drop for GuardedHandle<H> {
    fn drop(&mut self) {
        let handle = self.0.take();
        contain("closing its editor", || drop(handle));
    }
}
