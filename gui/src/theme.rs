//! One dark, calm look: colours, type and spacing. Text keeps a contrast of at least 4.5 to 1 on its ground.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Painter, Rect, Stroke, StrokeKind, TextStyle, Theme,
    Visuals,
};

/// The window's ground.
pub const GROUND: Color32 = Color32::from_rgb(0x15, 0x18, 0x1d);
/// Panels, tracks and fields.
pub const SUNKEN: Color32 = Color32::from_rgb(0x0d, 0x0f, 0x13);
/// Buttons.
pub const RAISED: Color32 = Color32::from_rgb(0x27, 0x2c, 0x35);
/// A button under the pointer.
pub const HOVERED: Color32 = Color32::from_rgb(0x34, 0x3b, 0x47);
/// Outlines; 3 to 1 on [`GROUND`].
pub const OUTLINE: Color32 = Color32::from_rgb(0x5d, 0x68, 0x78);
/// Faint lines that carry no meaning.
pub const HAIRLINE: Color32 = Color32::from_rgb(0x2d, 0x33, 0x3d);
/// Text.
pub const TEXT: Color32 = Color32::from_rgb(0xee, 0xf0, 0xf3);
/// Secondary text.
pub const MUTED: Color32 = Color32::from_rgb(0xa8, 0xb1, 0xbe);
/// What the query names, what is selected, what has the focus.
pub const ACCENT: Color32 = Color32::from_rgb(0xf2, 0xb3, 0x4c);
/// [`ACCENT`] under the pointer.
pub const ACCENT_LIT: Color32 = Color32::from_rgb(0xff, 0xc8, 0x6e);
/// Selected text, and what is chosen in a list.
pub const SELECTION: Color32 = Color32::from_rgb(0x5c, 0x43, 0x16);
/// Text on [`ACCENT`].
pub const ON_ACCENT: Color32 = Color32::from_rgb(0x1b, 0x15, 0x08);
/// What comes in, and what is not the target.
pub const REST: Color32 = Color32::from_rgb(0x8c, 0xa6, 0xc8);
/// What goes out.
pub const OUTPUT: Color32 = Color32::from_rgb(0x86, 0xcf, 0xa4);
/// Overload and failure.
pub const ALARM: Color32 = Color32::from_rgb(0xff, 0x8a, 0x73);

/// What a slot's colour lights: its chip, its target in the spectrogram, its fader and its meter. Indexed by
/// [`crate::SlotView::colour`].
pub const SLOT_COLOURS: [Color32; crate::COLOURS as usize] = [
    ACCENT,
    Color32::from_rgb(0x6c, 0xb8, 0xf0),
    Color32::from_rgb(0x7f, 0xd6, 0xa6),
    Color32::from_rgb(0xf0, 0x8f, 0xb0),
    Color32::from_rgb(0xbb, 0xa6, 0xf7),
    Color32::from_rgb(0xc8, 0xd9, 0x62),
    Color32::from_rgb(0xff, 0x9d, 0x6e),
    Color32::from_rgb(0x62, 0xd4, 0xd8),
];
/// What [`SLOT_COLOURS`] are called.
pub const COLOUR_NAMES: [&str; crate::COLOURS as usize] = [
    "amber", "blue", "green", "pink", "violet", "lime", "orange", "cyan",
];

/// The colour of a slot; a number that nobody should have sent is the first.
pub fn slot_colour(colour: u8) -> Color32 {
    SLOT_COLOURS.get(usize::from(colour)).copied().unwrap_or(ACCENT)
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
/// Space at the window's edge, in points.
pub const MARGIN: f32 = 20.0;

/// The plug-in's name.
pub fn title() -> FontId {
    FontId::new(20.0, FontFamily::Proportional)
}

/// The query.
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

/// The ring around what has the keyboard: outside of it, so that it shows on every fill.
pub(crate) fn focus_ring(painter: &Painter, rect: Rect) {
    painter.rect_stroke(
        rect.expand(1.0),
        ROUND,
        Stroke::new(2.0, TEXT),
        StrokeKind::Outside,
    );
}

/// Makes the look that of a context, whatever the system prefers.
pub fn apply(context: &Context) {
    context.set_theme(Theme::Dark);
    let mut visuals = Visuals::dark();
    visuals.panel_fill = GROUND;
    visuals.window_fill = RAISED;
    visuals.window_stroke = Stroke::new(1.0, OUTLINE);
    visuals.extreme_bg_color = SUNKEN;
    visuals.text_edit_bg_color = Some(SUNKEN);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(MUTED);
    visuals.selection.bg_fill = SELECTION;
    visuals.selection.stroke = Stroke::new(1.0, TEXT);
    visuals.text_cursor.stroke = Stroke::new(2.0, ACCENT);
    for (widget, fill) in [
        (&mut visuals.widgets.noninteractive, GROUND),
        (&mut visuals.widgets.inactive, RAISED),
        (&mut visuals.widgets.hovered, HOVERED),
        (&mut visuals.widgets.active, HOVERED),
        (&mut visuals.widgets.open, HOVERED),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.corner_radius = ROUND;
        widget.fg_stroke = Stroke::new(1.0, TEXT);
        widget.bg_stroke = Stroke::NONE;
        widget.expansion = 0.0;
    }
    // What has the focus is drawn as active: the ring of egui's own widgets.
    visuals.widgets.active.bg_stroke = Stroke::new(2.0, TEXT);
    context.set_visuals_of(Theme::Dark, visuals);
    context.style_mut_of(Theme::Dark, |style| {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.1 defines them.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let linear = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.040_45 {
                    v / 12.92
                } else {
                    ((v + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_from_its_ground() {
        for ground in [GROUND, SUNKEN, RAISED] {
            for text in [TEXT, MUTED, ACCENT, ALARM, REST, OUTPUT] {
                assert!(
                    contrast(text, ground) >= 4.5,
                    "{text:?} on {ground:?}: {}",
                    contrast(text, ground)
                );
            }
        }
        assert!(contrast(TEXT, HOVERED) >= 4.5 && contrast(MUTED, HOVERED) >= 4.5);
        for ground in [ACCENT, ACCENT_LIT, ALARM] {
            assert!(contrast(ON_ACCENT, ground) >= 4.5, "{ground:?}");
        }
        assert!(contrast(TEXT, SELECTION) >= 4.5);
    }

    #[test]
    fn every_slot_colour_is_seen_and_carries_text() {
        for colour in SLOT_COLOURS {
            assert!(contrast(ON_ACCENT, colour) >= 4.5, "text on {colour:?}");
            for ground in [GROUND, SUNKEN, RAISED] {
                assert!(contrast(colour, ground) >= 3.0, "{colour:?} on {ground:?}");
            }
        }
        assert_eq!(slot_colour(200), ACCENT, "an unknown colour is one of ours");
    }

    #[test]
    fn outlines_and_rings_are_seen() {
        assert!(contrast(OUTLINE, GROUND) >= 3.0 && contrast(OUTLINE, SUNKEN) >= 3.0);
        for ground in [GROUND, RAISED] {
            assert!(contrast(TEXT, ground) >= 3.0);
        }
    }
}
