//! Where everything stands, from the window's size alone, so that nothing moves when something changes.

use egui::{Rect, pos2, vec2};

use crate::theme;

/// The places of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) header: Rect,
    pub(crate) slots: Rect,
    pub(crate) query: Rect,
    pub(crate) status: Rect,
    pub(crate) audition: Rect,
    pub(crate) spectrogram: Rect,
    pub(crate) meters: Rect,
    pub(crate) modes: Rect,
    pub(crate) faders: Rect,
    pub(crate) shaping: Rect,
    /// A hairline is drawn 6 points above it.
    pub(crate) footer: Rect,
}

/// Height of the controls at the bottom, in points.
const CONTROLS: f32 = 148.0;
/// Height of the row of modes, in points.
pub(crate) const MODES: f32 = 34.0;
/// Height of the menus at the bottom, in points.
const FOOTER: f32 = 24.0;

impl Layout {
    /// The places in a window of this size.
    pub(crate) fn new(window: Rect) -> Layout {
        let page = window.shrink2(vec2(theme::MARGIN, 14.0));
        let band = |top: f32, height: f32| {
            Rect::from_min_max(
                pos2(page.left(), page.top() + top),
                pos2(page.right(), page.top() + top + height),
            )
        };
        let status = band(142.0, 26.0);
        let footer = page.with_min_y(page.bottom() - FOOTER);
        let controls = Rect::from_min_max(
            pos2(page.left(), footer.top() - 16.0 - CONTROLS),
            pos2(page.right(), footer.top() - 16.0),
        );
        let sight = Rect::from_min_max(
            pos2(page.left(), status.bottom() + 8.0),
            pos2(page.right(), controls.top() - 12.0),
        );
        let meters = sight.with_min_x(sight.right() - 176.0);
        let left = (page.width() * 0.55).floor();
        let mix = controls.with_max_x(page.left() + left);
        Layout {
            header: band(0.0, 32.0),
            slots: band(42.0, 34.0),
            query: band(86.0, 48.0),
            status: status.with_max_x(page.right() - 190.0),
            audition: status.with_min_x(page.right() - 176.0),
            spectrogram: sight.with_max_x(meters.left() - 14.0),
            meters,
            modes: mix.with_max_y(mix.top() + MODES),
            faders: mix.with_min_y(mix.top() + MODES + 6.0),
            shaping: controls.with_min_x(mix.right() + 28.0),
            footer,
        }
    }
}
