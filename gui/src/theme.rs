//! Two calm looks, a dark and a light one, and what they share: type and spacing.

mod palette;

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Painter, Rect, Stroke, StrokeKind, TextStyle, Theme,
    Visuals,
};

pub(crate) use palette::Accent;
pub use palette::{DARK, LIGHT, Palette};

/// The colours of the look that a context has.
pub fn of(context: &Context) -> &'static Palette {
    of_theme(context.theme())
}

fn of_theme(theme: Theme) -> &'static Palette {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// What [`Palette::slots`] are called.
pub const COLOUR_NAMES: [&str; crate::COLOURS as usize] = [
    "amber", "blue", "green", "pink", "violet", "lime", "orange", "cyan",
];

// The spectrogram is a screen of its own and dark in both looks, because in it light is level.

/// The spectrogram's ground.
pub const SUNKEN: Color32 = DARK.sunken;
/// The mixture in the spectrogram.
pub const REST: Color32 = DARK.rest;
/// Text in the spectrogram.
pub const TEXT: Color32 = DARK.text;
/// Secondary text in the spectrogram.
pub const MUTED: Color32 = DARK.muted;
/// Lines in the spectrogram.
pub const OUTLINE: Color32 = DARK.outline;
/// Faint lines in the spectrogram.
pub const HAIRLINE: Color32 = DARK.hairline;

/// The colour that a slot's sound has in the spectrogram.
pub fn slot_colour(colour: u8) -> Color32 {
    DARK.slot(colour)
}

/// Roundness of fields and buttons, in points.
pub const ROUND: CornerRadius = CornerRadius::same(6);
/// Around the text of a small field, in points.
pub(crate) const FIELD_MARGIN: egui::Margin = egui::Margin {
    left: 6,
    right: 6,
    top: 4,
    bottom: 4,
};
/// Space at the window's edge, in points. All others are 4, 8, 12 or 16.
pub const MARGIN: f32 = 20.0;

/// The plug-in's name.
pub fn title() -> FontId {
    FontId::new(20.0, FontFamily::Proportional)
}

/// The query, and the value of the control that says how much.
pub fn query() -> FontId {
    FontId::new(21.0, FontFamily::Proportional)
}

/// Everything else.
pub fn body() -> FontId {
    FontId::new(14.5, FontFamily::Proportional)
}

/// Explanations.
pub fn small() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
}

/// Labels of scales.
pub fn tiny() -> FontId {
    FontId::new(12.0, FontFamily::Proportional)
}

/// A text that explains, quieter than what it explains.
pub(crate) fn quiet(ui: &egui::Ui, text: &str) -> egui::RichText {
    let ink = of(ui.ctx()).muted;
    egui::RichText::new(text).font(small()).color(ink)
}

/// The ring around what has the keyboard: outside of it, so that it shows on every fill.
pub(crate) fn focus_ring(painter: &Painter, rect: Rect) {
    let ink = of(painter.ctx()).text;
    painter.rect_stroke(
        rect.expand(1.0),
        ROUND,
        Stroke::new(2.0, ink),
        StrokeKind::Outside,
    );
}

/// Makes both looks those of a context, and the dark one the present one, whatever the system prefers.
pub fn apply(context: &Context) {
    context.set_theme(Theme::Dark);
    // How large it is drawn is chosen in steps, and kept.
    context.options_mut(|options| options.zoom_with_keyboard = false);
    for theme in [Theme::Dark, Theme::Light] {
        context.set_visuals_of(theme, visuals(theme));
    }
    context.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, small()),
            (TextStyle::Body, body()),
            (TextStyle::Button, body()),
            (TextStyle::Heading, title()),
            (TextStyle::Monospace, FontId::new(14.0, FontFamily::Monospace)),
        ]
        .into();
        style.interaction.selectable_labels = false;
        // Menus come and go at once: nothing on the page moves by itself but the sound.
        style.animation_time = 0.0;
    });
}

fn visuals(theme: Theme) -> Visuals {
    let look = of_theme(theme);
    let mut visuals = theme.default_visuals();
    visuals.panel_fill = look.ground;
    visuals.window_fill = look.raised;
    visuals.window_stroke = Stroke::new(1.0, look.outline);
    visuals.extreme_bg_color = look.sunken;
    visuals.text_edit_bg_color = Some(look.sunken);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(look.muted);
    visuals.selection.bg_fill = look.selection;
    visuals.selection.stroke = Stroke::new(1.0, look.text);
    visuals.text_cursor.stroke = Stroke::new(2.0, look.slots[0]);
    for (widget, fill) in [
        (&mut visuals.widgets.noninteractive, look.ground),
        (&mut visuals.widgets.inactive, look.raised),
        (&mut visuals.widgets.hovered, look.hovered),
        (&mut visuals.widgets.active, look.hovered),
        (&mut visuals.widgets.open, look.hovered),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.corner_radius = ROUND;
        widget.fg_stroke = Stroke::new(1.0, look.text);
        widget.bg_stroke = Stroke::NONE;
        widget.expansion = 0.0;
    }
    // What has the focus is drawn as active: the ring of egui's own widgets.
    visuals.widgets.active.bg_stroke = Stroke::new(2.0, look.text);
    visuals
}
