//! What to do where a sound is not found: known sounds that are near to it, to be clicked.

use egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::button::{Button, text};
use crate::hints::Hint;
use crate::listening::Lately;
use crate::theme;
use crate::view::{Command, Status, View};

/// Height of the strip, in points.
const HEIGHT: f32 = 40.0;
/// Above the lane that shows when the sound is there and its scale, in points.
const ABOVE: f32 = 64.0;
/// Room for the words before the sounds, in points.
const WORDS: f32 = 132.0;
/// A sound is at most so wide, in points.
const WIDEST: f32 = 180.0;
/// Between two of them, in points.
const GAP: f32 = 4.0;

/// Draws a strip at the lower end of `rect` where what is asked for is not known, or has not been there for a while.
pub(crate) fn show(ui: &Ui, rect: Rect, lately: Lately, view: &View, commands: &mut Vec<Command>) {
    let missed = view.doubt.is_some() || lately == Lately::InVain;
    let Some((slot, sounds)) = &view.near else { return };
    if view.status != Status::Hearing || !missed || sounds.is_empty() || view.notice.is_some() {
        return;
    }
    let look = theme::of(ui.ctx());
    let bottom = rect.bottom() - ABOVE;
    let strip = Rect::from_x_y_ranges(rect.x_range(), bottom - HEIGHT..=bottom);
    let edge = Stroke::new(1.0, look.hairline);
    let painter = ui.painter();
    painter.rect(strip, theme::ROUND, look.ground, edge, StrokeKind::Inside);
    let inside = strip.shrink2(vec2(12.0, 6.0));
    let room = inside.with_min_x(inside.left() + WORDS);
    let (words, room) = if room.width() < 3.0 * 72.0 {
        ("", inside)
    } else {
        ("Known and near to it", room)
    };
    text(ui, inside, Align2::LEFT_CENTER, words, theme::small(), look.muted);
    let sounds = sounds.iter().take(3);
    let width = ((room.width() + GAP) / 3.0 - GAP).min(WIDEST);
    for (i, sound) in sounds.enumerate() {
        let left = room.left() + i as f32 * (width + GAP);
        let place = Rect::from_min_max(pos2(left, room.top()), pos2(left + width, room.bottom()));
        let response = Button::new(sound).show(ui, place, ("near", i));
        if response.hint("ask for this instead").clicked() {
            commands.push(Command::SetQuery {
                slot: *slot,
                text: sound.clone(),
            });
        }
    }
}
