//! What is done to the mask without asking the model anew, and how the channels are heard.

use egui::{Rect, Role, Ui};

use crate::button::Button;
use crate::fader::{Caption, Faders, Widths};
use crate::hints::Hint;
use crate::rows::{NAME, Rows, columns, labelled};
use crate::theme;
use crate::view::{ChannelMode, Command, Control, View};

const ROWS: [Control; 4] = [
    Control::Sensitivity,
    Control::Floor,
    Control::Smoothing,
    Control::Gate,
];

const WIDTHS: Widths = Widths {
    name: NAME,
    buttons: 0.0,
    value: 76.0,
};

/// Draws the faders into rows of this height.
pub(crate) fn show(
    ui: &mut Ui,
    rows: &mut Rows,
    height: f32,
    faders: &mut Faders,
    view: &View,
    commands: &mut Vec<Command>,
) {
    let colour = theme::of(ui.ctx()).rest;
    for control in ROWS {
        let caption = Caption {
            control,
            unused: None,
            colour,
        };
        faders.show(ui, rows.next(height), WIDTHS, &caption, view, commands);
    }
}

/// How the channels are heard.
pub(crate) fn channels(ui: &Ui, row: Rect, view: &View, commands: &mut Vec<Command>) {
    let rect = labelled(ui, row, "Channels");
    let choices = [
        (
            ChannelMode::Linked,
            "Linked",
            "the channels are heard together: the image stays where it is",
        ),
        (
            ChannelMode::Each,
            "Each",
            "each channel is heard by itself, at twice the cost",
        ),
    ];
    let place = columns(rect, choices.len());
    for (i, (stereo, name, tip)) in choices.into_iter().enumerate() {
        let response = Button::new(name)
            .choice(Role::RadioButton, view.stereo == stereo)
            .show(ui, place(i), ("stereo", i))
            .hint(tip);
        if response.clicked() && view.stereo != stereo {
            commands.push(Command::SetChannelMode(stereo));
        }
    }
}
