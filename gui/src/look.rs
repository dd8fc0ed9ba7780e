//! How the editor looks: dark or light, how much moves, and how large it is drawn.

use egui::{Context, Key, Modifiers, Rect, Role, Ui};

use crate::button::Button;
use crate::hints::Hint;
use crate::menu::{Entry, menu};
use crate::rows::shares;
use crate::view::{Command, Look, Scale, View};
use crate::words;

/// Widths of dark, light, less motion and the scale, in points.
const ROW: [f32; 4] = [52.0, 52.0, 92.0, 88.0];

/// Draws the choices into a row.
pub(crate) fn show(ui: &Ui, row: Rect, view: &View, commands: &mut Vec<Command>) {
    let place = shares(row, ROW);
    let now = view.look;
    for (i, name, tip, light) in [
        (0, "Dark", "For dim rooms", false),
        (1, "Light", "For bright rooms", true),
    ] {
        let response = Button::new(name)
            .choice(Role::RadioButton, now.light == light)
            .show(ui, place[i], name)
            .hint(tip);
        if response.clicked() && now.light != light {
            commands.push(Command::SetLook(Look { light, ..now }));
        }
    }
    let response = Button::new("Less motion")
        .choice(Role::Switch, now.calm)
        .show(ui, place[2], "calm")
        .hint("Spectrogram and meters move four times a second");
    if response.clicked() {
        let calm = !now.calm;
        commands.push(Command::SetLook(Look { calm, ..now }));
    }
    let tip = words::scale_in_full(now.scale, ui.ctx().zoom_factor());
    let scales = Scale::ALL.into_iter().map(|scale| Entry {
        text: words::scale(scale),
        tip: String::new(),
        chosen: scale == now.scale,
        command: Some(Command::SetLook(Look { scale, ..now })),
    });
    let shown = words::scale(now.scale);
    menu(ui, place[3], ("scale", &shown), &tip, scales, commands);
}

/// Ctrl and 0 bring 100 % back, wherever the menu is: a window that has grown out of the screen may have taken it along.
pub(crate) fn keys(context: &Context, view: &View, commands: &mut Vec<Command>) {
    let back = context.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Num0));
    if back && view.look.scale != Scale::default() {
        let scale = Scale::default();
        commands.push(Command::SetLook(Look { scale, ..view.look }));
    }
}
