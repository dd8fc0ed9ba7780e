//! Isolate, remove, custom: three buttons that say what they do.

use egui::{Align2, Key, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use crate::theme;
use crate::view::{Command, Mode, View};

const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Isolate, "Isolate", "hear only this"),
    (Mode::Remove, "Remove", "hear all but this"),
    (Mode::Custom, "Custom", "balance both"),
];

/// Draws the three buttons into `rect`.
pub(crate) fn show(ui: &mut Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    let gap = 8.0;
    let width = (rect.width() - 2.0 * gap) / 3.0;
    for (i, (mode, name, meaning)) in MODES.into_iter().enumerate() {
        let left = rect.left() + i as f32 * (width + gap);
        let button = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
        let response = ui.interact(button, ui.scope_id().with(("mode", i)), Sense::click());
        let selected = view.mode == mode;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, name));
        let fill = match (selected, response.hovered()) {
            (true, _) => theme::ACCENT,
            (false, true) => theme::HOVERED,
            (false, false) => theme::RAISED,
        };
        let (text, explanation) = if selected {
            (theme::ON_ACCENT, theme::ON_ACCENT)
        } else {
            (theme::TEXT, theme::MUTED)
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
        let centre = button.center();
        painter.text(
            pos2(centre.x, centre.y - 9.0),
            Align2::CENTER_CENTER,
            name,
            theme::body(),
            text,
        );
        painter.text(
            pos2(centre.x, centre.y + 10.0),
            Align2::CENTER_CENTER,
            meaning,
            theme::small(),
            explanation,
        );
        let chosen =
            response.clicked() || response.has_focus() && ui.input(|input| input.key_pressed(Key::Space));
        if chosen && !selected {
            commands.push(Command::SetMode(mode));
        }
    }
}
