//! How much room a window has. X servers know it; elsewhere nobody is asked, and a window is as large as it says.

use nice_plug_egui::baseview::WindowContext;

use super::scaling::Extent;

/// The screen, in logical pixels.
pub(super) fn screen(scale_factor: Option<f64>) -> Option<Extent> {
    system::screen(scale_factor)
}

/// What the host shows of a window: what it has put it into. In logical pixels; nothing where it stands by itself.
pub(super) fn shown(window: &WindowContext) -> Option<Extent> {
    system::shown(window)
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Extent, WindowContext};

    pub(super) fn screen(_: Option<f64>) -> Option<Extent> {
        None
    }

    pub(super) fn shown(_: &WindowContext) -> Option<Extent> {
        None
    }
}

#[cfg(target_os = "linux")]
mod system {
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};
    use x11rb::rust_connection::RustConnection;

    use super::{Extent, WindowContext};
    use crate::editor::first_frame::number;

    /// A desktop's scale is told in dots per inch, of which there once were so many.
    const USUAL_DPI: f64 = 96.0;
    /// The properties of the desktop that are read, in words of four bytes.
    const ENOUGH: u32 = 16_384;

    fn logical(width: u16, height: u16, scale_factor: f64) -> Extent {
        [width, height].map(|side| (f64::from(side) / scale_factor) as f32)
    }

    pub(super) fn screen(scale_factor: Option<f64>) -> Option<Extent> {
        let (connection, screen) = RustConnection::connect(None).ok()?;
        let screen = connection.setup().roots.get(screen)?;
        let dpi = || -> Option<f64> {
            let (name, kind) = (AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING);
            let asked = connection.get_property(false, screen.root, name, kind, 0, ENOUGH);
            let resources = String::from_utf8(asked.ok()?.reply().ok()?.value).ok()?;
            let line = resources.lines().find_map(|line| line.strip_prefix("Xft.dpi:"))?;
            line.trim().parse().ok().filter(|dpi: &f64| *dpi > 0.0)
        };
        // As baseview does: the desktop's word is taken before the host's.
        let scale_factor = dpi().map_or(scale_factor.unwrap_or(1.0), |dpi| dpi / USUAL_DPI);
        Some(logical(
            screen.width_in_pixels,
            screen.height_in_pixels,
            scale_factor,
        ))
    }

    pub(super) fn shown(window: &WindowContext) -> Option<Extent> {
        let (connection, _) = RustConnection::connect(None).ok()?;
        let tree = connection.query_tree(number(window)?).ok()?.reply().ok()?;
        if tree.parent == tree.root {
            return None;
        }
        let parent = connection.get_geometry(tree.parent).ok()?.reply().ok()?;
        Some(logical(parent.width, parent.height, window.scale_factor()))
    }
}
