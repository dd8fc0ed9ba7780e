//! What is behind *More*: taking back, versions, what a query leaves out, the rest of the mix, shaping, channels, the model, automation and
//! the look.

use egui::{Align2, Rect, Role, Stroke, Ui};

use crate::button::{Button, text};
use crate::fader::{Caption, Faders, Widths, solo_and_mute};
use crate::hints::Hint;
use crate::query_box::QueryBox;
use crate::rows::{NAME, Rows, columns};
use crate::theme;
use crate::undo::Undo;
use crate::view::{Command, Control, Mode, Part, Side, View};
use crate::{look, models, shaping};

/// Height of a row, in points: where there is little room, and where there is enough.
const ROW: [f32; 2] = [22.0, 24.0];
/// Height of a row with nothing but a thin fader, in points.
const THIN: f32 = 20.0;
/// Width of the switch for a slot's own mix, in points.
const OWN: f32 = 84.0;
/// Space around what the panel holds, in points.
const INSET: egui::Vec2 = egui::vec2(12.0, 4.0);

/// Height of all rows with the least space between them, in points, how many spaces there are, and how many full rows.
const LEAST: f32 = 438.0;
const GAPS: f32 = 17.0;
const FULL_ROWS: f32 = 8.0;

const WIDTHS: Widths = Widths {
    name: NAME,
    buttons: 56.0,
    value: 60.0,
};

/// What of the editor stands in the panel.
pub(crate) struct Parts<'a> {
    pub(crate) query: &'a mut QueryBox,
    pub(crate) undo: &'a mut Undo,
    pub(crate) faders: &'a mut Faders,
}

/// What was done in the panel, by what has to be done with it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// To the slots: noted, to be taken back.
    pub(crate) edits: Vec<Command>,
    /// To the mix: the active slot's own where it has one.
    pub(crate) mixed: Vec<Command>,
    /// What was taken back or done again.
    pub(crate) stepped: Vec<Command>,
    /// All else.
    pub(crate) others: Vec<Command>,
    /// Whether the page of models is wanted.
    pub(crate) models: bool,
}

/// Draws the panel into `rect`.
pub(crate) fn show(ui: &mut Ui, rect: Rect, parts: Parts, view: &View) -> Done {
    let faint = theme::of(ui.ctx()).hairline;
    let mut done = Done::default();
    ui.painter().rect_stroke(
        rect,
        theme::ROUND,
        Stroke::new(1.0, faint),
        egui::StrokeKind::Inside,
    );
    let left = rect.shrink2(INSET);
    let spare = (left.height() - LEAST).max(0.0);
    // What there is goes to the rows first, then between them.
    let row = (ROW[0] + spare / FULL_ROWS).floor().min(ROW[1]);
    let spare = spare - FULL_ROWS * (row - ROW[0]);
    let mut rows = Rows::new(left, spare / GAPS);
    let slot = parts.query.slot();
    versions(ui, rows.next(row), parts.undo, view, &mut done);
    parts.query.without(ui, rows.next(30.0), view, &mut done.edits);
    rows.heading(ui, "Sound and rest");
    this_sound(ui, rows.next(row), slot, view, &mut done.mixed);
    mix(ui, &mut rows, row, parts.faders, view, &mut done.mixed);
    rows.heading(ui, "Shaping");
    shaping::show(ui, &mut rows, THIN, parts.faders, view, &mut done.mixed);
    rows.heading(ui, "Model");
    shaping::channels(ui, rows.next(row), view, &mut done.mixed);
    done.models = models::show(ui, &mut rows, row, view, &mut done.others);
    rows.heading(ui, "Host and look");
    models::automation(ui, rows.next(row), view, &mut done.others);
    look::show(ui, rows.next(row), view, &mut done.others);
    done
}

/// Undo and redo, two versions, and making them equal.
fn versions(ui: &Ui, rect: Rect, undo: &mut Undo, view: &View, done: &mut Done) {
    let place = columns(rect, 5);
    for (i, name, possible) in [(0, "Undo", undo.can_undo()), (1, "Redo", undo.can_redo())] {
        let response = Button::new(name)
            .enabled(possible)
            .show(ui, place(i), name)
            .hint(format!("{name} what was done to the slots"));
        if response.clicked() {
            done.stepped.extend(if name == "Undo" {
                undo.undo(view)
            } else {
                undo.redo(view)
            });
        }
    }
    let (other, copy) = match view.compare {
        Side::A => (Side::B, "A to B"),
        Side::B => (Side::A, "B to A"),
    };
    for (i, side, label) in [(2, Side::A, "A"), (3, Side::B, "B")] {
        let response = Button::new(label)
            .named(if side == Side::A { "version A" } else { "version B" })
            .choice(Role::RadioButton, view.compare == side)
            .show(ui, place(i), label)
            .hint("two versions to go back and forth between");
        if response.clicked() && view.compare != side {
            done.edits.push(Command::Compare(other));
        }
    }
    let response = Button::new(copy)
        .show(ui, place(4), "copy to other")
        .hint("make the other version equal to this one");
    if response.clicked() {
        done.edits.push(Command::CopyToOther);
    }
}

/// Solo and mute of the named sound, and whether the slot has a mix of its own.
fn this_sound(ui: &Ui, rect: Rect, slot: usize, view: &View, commands: &mut Vec<Command>) {
    let look = theme::of(ui.ctx());
    let title = "This sound";
    text(ui, rect, Align2::LEFT_CENTER, title, theme::body(), look.text);
    let used = !view.parts_apart;
    let both = used && view.mix().mode != Mode::Isolate;
    solo_and_mute(ui, buttons(rect), Part::Target, (both, used), view, commands);
    let own = view.slots[slot].own;
    let response = Button::new("Own mix")
        .choice(Role::Switch, own.is_some())
        .enabled(view.active.is_some() && used)
        .show(ui, rect.with_min_x(rect.right() - OWN), "own")
        .hint("this slot keeps mode and faders of its own, in place of those that the host automates");
    if response.clicked() {
        let own = own.is_none().then(|| view.parameters());
        commands.push(Command::SetOwn { slot, own });
    }
}

/// Where solo and mute stand in a row.
fn buttons(row: Rect) -> Rect {
    let left = row.left() + WIDTHS.name;
    Rect::from_x_y_ranges(left..=left + WIDTHS.buttons, row.y_range())
}

/// The rest and the share of all this, always in the same places. In *Custom* the rest has a large fader beside the sound's.
fn mix(
    ui: &mut Ui,
    rows: &mut Rows,
    height: f32,
    faders: &mut Faders,
    view: &View,
    commands: &mut Vec<Command>,
) {
    let look = theme::of(ui.ctx());
    let mode = view.mix().mode;
    let apart = view.parts_apart.then_some("the host's");
    let both = mode != Mode::Isolate && !view.parts_apart;
    let row = rows.next(height);
    solo_and_mute(ui, buttons(row), Part::Rest, (both, both), view, commands);
    if mode == Mode::Custom {
        let title = Control::RestGain.parameter().title;
        text(ui, row, Align2::LEFT_CENTER, title, theme::body(), look.text);
    } else {
        let caption = Caption {
            control: Control::RestGain,
            unused: apart.or((mode == Mode::Isolate).then_some("silent")),
            colour: look.rest,
        };
        faders.show(ui, row, WIDTHS, &caption, view, commands);
    }
    let caption = Caption {
        control: Control::Wet,
        unused: apart,
        colour: look.rest,
    };
    faders.show(ui, rows.next(THIN), WIDTHS, &caption, view, commands);
}
