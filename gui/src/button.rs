//! The one kind of button that the page is made of.

use egui::{Align2, Color32, FontId, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::theme;

/// A button with a text, drawn into a given place.
pub(crate) struct Button<'a> {
    text: &'a str,
    name: &'a str,
    font: FontId,
    role: Role,
    lit: Option<Color32>,
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
            lit: None,
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

    /// One of several of which one holds, or a switch, that is filled with a colour where it is on.
    pub(crate) fn choice(self, role: Role, on: bool, colour: Color32) -> Button<'a> {
        Button {
            role,
            lit: on.then_some(colour),
            ..self
        }
    }

    /// Filled with a colour, to be seen first.
    pub(crate) fn lit(self, colour: Color32) -> Button<'a> {
        Button {
            lit: Some(colour),
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
        let sense = if self.enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = ui.interact(rect, ui.scope_id().with(salt), sense);
        response.widget_info(|| match self.role {
            Role::Button => WidgetInfo::labeled(Role::Button, self.enabled, self.name),
            role => WidgetInfo::selected(role, self.enabled, self.lit.is_some(), self.name),
        });
        let over = self.enabled && response.hovered();
        let (fill, ink) = match self.lit {
            Some(colour) if self.enabled => (
                if over {
                    colour.lerp_to_gamma(Color32::WHITE, 0.2)
                } else {
                    colour
                },
                theme::ON_ACCENT,
            ),
            _ if !self.enabled => (if over { theme::HOVERED } else { theme::RAISED }, theme::MUTED),
            _ => (if over { theme::HOVERED } else { theme::RAISED }, theme::TEXT),
        };
        let painter = ui.painter();
        painter.rect_filled(rect, theme::ROUND, fill);
        if response.has_focus() {
            theme::focus_ring(painter, rect);
        }
        let mut inside = rect.shrink2(vec2(8.0, 0.0));
        let mut align = Align2::CENTER_CENTER;
        if self.menu {
            let tip = pos2(inside.right() - 5.0, rect.center().y + 3.0);
            let corners = vec![tip - vec2(5.0, 6.0), tip + vec2(5.0, -6.0), tip];
            painter.add(egui::Shape::convex_polygon(corners, ink, egui::Stroke::NONE));
            inside.max.x -= 16.0;
            align = Align2::LEFT_CENTER;
        }
        text(ui, inside, align, self.text, self.font, ink);
        response
    }
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
