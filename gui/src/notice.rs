//! Something to be known once, laid over the page as long as it is needed: nothing moves when it comes and goes.

use egui::{Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::view::{Command, View};

/// Draws the notice, its lower edge at that of `rect`.
pub(crate) fn show(ui: &Ui, rect: Rect, view: &View, commands: &mut Vec<Command>) {
    let Some(notice) = &view.notice else { return };
    let look = theme::of(ui.ctx());
    let text = format!("{notice} (click to dismiss)");
    let words = ui
        .painter()
        .layout(text, theme::small(), look.text, rect.width() - 24.0);
    let top = rect.bottom() - words.size().y - 16.0;
    let strip = Rect::from_min_max(pos2(rect.left(), top), rect.max);
    egui::Area::new(egui::Id::unique("notice"))
        .order(egui::Order::Middle)
        .fixed_pos(strip.min)
        .fade_in(false)
        .show(ui.ctx(), |ui| {
            let (strip, response) = ui.allocate_exact_size(strip.size(), Sense::click());
            let edge = Stroke::new(1.0, look.outline);
            let painter = ui.painter();
            painter.rect(strip, theme::ROUND, look.raised, edge, StrokeKind::Inside);
            painter.galley(strip.min + vec2(12.0, 8.0), words, look.text);
            if response.has_focus() {
                theme::focus_ring(painter, strip.shrink(3.0));
            }
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, notice));
            if response.clicked() {
                commands.push(Command::DismissNotice);
            }
        });
}
