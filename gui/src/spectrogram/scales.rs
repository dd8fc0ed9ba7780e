//! The scales beside and below the picture, and what is said of the place under the pointer.

use egui::{Align2, Rect, Stroke, Ui, pos2, vec2};

use super::section::Axes;
use crate::button::text;
use crate::theme;

/// Frequencies that may be labelled, in Hz: those of an earlier line before those of a later one.
const FREQUENCIES: [&[f32]; 4] = [
    &[1_000.0, 100.0, 5_000.0],
    &[10_000.0, 2_000.0, 500.0, 200.0],
    &[50.0, 300.0, 700.0, 3_000.0, 7_000.0, 15_000.0],
    &[150.0, 400.0, 600.0, 1_500.0, 4_000.0, 6_000.0, 8_000.0, 12_000.0],
];
/// Labels of frequencies are at least so far from each other, in points.
const APART: f32 = 17.0;
/// Seconds between two marks of the time scale may be these.
const STEPS: [f32; 8] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Room that a label of the time scale takes, in points.
const LABEL: f32 = 64.0;

/// The frequencies at the left of the picture, in the `gutter` that ends there.
pub(super) fn frequencies(ui: &Ui, axes: &Axes, gutter: f32) {
    let mut taken: Vec<f32> = Vec::new();
    for hertz in FREQUENCIES.into_iter().flatten().copied() {
        let y = axes.y_of(hertz);
        // The outermost stay within the picture's height.
        let middle = y.clamp(axes.rect.top() + 8.0, axes.rect.bottom() - 8.0);
        let inside = axes.rect.y_range().contains(y) && hertz <= axes.top_hz;
        if !inside || taken.iter().any(|other| (other - middle).abs() < APART) {
            continue;
        }
        taken.push(middle);
        let left = axes.rect.left();
        ui.painter().hline(
            left - 6.0..=left - 2.0,
            y,
            Stroke::new(1.0, theme::of(ui.ctx()).outline),
        );
        let place = Rect::from_min_max(pos2(left - gutter, middle - 8.0), pos2(left - 9.0, middle + 8.0));
        text(
            ui,
            place,
            Align2::RIGHT_CENTER,
            &frequency(hertz),
            theme::tiny(),
            theme::of(ui.ctx()).muted,
        );
    }
}

/// The seconds before now, in a `strip` below the picture.
pub(super) fn seconds(ui: &Ui, axes: &Axes, strip: Rect) {
    let visible = (
        axes.seconds_at(axes.rect.left()),
        axes.seconds_at(axes.rect.right()),
    );
    let most = (axes.rect.width() / LABEL).max(1.0);
    let step = STEPS
        .into_iter()
        .find(|step| (visible.1 - visible.0) / step <= most)
        .unwrap_or(10.0);
    let first = (visible.0 / step - 1e-3).ceil() as i32;
    let last = (visible.1 / step + 1e-3).floor() as i32;
    for mark in first..=last {
        let x = axes.x_of(mark as f32 * step);
        ui.painter().vline(
            x,
            strip.top()..=strip.top() + 3.0,
            Stroke::new(1.0, theme::of(ui.ctx()).outline),
        );
        let half = LABEL / 2.0;
        let place = Rect::from_x_y_ranges(x - half..=x + half, strip.top() + 3.0..=strip.bottom());
        // The outermost stay within the picture's width.
        let (by, align) = if place.left() < strip.left() {
            (strip.left() - place.left(), Align2::LEFT_CENTER)
        } else if place.right() > strip.right() {
            (strip.right() - place.right(), Align2::RIGHT_CENTER)
        } else {
            (0.0, Align2::CENTER_CENTER)
        };
        let place = place.translate(vec2(by, 0.0));
        let words = if mark == 0 {
            "now".to_owned()
        } else {
            moment(mark as f32 * step, step)
        };
        text(ui, place, align, &words, theme::tiny(), theme::of(ui.ctx()).muted);
    }
}

/// A frequency in words.
pub(super) fn frequency(hertz: f32) -> String {
    if hertz < 995.0 {
        format!("{hertz:.0} Hz")
    } else {
        let kilo = format!("{:.2}", hertz / 1000.0);
        format!("{} kHz", kilo.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A moment in words, no finer than `step` seconds.
pub(super) fn moment(seconds: f32, step: f32) -> String {
    let digits = if step >= 1.0 {
        0
    } else if step >= 0.1 {
        1
    } else {
        2
    };
    // A true minus sign, as wide as a digit.
    let sign = if seconds < 0.0 { "\u{2212}" } else { "" };
    format!("{sign}{:.digits$} s", seconds.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_and_moments_are_read_at_once() {
        assert_eq!(frequency(98.7), "99 Hz");
        assert_eq!(frequency(1_000.0), "1 kHz");
        assert_eq!(frequency(1_254.0), "1.25 kHz");
        assert_eq!(frequency(10_000.0), "10 kHz");
        assert_eq!(moment(-4.0, 2.0), "\u{2212}4 s");
        assert_eq!(moment(-1.25, 0.02), "\u{2212}1.25 s");
        assert_eq!(moment(0.0, 0.5), "0.0 s");
    }
}
