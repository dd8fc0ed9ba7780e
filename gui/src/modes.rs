//! Isolate, remove, custom, and whether the slot has a mix of its own.

use egui::{Rect, Role, Ui, pos2};

use crate::button::Button;
use crate::theme;
use crate::view::{Command, Mode, View};

const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Isolate, "Isolate", "hear only this sound"),
    (Mode::Remove, "Remove", "hear everything but this sound"),
    (Mode::Custom, "Custom", "balance this sound against the rest"),
];

/// Width of the switch for a slot's own mix, in points.
const OWN: f32 = 84.0;

/// Draws the row into `rect`. `slot` is the one that the text box edits.
pub(crate) fn show(ui: &Ui, rect: Rect, slot: usize, view: &View, commands: &mut Vec<Command>) {
    let gap = 6.0;
    let width = (rect.width() - OWN - 10.0 - 3.0 * gap) / 3.0;
    let present = view.mix().mode;
    for (i, (mode, name, meaning)) in MODES.into_iter().enumerate() {
        let left = rect.left() + i as f32 * (width + gap);
        let place = Rect::from_min_max(
            pos2(left.round(), rect.top()),
            pos2((left + width).round(), rect.bottom()),
        );
        let response = Button::new(name)
            .large()
            .choice(
                Role::RadioButton,
                mode == present && !view.parts_apart,
                theme::ACCENT,
            )
            .enabled(!view.parts_apart)
            .show(ui, place, ("mode", i))
            .on_hover_text(meaning);
        if response.clicked() && mode != present {
            commands.push(Command::SetMode(mode));
        }
    }
    let own = view.slots[slot].own;
    let place = rect.with_min_x(rect.right() - OWN);
    let response = Button::new("Own mix")
        .choice(
            Role::Switch,
            own.is_some(),
            theme::slot_colour(view.slots[slot].colour),
        )
        .enabled(view.active.is_some() && !view.parts_apart)
        .show(ui, place, "own")
        .on_hover_text(
            "this slot keeps mode and faders of its own, in place of those that the host automates",
        );
    if response.clicked() {
        let own = own.is_none().then(|| view.parameters());
        commands.push(Command::SetOwn { slot, own });
    }
}
