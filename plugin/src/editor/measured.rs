//! The size of the open window, for hosts that ask.

use std::sync::Arc;

use nice_plug::editor::dpi::{NativeSize, PhysicalSize};
use parking_lot::Mutex;

/// What the window is now, or will be when it is there; nothing while none is open.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured(Arc<Mutex<Option<Window>>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    pixels: PhysicalSize<f64>,
    /// Pixels for each of the system's logical ones.
    scale_factor: f64,
}

impl Measured {
    /// It has so many pixels, and the system's scale is this.
    pub(super) fn set(&self, pixels: PhysicalSize<f64>, scale_factor: f64) {
        *self.0.lock() = Some(Window { pixels, scale_factor });
    }

    /// It has so many pixels now.
    pub(super) fn resized(&self, pixels: PhysicalSize<f64>) {
        if let Some(window) = &mut *self.0.lock() {
            window.pixels = pixels;
        }
    }

    /// It is closed.
    pub(super) fn forget(&self) {
        *self.0.lock() = None;
    }

    /// As the system counts it.
    pub(super) fn get(&self) -> Option<NativeSize<u32>> {
        let window = *self.0.lock();
        window.map(|window| NativeSize::from_size(window.pixels.into(), window.scale_factor))
    }
}
