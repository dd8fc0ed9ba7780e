//! Name, presets, latency, bypass, and the way to everything else.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::button::{Button, text};
use crate::hints::Hint;
use crate::presets::Presets;
use crate::theme;
use crate::view::{Command, View};
use crate::words;

/// Draws the line into `rect`.
pub(crate) fn show(ui: &Ui, rect: Rect, presets: &mut Presets, view: &View, commands: &mut Vec<Command>) {
    name(ui, rect, view);
    let place = Rect::from_min_size(rect.left_top() + vec2(120.0, 0.0), vec2(200.0, rect.height()));
    presets.show(ui, place, view, commands);

    let more = rect.with_min_x(rect.right() - 72.0);
    let bypass = more.with_max_x(more.left() - 8.0).with_min_x(more.left() - 100.0);
    let label = if view.bypassed { "Bypassed" } else { "Bypass" };
    let response = Button::new(label)
        .named("Bypass")
        .choice(Role::Switch, view.bypassed)
        .show(ui, bypass, "bypass")
        .hint("let the sound pass unchanged, equally delayed");
    if response.clicked() {
        commands.push(Command::SetBypass(!view.bypassed));
    }
    let response = Button::new(if view.more { "Less" } else { "More" })
        .named("More")
        .choice(Role::Switch, view.more)
        .show(ui, more, "more")
        .hint("slots, the rest, shaping, channels, versions, model, automation and appearance");
    if response.clicked() {
        commands.push(Command::SetMore(!view.more));
    }
    let words = Rect::from_min_max(
        pos2(place.right() + 16.0, rect.top()),
        pos2(bypass.left() - 16.0, rect.bottom()),
    );
    let latency = words::latency(view.latency);
    let ink = theme::of(ui.ctx()).muted;
    text(ui, words, Align2::RIGHT_CENTER, &latency, theme::small(), ink);
}

/// The mark, a page's folded corner, which is what an earmark is; and the name.
fn name(ui: &Ui, rect: Rect, view: &View) {
    let look = theme::of(ui.ctx());
    let mark = Rect::from_min_size(rect.left_center() - vec2(0.0, 10.0), vec2(16.0, 20.0));
    let fold = 7.0;
    let (left, right, top) = (mark.left(), mark.right(), mark.top());
    let sheet = vec![
        mark.left_top(),
        pos2(right - fold, top),
        pos2(right, top + fold),
        mark.right_bottom(),
        mark.left_bottom(),
    ];
    ui.painter()
        .add(egui::Shape::closed_line(sheet, Stroke::new(1.6, look.muted)));
    let corner = vec![
        pos2(right - fold, top),
        pos2(right, top + fold),
        pos2(right - fold, top + fold),
    ];
    ui.painter()
        .add(egui::Shape::convex_polygon(corner, look.slots[0], Stroke::NONE));
    let place = Rect::from_min_max(pos2(left + 24.0, rect.top()), pos2(left + 108.0, rect.bottom()));
    text(
        ui,
        place,
        Align2::LEFT_CENTER,
        "Earmark",
        theme::title(),
        look.text,
    );
    let response = ui.interact(place.with_min_x(left), ui.scope_id().with("name"), Sense::hover());
    let version = format!("Earmark {}", view.version);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &version));
    response.hint(version);
}
