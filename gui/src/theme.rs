//! One dark, calm look: colours, type and spacing. Text keeps a contrast of at least 4.5 to 1 on its ground.

use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme, Visuals};

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
/// Text on [`ACCENT`].
pub const ON_ACCENT: Color32 = Color32::from_rgb(0x1b, 0x15, 0x08);
/// What comes in, and what is not the target.
pub const REST: Color32 = Color32::from_rgb(0x8c, 0xa6, 0xc8);
/// What goes out.
pub const OUTPUT: Color32 = Color32::from_rgb(0x86, 0xcf, 0xa4);
/// Overload and failure.
pub const ALARM: Color32 = Color32::from_rgb(0xff, 0x8a, 0x73);

/// Roundness of fields and buttons, in points.
pub const ROUND: CornerRadius = CornerRadius::same(7);
/// Space at the window's edge, in points.
pub const MARGIN: f32 = 26.0;

/// The plug-in's name.
pub fn title() -> FontId {
    FontId::new(22.0, FontFamily::Proportional)
}

/// The query.
pub fn query() -> FontId {
    FontId::new(23.0, FontFamily::Proportional)
}

/// Everything else.
pub fn body() -> FontId {
    FontId::new(15.0, FontFamily::Proportional)
}

/// Explanations.
pub fn small() -> FontId {
    FontId::new(13.0, FontFamily::Proportional)
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
    visuals.selection.bg_fill = Color32::from_rgb(0x6b, 0x4d, 0x17);
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
        assert!(contrast(ON_ACCENT, ACCENT) >= 4.5);
        assert!(contrast(OUTLINE, GROUND) >= 3.0);
    }
}
