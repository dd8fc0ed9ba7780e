//! What is done to the mask without asking the model anew, and how the channels are heard.

use egui::{Align2, Rect, Role, Ui, pos2};

use crate::button::{Button, text};
use crate::fader::{Caption, Faders, Widths};
use crate::theme;
use crate::view::{ChannelMode, Command, Control, View};

const ROWS: [Control; 4] = [
    Control::Sensitivity,
    Control::Floor,
    Control::Smoothing,
    Control::Gate,
];

const WIDTHS: Widths = Widths {
    name: 80.0,
    buttons: 0.0,
    value: 76.0,
};

/// Draws the faders into `rect`, below a row of the height `heading`.
pub(crate) fn show(
    ui: &mut Ui,
    rect: Rect,
    heading: f32,
    faders: &mut Faders,
    view: &View,
    commands: &mut Vec<Command>,
) {
    let (head, body) = rect.split_top_bottom_at_y(rect.top() + heading);
    stereo(ui, head, view, commands);
    let body = body.with_min_y(body.top() + 6.0);
    let height = body.height() / ROWS.len() as f32;
    for (i, control) in ROWS.into_iter().enumerate() {
        let top = body.top() + i as f32 * height;
        let row = Rect::from_min_max(pos2(body.left(), top), pos2(body.right(), top + height));
        let caption = Caption {
            control,
            unused: None,
            colour: theme::REST,
        };
        faders.show(ui, row, WIDTHS, &caption, view, commands);
    }
}

fn stereo(ui: &Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    text(
        ui,
        rect,
        Align2::LEFT_CENTER,
        "Channels",
        theme::body(),
        theme::TEXT,
    );
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
    let left = rect.left() + WIDTHS.name + 12.0;
    let width = (rect.right() - left - 6.0) / 2.0;
    for (i, (stereo, name, tip)) in choices.into_iter().enumerate() {
        let left = left + i as f32 * (width + 6.0);
        let place = Rect::from_min_max(
            pos2(left.round(), rect.top()),
            pos2((left + width).round(), rect.bottom()),
        );
        let response = Button::new(name)
            .choice(Role::RadioButton, view.stereo == stereo, theme::REST)
            .show(ui, place, ("stereo", i))
            .on_hover_text(tip);
        if response.clicked() && view.stereo != stereo {
            commands.push(Command::SetChannelMode(stereo));
        }
    }
}
