//! When the queried sound was there, as marks in the lane that can be clicked.

use std::ops::Range;

use earmark_find::{Rules, in_scores};
use egui::{Painter, Rect, Stroke};

use super::reel::Reel;
use super::section::Axes;
use super::selection::Selection;
use crate::theme;
use crate::view::Mark;

/// Height of a mark at the top of the lane, in points.
const HEIGHT: f32 = 3.0;
/// The least width that can be clicked, in points.
const LEAST: f32 = 8.0;

/// Occurrences in columns since the reel began, and how sure each is.
#[derive(Debug, Default)]
pub(super) struct Marks {
    all: Vec<(Range<f64>, f32)>,
    /// What of the reel they were found in.
    of: Range<u64>,
}

impl Marks {
    /// Finds them anew where something has gone by: by the rules of `earmark find`.
    pub(super) fn feed(&mut self, reel: &Reel) {
        let places = reel.places();
        let of = places.start as u64..places.end as u64;
        if of == self.of {
            return;
        }
        let pitch = f64::from(reel.pitch());
        let scores: Vec<f32> = reel.presences().collect();
        let column = |seconds: f64| places.start + seconds / pitch;
        self.all = in_scores(&scores, pitch, Rules::default())
            .into_iter()
            .map(|one| (column(one.onset)..column(one.offset), one.confidence))
            .collect();
        self.of = of;
    }

    /// All of them, as others are told of them.
    pub(super) fn told(&self, reel: &Reel) -> Vec<Mark> {
        let told = self.all.iter().filter_map(|(place, confidence)| {
            let span = selection(place).span(reel)?;
            Some(Mark {
                span,
                confidence: *confidence,
            })
        });
        told.collect()
    }

    /// The one that is drawn there.
    pub(super) fn at(&self, x: f32, reel: &Reel, axes: &Axes) -> Option<Selection> {
        let mut near = self.all.iter().filter(|(place, _)| {
            let drawn = drawn(place, reel, axes);
            let wider = (0.5 * (LEAST - drawn.span())).max(0.0);
            drawn.expand(wider).contains(x)
        });
        near.next().map(|(place, _)| selection(place))
    }

    /// The next one after a place, or the last one before it.
    pub(super) fn next(&self, after: f64, later: bool) -> Option<Selection> {
        let begins = |(place, _): &&(Range<f64>, f32)| {
            // The one that is chosen begins there itself.
            if later {
                place.start > after + 0.5
            } else {
                place.start < after - 0.5
            }
        };
        let mut all = self.all.iter();
        let next = if later {
            all.find(begins)
        } else {
            all.rfind(begins)
        };
        next.map(|(place, _)| selection(place))
    }

    /// Draws them at the top of the lane.
    pub(super) fn paint(&self, painter: &Painter, reel: &Reel, axes: &Axes, lane: Rect) {
        let painter = painter.with_clip_rect(lane.intersect(painter.clip_rect()));
        for (place, _) in &self.all {
            let across = drawn(place, reel, axes);
            let ink = Stroke::new(HEIGHT, theme::TEXT);
            painter.hline(across, lane.top() + 0.5 * HEIGHT, ink);
            for end in [across.min, across.max] {
                painter.vline(end, lane.y_range(), Stroke::new(1.0, theme::TEXT));
            }
        }
    }
}

fn selection(place: &Range<f64>) -> Selection {
    Selection {
        anchor: place.start,
        head: place.end,
    }
}

fn drawn(place: &Range<f64>, reel: &Reel, axes: &Axes) -> egui::Rangef {
    let x = |column: f64| axes.x_of(reel.seconds_of(column));
    egui::Rangef::new(x(place.start), x(place.end))
}
