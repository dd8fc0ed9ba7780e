//! From levels to colours.

use egui::Color32;

use crate::theme;
use crate::view::Layer;

/// What is drawn of the sound, in words.
pub(super) fn named(layer: Layer) -> &'static str {
    match layer {
        Layer::Mixture => "the input with the target lit",
        Layer::Target => "the target alone",
        Layer::Rest => "what the query leaves",
    }
}

/// The layer's level of a band, from the mixture's and the target's; all as the bytes of a column.
pub(super) fn level_of(layer: Layer, mixture: u8, target: u8) -> u8 {
    match layer {
        Layer::Mixture => mixture,
        Layer::Target => target,
        Layer::Rest => {
            let left = power(mixture) - power(target);
            let db = 10.0 * left.max(1e-12).log10();
            ((db + 90.0) / 90.0 * 255.0).round() as u8
        }
    }
}

/// The layer's pixel of such a band, in the slot's colour.
pub(super) fn pixel(layer: Layer, mixture: u8, target: u8, colour: Color32) -> Color32 {
    match layer {
        Layer::Mixture => lit(mixture, target, colour),
        Layer::Target => lit(target, target, colour),
        Layer::Rest => lit(level_of(layer, mixture, target), 0, colour),
    }
}

/// A byte's level in dBFS.
pub(super) fn decibels(byte: u8) -> f32 {
    f32::from(byte) * 90.0 / 255.0 - 90.0
}

fn power(byte: u8) -> f32 {
    10f32.powf(decibels(byte) / 10.0)
}

/// The mixture in greys, as bright as it is loud; what is the target's share of it in the slot's colour.
fn lit(mixture: u8, target: u8, colour: Color32) -> Color32 {
    // -80 dB is dark, -10 dB is full: quieter is no use to the eye, louder is all the same.
    let loud = ((f32::from(mixture) - 28.0) / 199.0).clamp(0.0, 1.0);
    // The target as loud as the mixture is all of it; 15 dB below, none.
    let below = (f32::from(mixture) - f32::from(target)) * 90.0 / 255.0;
    let share = (1.0 - below / 15.0).clamp(0.0, 1.0) * loud.sqrt();
    let grey = theme::SUNKEN.lerp_to_gamma(theme::REST, 0.95 * loud.powf(1.5));
    let bright = theme::SUNKEN.lerp_to_gamma(colour, (1.15 * loud).min(1.0));
    grey.lerp_to_gamma(bright, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: Color32, b: Color32) -> f32 {
        let far = |i: usize| f32::from(a[i]) - f32::from(b[i]);
        (far(0).powi(2) + far(1).powi(2) + far(2).powi(2)).sqrt()
    }

    #[test]
    fn the_target_is_lit_in_its_colour_and_the_rest_is_not() {
        let colour = theme::slot_colour(0);
        let (lit, grey) = (super::lit(230, 230, colour), super::lit(230, 100, colour));
        assert!(distance(lit, colour) < 12.0, "{lit:?}");
        assert!(distance(lit, grey) > 80.0, "{lit:?} {grey:?}");
        assert_eq!(super::lit(0, 0, colour), theme::SUNKEN, "silence is dark");
    }

    #[test]
    fn target_and_rest_are_drawn_apart() {
        let colour = theme::slot_colour(0);
        let dark =
            |layer, mixture, target| distance(pixel(layer, mixture, target, colour), theme::SUNKEN) < 12.0;
        assert!(dark(Layer::Target, 230, 0) && !dark(Layer::Rest, 230, 0));
        assert!(dark(Layer::Rest, 230, 230) && !dark(Layer::Target, 230, 230));
        assert_eq!(level_of(Layer::Rest, 230, 0), 230);
        // Half the power each.
        let half = level_of(Layer::Rest, 200, 191);
        assert!((decibels(half) - decibels(191)).abs() < 1.0, "{half}");
        assert_eq!((decibels(0), decibels(255)), (-90.0, 0.0));
    }
}
