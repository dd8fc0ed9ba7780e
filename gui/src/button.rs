//! The one kind of button that the page is made of.

use egui::{
    Align2, Color32, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::theme::{self, Accent, Palette};

/// A button with a text, drawn into a given place.
pub(crate) struct Button<'a> {
    text: &'a str,
    name: &'a str,
    font: FontId,
    role: Role,
    on: bool,
    accent: Option<Accent>,
    enabled: bool,
    menu: bool,
}

impl<'a> Button<'a> {
    /// A button that is called what it says.
    pub(crate) fn new(text: &'a str) -> Button<'a> {
        Button {
            text,
            name: text,
            font: theme::small(),
            role: Role::Button,
            on: false,
            accent: None,
            enabled: true,
            menu: false,
        }
    }

    /// What it is called where its text alone does not say it.
    pub(crate) fn named(self, name: &'a str) -> Button<'a> {
        Button { name, ..self }
    }

    /// In the larger type.
    pub(crate) fn large(self) -> Button<'a> {
        Button {
            font: theme::body(),
            ..self
        }
    }

    /// One of several of which one holds, or a switch. Where it is on, it is held down: sunken, with an outline.
    pub(crate) fn choice(self, role: Role, on: bool) -> Button<'a> {
        Button { role, on, ..self }
    }

    /// Filled with the accent where it is on. One thing on the page at a time: what is active now.
    pub(crate) fn accent(self, colour: Accent) -> Button<'a> {
        Button {
            accent: Some(colour),
            ..self
        }
    }

    /// One that opens a menu, with a sign that says so.
    pub(crate) fn menu(self) -> Button<'a> {
        Button { menu: true, ..self }
    }

    /// Whether it can be pressed.
    pub(crate) fn enabled(self, enabled: bool) -> Button<'a> {
        Button { enabled, ..self }
    }

    /// Draws it into `rect`. Enter and Space press it while it has the keyboard.
    pub(crate) fn show(self, ui: &Ui, rect: Rect, salt: impl egui::AsIdSalt) -> Response {
        let look = theme::of(ui.ctx());
        let sense = if self.enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = ui.interact(rect, ui.scope_id().with(salt), sense);
        response.widget_info(|| match self.role {
            Role::Button => WidgetInfo::labeled(Role::Button, self.enabled, self.name),
            role => WidgetInfo::selected(role, self.enabled, self.on, self.name),
        });
        let over = self.enabled && response.hovered();
        let (fill, ink) = match self.accent {
            _ if !self.enabled => (look.raised, look.muted),
            Some(colour) if self.on && over => (lighter(colour.fill, look), look.on_accent),
            Some(colour) if self.on => (colour.fill, look.on_accent),
            _ if over => (look.hovered, look.text),
            _ if self.on => (look.sunken, look.text),
            _ => (look.raised, look.text),
        };
        let painter = ui.painter();
        painter.rect_filled(rect, theme::ROUND, fill);
        if self.on && self.enabled {
            let edge = self.accent.map_or(look.muted, |colour| colour.edge);
            let edge = Stroke::new(2.0, edge);
            painter.rect_stroke(rect, theme::ROUND, edge, StrokeKind::Inside);
        }
        if response.has_focus() {
            theme::focus_ring(painter, rect);
        }
        let mut inside = rect.shrink2(vec2(8.0, 0.0));
        let mut align = Align2::CENTER_CENTER;
        if self.menu {
            let tip = pos2(inside.right() - 5.0, rect.center().y + 3.0);
            let corners = vec![tip - vec2(5.0, 6.0), tip + vec2(5.0, -6.0), tip];
            painter.add(egui::Shape::convex_polygon(corners, ink, Stroke::NONE));
            inside.max.x -= 16.0;
            align = Align2::LEFT_CENTER;
        }
        text(ui, inside, align, self.text, self.font, ink);
        response
    }
}

/// An accent under the pointer: a little further from the ink that stands on it.
pub(crate) fn lighter(accent: Color32, look: &Palette) -> Color32 {
    accent.lerp_to_gamma(look.text, 0.15)
}

/// One line of text in `rect`, cut with an ellipsis where it is too long. Says how wide it became.
pub(crate) fn text(ui: &Ui, rect: Rect, align: Align2, text: &str, font: FontId, ink: Color32) -> f32 {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let at = align.align_size_within_rect(galley.size(), rect).min;
    let width = galley.size().x;
    ui.painter().galley(at, galley, ink);
    width
}
