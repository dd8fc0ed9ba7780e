//! How the editor looks: dark or light, and how much moves.

use egui::{Rect, Role, Ui};

use crate::button::Button;
use crate::more::columns;
use crate::view::{Command, Look, View};

/// Draws the choices into a row.
pub(crate) fn show(ui: &Ui, row: Rect, view: &View, commands: &mut Vec<Command>) {
    let place = columns(row, 3);
    let now = view.look;
    for (i, name, tip, light) in [
        (0, "Dark", "for dim rooms", false),
        (1, "Light", "for bright rooms", true),
    ] {
        let response = Button::new(name)
            .choice(Role::RadioButton, now.light == light)
            .show(ui, place(i), name)
            .on_hover_text(tip);
        if response.clicked() && now.light != light {
            commands.push(Command::SetLook(Look { light, ..now }));
        }
    }
    let response = Button::new("Less motion")
        .choice(Role::Switch, now.calm)
        .show(ui, place(2), "calm")
        .on_hover_text("spectrogram and meters move four times a second");
    if response.clicked() {
        let calm = !now.calm;
        commands.push(Command::SetLook(Look { calm, ..now }));
    }
}
