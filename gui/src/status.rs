//! The status line: a sign of its own shape for each kind of state, beside the words.

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use crate::button::text;
use crate::hints::Hint;
use crate::listening::Lately;
use crate::theme;
use crate::view::{Status, View};
use crate::words::{self, sentence};

/// Draws the sign and the sentence into `rect`. The shape alone tells the states apart, so colour is never needed.
pub(crate) fn show(ui: &Ui, rect: Rect, view: &View, lately: Lately) {
    let centre = pos2(rect.left() + 9.0, rect.center().y);
    let look = theme::of(ui.ctx());
    let painter = ui.painter_at(rect);
    let colour = match view.status {
        Status::Hearing if view.doubt.is_some() => look.alarm,
        Status::Hearing if lately != Lately::Sound => look.muted,
        Status::Hearing if view.late_blocks == 0 => view
            .active
            .map_or(look.text, |slot| look.slot(view.slots[slot].colour)),
        Status::Hearing | Status::TooSlow | Status::Failed(_) => look.alarm,
        _ => look.muted,
    };
    let stroke = Stroke::new(2.0, colour);
    match view.status {
        Status::Hearing if view.doubt.is_some() => alarm(&painter, centre),
        Status::Hearing if lately == Lately::Nothing => {
            // What to press: a triangle that lies on its side.
            let corners = [vec2(-4.5, -6.0), vec2(6.0, 0.0), vec2(-4.5, 6.0)].map(|corner| centre + corner);
            painter.add(Shape::convex_polygon(corners.to_vec(), look.text, Stroke::NONE));
        }
        Status::Hearing if lately == Lately::InVain => {
            // A circle struck through.
            painter.circle_stroke(centre, 5.5, stroke);
            painter.line_segment([centre + vec2(-4.0, 4.0), centre + vec2(4.0, -4.0)], stroke);
        }
        Status::Hearing => {
            painter.circle_filled(centre, 6.0, colour);
        }
        Status::Loading | Status::Reading => {
            let turn = if view.look.calm {
                0.0
            } else {
                ui.input(|input| input.time) as f32 * 4.0
            };
            let arc = (0..=16).map(|i| centre + 6.0 * egui::Vec2::angled(turn + i as f32 * 0.28));
            painter.add(Shape::line(arc.collect(), stroke));
        }
        Status::TooSlow | Status::Failed(_) => {
            alarm(&painter, centre);
        }
        Status::Empty => {
            painter.circle_stroke(centre, 5.5, stroke);
        }
        Status::Off | Status::Bypassed => {
            painter.hline(centre.x - 6.0..=centre.x + 6.0, centre.y, stroke);
        }
    }
    let ink: Color32 = match view.status {
        Status::Hearing | Status::TooSlow | Status::Failed(_) => look.text,
        _ => look.muted,
    };
    let place = rect.with_min_x(rect.left() + 26.0);
    let shown = sentence(&words::status(view, lately));
    let cut = painter.layout_no_wrap(shown.clone(), theme::body(), ink).size().x > place.width();
    text(ui, place, Align2::LEFT_CENTER, &shown, theme::body(), ink);
    let response = ui.interact(rect, ui.scope_id().with("status"), egui::Sense::hover());
    let words = words::status_in_full(view, lately);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    let words = sentence(&words);
    // What can be read already is not said again over the spectrogram.
    if cut || words != shown {
        response.hint(words);
    }
}

/// The sign for what is wrong: a triangle with a mark in it.
pub(crate) fn alarm(painter: &Painter, centre: Pos2) {
    let look = theme::of(painter.ctx());
    let corners = [vec2(0.0, -7.0), vec2(7.5, 6.0), vec2(-7.5, 6.0)].map(|corner| centre + corner);
    painter.add(Shape::convex_polygon(corners.to_vec(), look.alarm, Stroke::NONE));
    let mark = Stroke::new(1.6, look.ground);
    painter.vline(centre.x, centre.y - 3.0..=centre.y + 1.5, mark);
    painter.circle_filled(centre + vec2(0.0, 4.0), 1.0, look.ground);
}
