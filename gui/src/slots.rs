//! The row of query slots: off, and 1 to 8.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::view::{Command, SLOTS, View};

/// Width of the row, in points.
pub(crate) const WIDTH: f32 = LABEL + 40.0 + SLOTS as f32 * 32.0;
/// Width of the word before the buttons.
const LABEL: f32 = 34.0;

/// Draws the row into `rect`, which is at least [`WIDTH`] wide. Slots with a text carry a bar below their number.
pub(crate) fn show(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    let label = rect.left_center();
    ui.painter()
        .text(label, Align2::LEFT_CENTER, "slot", theme::small(), theme::MUTED);
    let mut left = rect.left() + LABEL;
    for slot in std::iter::once(None).chain((0..SLOTS).map(Some)) {
        let width = if slot.is_none() { 40.0 } else { 28.0 };
        let button = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width + 4.0;
        let text = slot.map_or("", |slot| view.slots[slot].text.as_str());
        let name = slot.map_or("Off".to_owned(), |slot| (slot + 1).to_string());
        let response = ui.interact(button, ui.scope_id().with(("slot", slot)), Sense::click());
        let selected = view.active == slot;
        response.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, true, selected, format!("query slot {name}"))
        });
        let fill = match (selected, response.hovered()) {
            (true, _) => theme::ACCENT,
            (false, true) => theme::HOVERED,
            (false, false) => theme::RAISED,
        };
        let ink = if selected {
            theme::ON_ACCENT
        } else if slot.is_none() || !text.is_empty() {
            theme::TEXT
        } else {
            theme::MUTED
        };
        let painter = ui.painter();
        painter.rect_filled(button, theme::ROUND, fill);
        if response.has_focus() {
            painter.rect_stroke(
                button,
                theme::ROUND,
                Stroke::new(2.0, theme::TEXT),
                StrokeKind::Inside,
            );
        }
        let lift = if text.is_empty() { 0.0 } else { -1.5 };
        painter.text(
            button.center() + vec2(0.0, lift),
            Align2::CENTER_CENTER,
            name,
            theme::small(),
            ink,
        );
        if !text.is_empty() {
            painter.hline(
                button.shrink(8.0).x_range(),
                button.bottom() - 5.0,
                Stroke::new(2.0, ink),
            );
        }
        if response.clicked() && !selected {
            commands.push(Command::SelectSlot(slot));
        }
        let tip = match (slot, text) {
            (None, _) => "no query: the sound passes unchanged",
            (Some(_), "") => "an empty slot: the sound passes unchanged",
            (Some(_), text) => text,
        };
        response.on_hover_text(tip);
    }
}
