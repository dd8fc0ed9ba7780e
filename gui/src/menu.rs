//! A menu of which one entry holds.

use egui::{Popup, Rect, RichText, Ui, vec2};

use crate::button::Button;
use crate::hints::Hint;
use crate::theme;
use crate::view::Command;

/// Something to choose in a menu.
pub(crate) struct Entry {
    pub(crate) text: String,
    pub(crate) tip: String,
    pub(crate) chosen: bool,
    /// What it stands for; `None` where it cannot be chosen.
    pub(crate) command: Option<Command>,
}

/// A button that says what holds, and opens what can be chosen instead.
pub(crate) fn menu(
    ui: &Ui,
    rect: Rect,
    (kind, shown): (&str, &str),
    tip: &str,
    entries: impl Iterator<Item = Entry>,
    commands: &mut Vec<Command>,
) {
    let name = if kind.is_empty() {
        shown.to_owned()
    } else {
        format!("{kind}: {shown}")
    };
    let response = Button::new(shown)
        .menu()
        .named(&name)
        .show(ui, rect, name.split(':').next().unwrap_or_default())
        .hint(tip);
    Popup::menu(&response).gap(4.0).show(|ui| {
        for entry in entries {
            let text = RichText::new(entry.text).font(theme::small());
            let button = egui::Button::selectable(entry.chosen, text).min_size(vec2(rect.width(), 24.0));
            let button = ui.add_enabled(entry.command.is_some(), button);
            let button = if entry.tip.is_empty() {
                button
            } else {
                button.hint(&entry.tip).hint_where_disabled(&entry.tip)
            };
            if button.clicked() && !entry.chosen {
                commands.extend(entry.command);
            }
        }
    });
}
