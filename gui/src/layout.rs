//! Where everything stands, from the window's size alone, so that nothing moves when something changes.
//!
//! The first view, from top to bottom, and what leads in it:
//!
//! ```text
//!  Earmark   preset ▾                          latency      Bypass   More
//!  1 typing   2 rain   +                                    as many tabs as are used
//!  ┌ the box ──────────────────────────────────────┐ [ Listen to this ]   the question
//!  ● one sentence: what is heard, or what to do
//!  ┌ the spectrogram ──────────────────────────────────────┐   in   out   the answer
//!  │                                                       │    ▌    ▌
//!  └───────────────────────────────────────────────────────┘    ▌    ▌
//!  [ Isolate ][ Remove ][ Custom ]                                        what is done with it
//!  This sound  you hear it alone, this loud                    0.0 dB     and how much
//!  ════════════════════════════════════════════╪══════█──────────────
//!  −60     −48     −36     −24     −12         0      +12
//! ```
//!
//! A person reads it in this order: what do I ask for, was it understood, what is done with it, and how much. There are at most 14 controls.
//! Everything else is behind *More*, which opens at the right side, is remembered in the project, and takes width alone: what
//! stands in the first view stays where it is in height. There all eight slots are in view.
//!
//! Spacing is 4, 8, 12 or 16 points; type is 12 (scales), 13 (explanations), 14.5 (everything) and 21 (the query, the value).

use egui::{Rect, pos2, vec2};

use crate::theme;

/// The places of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) header: Rect,
    pub(crate) slots: Rect,
    pub(crate) query: Rect,
    /// Beside the box: a sound in place of words.
    pub(crate) listen: Rect,
    pub(crate) status: Rect,
    /// At the right end of the status: what can be done with what was heard.
    pub(crate) audition: Rect,
    pub(crate) spectrogram: Rect,
    pub(crate) meters: Rect,
    pub(crate) modes: Rect,
    pub(crate) amount: Rect,
    /// Where *More* is open.
    pub(crate) more: Option<Rect>,
}

/// Height of the row of modes, in points.
const MODES: f32 = 36.0;
/// Height of the control that says how much, in points.
const AMOUNT: f32 = 84.0;
/// Width of what is behind *More*, in points.
const MORE: f32 = 320.0;
/// Width of the button beside the box, in points.
const LISTEN: f32 = 112.0;
/// Width of two meters with their scale, in points.
const METERS: f32 = 128.0;

impl Layout {
    /// The places in a window of this size.
    pub(crate) fn new(window: Rect, more: bool) -> Layout {
        let page = window.shrink2(vec2(theme::MARGIN, 14.0));
        let band = |within: Rect, top: f32, height: f32| {
            Rect::from_min_max(
                pos2(within.left(), page.top() + top),
                pos2(within.right(), page.top() + top + height),
            )
        };
        let side = Rect::from_min_max(pos2(page.right() - MORE, page.top() + 84.0), page.max);
        let main = if more {
            page.with_max_x(side.left() - theme::MARGIN)
        } else {
            page
        };
        let query = band(main, 84.0, 48.0);
        let status = band(main, 136.0, 28.0);
        let amount = main.with_min_y(main.bottom() - AMOUNT);
        let modes = Rect::from_min_max(
            pos2(main.left(), amount.top() - 8.0 - MODES),
            pos2(main.right(), amount.top() - 8.0),
        );
        let sight = Rect::from_min_max(
            pos2(main.left(), status.bottom() + 8.0),
            pos2(main.right(), modes.top() - 12.0),
        );
        let meters = sight.with_min_x(sight.right() - METERS);
        Layout {
            header: band(page, 0.0, 32.0),
            slots: band(page, 44.0, 28.0),
            query: query.with_max_x(query.right() - LISTEN - 8.0),
            listen: query.with_min_x(query.right() - LISTEN),
            status: status.with_max_x(main.right() - 152.0),
            audition: status.with_min_x(main.right() - 144.0),
            spectrogram: sight.with_max_x(meters.left() - 16.0),
            meters,
            modes: modes.with_max_x(modes.right().min(modes.left() + 480.0)),
            amount,
            more: more.then_some(side),
        }
    }
}
