//! Name, presets, two versions, latency and bypass.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::button::{Button, text};
use crate::presets::Presets;
use crate::theme;
use crate::view::{Command, Side, View};
use crate::words;

/// Draws the line into `rect`.
pub(crate) fn show(ui: &Ui, rect: Rect, presets: &mut Presets, view: &View, commands: &mut Vec<Command>) {
    name(ui, rect, view);
    let mut left = rect.left() + 118.0;
    let mut place = |width: f32, space: f32| {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width + space;
        place
    };
    presets.show(ui, place(176.0, 14.0), view, commands);
    let (other, copy) = match view.compare {
        Side::A => (Side::B, "A to B"),
        Side::B => (Side::A, "B to A"),
    };
    for (side, label) in [(Side::A, "A"), (Side::B, "B")] {
        let response = Button::new(label)
            .named(if side == Side::A { "version A" } else { "version B" })
            .choice(Role::RadioButton, view.compare == side, theme::ACCENT)
            .show(ui, place(30.0, 4.0), label)
            .on_hover_text("two versions to go back and forth between");
        if response.clicked() && view.compare != side {
            commands.push(Command::Compare(other));
        }
    }
    let response = Button::new(copy)
        .show(ui, place(52.0, 0.0), "copy to other")
        .on_hover_text("make the other version equal to this one");
    if response.clicked() {
        commands.push(Command::CopyToOther);
    }

    let button = rect.with_min_x(rect.right() - 92.0);
    let label = if view.bypassed { "Bypassed" } else { "Bypass" };
    let response = Button::new(label)
        .named("Bypass")
        .large()
        .choice(Role::Switch, view.bypassed, theme::ACCENT)
        .show(ui, button, "bypass")
        .on_hover_text("let the sound pass unchanged, equally delayed");
    if response.clicked() {
        commands.push(Command::SetBypass(!view.bypassed));
    }
    let words = Rect::from_min_max(
        pos2(left + 10.0, rect.top()),
        pos2(button.left() - 14.0, rect.bottom()),
    );
    let latency = words::latency(view.latency);
    text(
        ui,
        words,
        Align2::RIGHT_CENTER,
        &latency,
        theme::small(),
        theme::MUTED,
    );
}

/// The mark, a page's folded corner, which is what an earmark is; and the name.
fn name(ui: &Ui, rect: Rect, view: &View) {
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
        .add(egui::Shape::closed_line(sheet, Stroke::new(1.6, theme::MUTED)));
    let corner = vec![
        pos2(right - fold, top),
        pos2(right, top + fold),
        pos2(right - fold, top + fold),
    ];
    ui.painter()
        .add(egui::Shape::convex_polygon(corner, theme::ACCENT, Stroke::NONE));
    let place = Rect::from_min_max(pos2(left + 24.0, rect.top()), pos2(left + 108.0, rect.bottom()));
    text(
        ui,
        place,
        Align2::LEFT_CENTER,
        "Earmark",
        theme::title(),
        theme::TEXT,
    );
    let response = ui.interact(place.with_min_x(left), ui.scope_id().with("name"), Sense::hover());
    let version = format!("Earmark {}", view.version);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &version));
    response.on_hover_text(version);
}
