//! The window, which of its keys the host does not get, and what the editor's commands do.

mod app;
mod dialog;
mod fallen;
#[cfg(target_os = "linux")]
mod first_frame;
mod keyboard;
mod keys;
mod measured;
mod passing_on;
mod room;
mod scaling;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use earmark_formats::Host;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize, Size};
use nice_plug::editor::{EditorHandle, HostMethods, SpawnedEditor};
use nice_plug::prelude::*;
use nice_plug_egui::{
    EguiEditorHandle, EguiEditorState, EguiNiceSettings, RepaintNotifier, create_egui_editor,
};

use crate::params::EarmarkParams;
use crate::session::Session;
use app::App;
use measured::Measured;
use passing_on::HostWindow;

/// Title of the window, also where a host frames it.
const TITLE: &str = "Earmark";

/// Makes windows, one at a time.
///
/// A wrapper around nice-plug-egui's editor for two reasons: that one fixes its size before the project's is known, and it
/// answers hosts that offer it a key with "not mine" even while a text is being typed.
pub struct EarmarkEditor {
    params: Arc<EarmarkParams>,
    session: Arc<Session>,
    host: Host,
    typing: Arc<AtomicBool>,
    parts_apart: bool,
    host_window: HostWindow,
    measured: Measured,
}

impl EarmarkEditor {
    pub(crate) fn new(params: Arc<EarmarkParams>, session: Arc<Session>, host: Host) -> EarmarkEditor {
        EarmarkEditor {
            params,
            session,
            host,
            typing: Arc::default(),
            parts_apart: false,
            host_window: HostWindow::default(),
            measured: Measured::default(),
        }
    }

    /// For the class whose parts have outputs of their own: what mixes them is shown to be the host's.
    pub(crate) fn with_parts_apart(self) -> EarmarkEditor {
        EarmarkEditor {
            parts_apart: true,
            ..self
        }
    }

    /// The page's width and height when it opens, in points: the project's, and no larger than a screen where it is drawn larger.
    fn points(&self, scale_factor: Option<f64>) -> LogicalSize<f64> {
        let (width, height) = self.params.window.load();
        let zoom = self.session.editor_look().scale.factor();
        let wanted = [width as f32 * zoom, height as f32 * zoom];
        let screen = (zoom > 1.0).then(|| room::screen(scale_factor)).flatten();
        let [width, height] = scaling::on_screen(wanted, screen).map(|side| f64::from(side / zoom));
        LogicalSize::new(width, height)
    }
}

impl Editor for EarmarkEditor {
    type Handle = EarmarkEditorHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        gui_context: GuiContext,
        host: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        self.session.look_for_models();
        self.session.look_for_presets();
        self.session.look_for_look();
        let points = self.points(fallback_scale_factor);
        let zoom = self.session.editor_look().scale.factor();
        let system = fallback_scale_factor.unwrap_or(1.0);
        let expected = points.to_physical(system * f64::from(zoom));
        self.measured.set(expected, system);
        let app = App::new(
            self.params.clone(),
            self.session.clone(),
            self.host.clone(),
            self.typing.clone(),
            self.parts_apart,
        )
        .with_host_window(self.host_window.clone())
        .with_measured(self.measured.clone());
        let settings = EguiNiceSettings::new()
            .with_tile(TITLE)
            .with_resize_hint(self.resize_hint());
        let state = EguiEditorState::from_size(Size::Logical(points), zoom);
        let editor = create_egui_editor(state, RepaintNotifier::new(), settings, app)
            .ok_or("The editor could not be made.")?;
        if let Some(parent) = parent {
            self.host_window.set(parent);
        }
        let spawned = editor.spawn(parent, wait_for_parent, fallback_scale_factor, gui_context, host)?;
        let handle = EarmarkEditorHandle {
            inner: spawned.handle,
            typing: self.typing.clone(),
            host_window: self.host_window.clone(),
            measured: self.measured.clone(),
        };
        Ok(SpawnedEditor {
            handle,
            window: spawned.window,
        })
    }

    fn size(&self) -> NativeSize<u32> {
        self.measured.get().unwrap_or_else(|| {
            let zoom = f64::from(self.session.editor_look().scale.factor());
            let LogicalSize { width, height } = self.points(None);
            NativeSize::from_size(LogicalSize::new(width * zoom, height * zoom).into(), 1.0)
        })
    }

    fn resize_hint(&self) -> ResizeHint {
        let (width, height) = earmark_gui::MINIMUM_SIZE;
        ResizeHint::RESIZABLE.with_min_logical_size(LogicalSize::new(width as f32, height as f32))
    }
}

/// An open window.
pub struct EarmarkEditorHandle {
    inner: EguiEditorHandle,
    typing: Arc<AtomicBool>,
    host_window: HostWindow,
    measured: Measured,
}

impl EditorHandle for EarmarkEditorHandle {
    type Window = <EguiEditorHandle as EditorHandle>::Window;
    type Error = <EguiEditorHandle as EditorHandle>::Error;

    fn run_until_closed(window: Self::Window) -> Result<(), Self::Error> {
        EguiEditorHandle::run_until_closed(window)
    }

    fn set_parent(&self, parent: ParentWindowHandle, window: &Self::Window) -> Result<(), Self::Error> {
        self.host_window.set(parent);
        self.inner.set_parent(parent, window)
    }

    fn show(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.show(window)
    }

    fn hide(&self, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.hide(window)
    }

    fn set_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.set_size(new_size, window)
    }

    fn host_main_thread_callback(&self, window: &Self::Window) {
        self.inner.host_main_thread_callback(window);
    }

    fn adjust_size(&self, new_size: NativeSize<u32>, window: &Self::Window) -> Option<NativeSize<u32>> {
        self.inner.adjust_size(new_size, window)
    }

    fn set_fallback_scale_factor(&self, scale_factor: f64, window: &Self::Window) -> Result<(), Self::Error> {
        self.inner.set_fallback_scale_factor(scale_factor, window)
    }

    /// Some hosts offer keys here before, or as well as, they reach the window. While a text is being typed they are ours,
    /// or Space would start the transport; the window itself receives them and types them.
    fn on_virtual_key_from_host(&self, _key: VirtualKeyCode, _is_down: bool, _modifiers: Modifiers) -> bool {
        self.typing.load(Ordering::Relaxed)
    }

    fn state_changed(&self) {
        self.inner.state_changed();
    }

    fn param_value_changed(&self, id: &str, normalized_value: f32) {
        self.inner.param_value_changed(id, normalized_value);
    }

    fn param_modulation_changed(&self, id: &str, modulation_offset: f32) {
        self.inner.param_modulation_changed(id, modulation_offset);
    }
}

impl Drop for EarmarkEditorHandle {
    fn drop(&mut self) {
        // A window that is closed in the middle of a word must not go on keeping the host's keys.
        self.typing.store(false, Ordering::Relaxed);
        self.measured.forget();
    }
}
