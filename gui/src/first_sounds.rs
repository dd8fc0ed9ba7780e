//! The empty view: six sounds to click, so that the first one is heard without a word typed.

use egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::button::{Button, text};
use crate::theme;
use crate::view::{Command, View};

/// What people ask for most, as texts that every model knows.
pub const FIRST_SOUNDS: [&str; 6] = ["speech", "typing", "birds", "rain", "traffic", "music"];

/// Width and height of one of them where there is room, in points.
const SIZE: egui::Vec2 = vec2(168.0, 36.0);
/// At least so wide is one of three in a row, in points.
const NARROW: f32 = 112.0;
/// From the edge of the board to what stands on it, in points.
const INSET: f32 = 12.0;
/// Between two of them, in points.
const GAP: f32 = 8.0;
/// From the words to the first of them, in points.
const WORDS: f32 = 28.0;

/// Whether they are in view: nothing is asked for in any slot.
pub(crate) fn are_shown(view: &View) -> bool {
    let nothing = view.slots.iter().all(|slot| slot.is_empty());
    nothing && view.active.is_some()
}

/// Draws them into the middle of `rect`, in rows of three, or of two where it is narrow. A click asks for one in `slot`.
pub(crate) fn show(ui: &Ui, rect: Rect, slot: usize, commands: &mut Vec<Command>) {
    let look = theme::of(ui.ctx());
    let inside = rect.width() - 2.0 * INSET - GAP;
    let in_a_row = if inside < 3.0 * NARROW + 2.0 * GAP { 2 } else { 3 };
    let rows = FIRST_SOUNDS.len().div_ceil(in_a_row);
    let width = ((inside + GAP) / in_a_row as f32 - GAP).min(SIZE.x).floor();
    let pitch = vec2(width + GAP, SIZE.y + GAP);
    let size = vec2(pitch.x * in_a_row as f32 - GAP, pitch.y * rows as f32 - GAP);
    let room = Rect::from_center_size(rect.center(), size + vec2(0.0, WORDS));
    // Readable over whatever goes by behind it.
    let board = room.expand(INSET);
    ui.painter().rect(
        board,
        theme::ROUND,
        look.ground,
        Stroke::new(1.0, look.hairline),
        StrokeKind::Inside,
    );
    let words = "Type it above, or try one of these:";
    let head = room.with_max_y(room.top() + WORDS - GAP);
    text(ui, head, Align2::LEFT_CENTER, words, theme::body(), look.muted);
    for (i, sound) in FIRST_SOUNDS.into_iter().enumerate() {
        let (column, row) = ((i % in_a_row) as f32, (i / in_a_row) as f32);
        let at = pos2(room.left() + column * pitch.x, room.top() + WORDS + row * pitch.y);
        let place = Rect::from_min_size(at.round(), vec2(width, SIZE.y));
        let button = Button::new(sound).large();
        if button.show(ui, place, ("first sound", i)).clicked() {
            let text = sound.to_owned();
            commands.push(Command::SetQuery { slot, text });
        }
    }
}
