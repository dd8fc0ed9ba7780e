//! Isolate, remove, custom: what is done with the sound. The one that holds has the accent.

use egui::{Rect, Role, Ui, pos2};

use crate::button::Button;
use crate::hints::Hint;
use crate::theme;
use crate::view::{Command, Mode, View};

const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Isolate, "Isolate", "hear only this sound"),
    (Mode::Remove, "Remove", "hear everything but this sound"),
    (Mode::Custom, "Custom", "balance this sound against the rest"),
];

/// Draws the row into `rect`; `slot` is the one that the text box edits.
pub(crate) fn show(ui: &Ui, rect: Rect, slot: usize, view: &View, commands: &mut Vec<Command>) {
    let gap = 4.0;
    let width = (rect.width() - 2.0 * gap) / 3.0;
    let present = view.mix().mode;
    let colour = theme::of(ui.ctx()).accent(view.slots[slot].colour);
    for (i, (mode, name, meaning)) in MODES.into_iter().enumerate() {
        let left = rect.left() + i as f32 * (width + gap);
        let place = Rect::from_min_max(
            pos2(left.round(), rect.top()),
            pos2((left + width).round(), rect.bottom()),
        );
        let response = Button::new(name)
            .large()
            .choice(Role::RadioButton, mode == present && !view.parts_apart)
            .accent(colour)
            .enabled(!view.parts_apart)
            .show(ui, place, ("mode", i))
            .hint(meaning);
        if response.clicked() && mode != present {
            commands.push(Command::SetMode(mode));
        }
    }
}
