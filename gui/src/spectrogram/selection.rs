//! The span that is chosen in the picture.

use egui::{Painter, Rect, Stroke};

use super::reel::Reel;
use super::section::Axes;
use crate::theme;
use crate::view::Span;

/// The shortest that counts as one, in seconds: less is a hand that trembled.
const SHORTEST: f32 = 0.05;

/// From where it was taken hold of to where it was led, in columns since the reel began: it goes by with its sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Selection {
    pub(super) anchor: f64,
    pub(super) head: f64,
}

impl Selection {
    /// An empty one.
    pub(super) fn at(place: f64) -> Selection {
        Selection {
            anchor: place,
            head: place,
        }
    }

    /// Its ends, as far as they are kept; `None` where it is gone or too short to be one.
    fn ends(self, reel: &Reel) -> Option<(f64, f64)> {
        let kept = reel.places();
        let from = self.anchor.min(self.head).max(kept.start);
        let to = self.anchor.max(self.head).min(kept.end);
        ((to - from) as f32 * reel.pitch() >= SHORTEST).then_some((from, to))
    }

    /// Its length in seconds, where it is one.
    pub(super) fn seconds(self, reel: &Reel) -> Option<f32> {
        let (from, to) = self.ends(reel)?;
        Some((to - from) as f32 * reel.pitch())
    }

    /// The sound in it.
    pub(super) fn span(self, reel: &Reel) -> Option<Span> {
        let (from, to) = self.ends(reel)?;
        Some(Span {
            from: reel.moment(from)?,
            to: reel.moment(to)?,
        })
    }

    /// Shows it over the picture and the lane.
    pub(super) fn paint(self, painter: &Painter, reel: &Reel, axes: &Axes, place: Rect) {
        let Some((from, to)) = self.ends(reel) else {
            return;
        };
        let painter = painter.with_clip_rect(place.intersect(painter.clip_rect()));
        let x = |column: f64| axes.x_of(reel.seconds_of(column));
        let chosen = Rect::from_x_y_ranges(x(from)..=x(to), place.y_range());
        painter.rect_filled(chosen, 0.0, theme::TEXT.gamma_multiply(0.14));
        for edge in [chosen.left(), chosen.right()] {
            painter.vline(edge, place.y_range(), Stroke::new(1.0, theme::TEXT));
        }
    }
}
