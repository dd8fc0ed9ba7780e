//! Rows of a panel, and what stands beside each other in them.

use egui::{Align2, Rect, Stroke, Ui, pos2};

use crate::button::text;
use crate::theme;

/// Between two columns, and at least between two rows, in points.
const GAP: f32 = 4.0;
/// Height of a heading, in points.
const HEADING: f32 = 12.0;
/// Above a heading, beside the space between rows, in points.
const ABOVE_HEADING: f32 = 4.0;
/// Width of the names at the left, in points.
pub(crate) const NAME: f32 = 80.0;

/// Gives one row after another, from the top.
pub(crate) struct Rows {
    left: Rect,
    gap: f32,
}

impl Rows {
    /// From the top of `room`, with some of the `spare` height between each two.
    pub(crate) fn new(room: Rect, spare: f32) -> Rows {
        Rows {
            left: room,
            gap: GAP + spare.clamp(0.0, GAP).floor(),
        }
    }

    /// The next row, `height` points high.
    pub(crate) fn next(&mut self, height: f32) -> Rect {
        let row = self.left.with_max_y(self.left.top() + height);
        self.left.min.y += height + self.gap;
        row
    }

    /// What the next rows are about, and a line from there to the right.
    pub(crate) fn heading(&mut self, ui: &Ui, words: &str) {
        self.left.min.y += ABOVE_HEADING;
        let row = self.next(HEADING);
        let look = theme::of(ui.ctx());
        let width = text(ui, row, Align2::LEFT_CENTER, words, theme::tiny(), look.muted);
        let line = row.left() + width + 8.0..=row.right();
        let ink = Stroke::new(1.0, look.hairline);
        ui.painter().hline(line, row.center().y.round() + 0.5, ink);
    }
}

/// A row in `count` equal columns.
pub(crate) fn columns(row: Rect, count: usize) -> impl Fn(usize) -> Rect {
    let width = (row.width() - GAP * (count - 1) as f32) / count as f32;
    move |i| {
        let left = row.left() + i as f32 * (width + GAP);
        Rect::from_x_y_ranges(left.round()..=(left + width).round(), row.y_range())
    }
}

/// A row in parts of these widths, in points; what is left over is the first one's.
pub(crate) fn shares<const COUNT: usize>(row: Rect, widths: [f32; COUNT]) -> [Rect; COUNT] {
    let spare = row.width() - widths.iter().sum::<f32>() - GAP * (COUNT - 1) as f32;
    let mut left = row.left();
    let mut first = spare;
    widths.map(|width| {
        let right = left + width + std::mem::take(&mut first);
        let part = Rect::from_x_y_ranges(left.round()..=right.round(), row.y_range());
        left = right + GAP;
        part
    })
}

/// A label at the left of a row, and the room beside it.
pub(crate) fn labelled(ui: &Ui, row: Rect, label: &str) -> Rect {
    let ink = theme::of(ui.ctx()).text;
    text(ui, row, Align2::LEFT_CENTER, label, theme::body(), ink);
    Rect::from_min_max(pos2(row.left() + NAME, row.top()), row.max)
}
