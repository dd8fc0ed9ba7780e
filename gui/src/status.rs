//! The status line: a sign of its own shape for each kind of state, beside the words.

use egui::{Align2, Color32, Rect, Shape, Stroke, Ui, pos2, vec2};

use crate::theme;
use crate::view::{Status, View};
use crate::words;

/// Draws the sign and the sentence into `rect`. The shape alone tells the states apart, so colour is never needed.
pub(crate) fn show(ui: &mut Ui, rect: Rect, view: &View) {
    let centre = pos2(rect.left() + 9.0, rect.center().y);
    let painter = ui.painter_at(rect);
    let colour = match view.status {
        Status::Hearing if view.late_blocks == 0 => theme::ACCENT,
        Status::Hearing | Status::TooSlow | Status::Failed(_) => theme::ALARM,
        _ => theme::MUTED,
    };
    let stroke = Stroke::new(2.0, colour);
    match view.status {
        Status::Hearing => {
            painter.circle_filled(centre, 6.0, colour);
        }
        Status::Loading | Status::Reading => {
            let turn = ui.input(|input| input.time) as f32 * 4.0;
            let arc = (0..=16).map(|i| centre + 6.0 * egui::Vec2::angled(turn + i as f32 * 0.28));
            painter.add(Shape::line(arc.collect(), stroke));
        }
        Status::TooSlow | Status::Failed(_) => {
            let corners = [vec2(0.0, -7.0), vec2(7.5, 6.0), vec2(-7.5, 6.0)].map(|corner| centre + corner);
            painter.add(Shape::convex_polygon(corners.to_vec(), colour, Stroke::NONE));
            painter.vline(
                centre.x,
                centre.y - 3.0..=centre.y + 1.5,
                Stroke::new(1.6, theme::ON_ACCENT),
            );
            painter.circle_filled(centre + vec2(0.0, 4.0), 1.0, theme::ON_ACCENT);
        }
        Status::Empty => {
            painter.circle_stroke(centre, 5.5, stroke);
        }
        Status::Off | Status::Bypassed => {
            painter.hline(centre.x - 6.0..=centre.x + 6.0, centre.y, stroke);
        }
    }
    let text: Color32 = if colour == theme::MUTED {
        theme::MUTED
    } else {
        theme::TEXT
    };
    let left = rect.left() + 26.0;
    let mut job = egui::text::LayoutJob::simple_singleline(words::status(view), theme::body(), text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.right() - left);
    let galley = painter.layout_job(job);
    let anchored = Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y), galley.size());
    painter.galley(anchored.min, galley, text);
    let response = ui.interact(rect, ui.scope_id().with("status"), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, words::status(view)));
    response.on_hover_text(words::status(view));
}
