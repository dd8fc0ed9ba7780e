//! The mixture as it goes by, with the target lit inside it, and a lane that shows when the queried sound is there.

use std::collections::VecDeque;

use egui::{Align2, Color32, Context, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::button::text;
use crate::first_sounds;
use crate::ring::Ring;
use crate::theme;
use crate::view::{BANDS, Column, View};

/// Columns kept: about 12 s.
const COLUMNS: usize = 640;
/// Rows of the lane's texture.
const LANE_ROWS: usize = 24;
/// Room for the labels at the left, in points.
pub(crate) const GUTTER: f32 = 60.0;
/// Height of the lane, in points.
const LANE: f32 = 24.0;
/// Columns that are kept back, so that what comes in bursts goes by evenly, in seconds.
const DELAY: f32 = 0.15;

/// What is drawn, and what waits to be drawn.
#[derive(Default)]
pub(crate) struct Spectrogram {
    waiting: VecDeque<Column>,
    rings: Option<Rings>,
    /// Columns a second, as they came lately.
    rate: f32,
    /// The part of a column that is due, 0 to 1.
    due: f32,
    /// Whether something was drawn yet.
    begun: bool,
}

struct Rings {
    sight: Ring,
    lane: Ring,
}

impl std::fmt::Debug for Spectrogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spectrogram")
            .field("waiting", &self.waiting.len())
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl Spectrogram {
    /// Takes what was heard since the last frame, `seconds` ago, and moves on.
    pub(crate) fn feed(&mut self, context: &Context, view: &View, seconds: f32) {
        self.waiting.extend(&view.columns);
        let count = self.pace(view.columns.len(), seconds);
        if count == 0 {
            return;
        }
        self.begun = true;
        let rings = self.rings.get_or_insert_with(|| Rings {
            sight: Ring::new(context, "spectrogram", [COLUMNS, BANDS], theme::SUNKEN),
            lane: Ring::new(context, "presence", [COLUMNS, LANE_ROWS], theme::SUNKEN),
        });
        let colour = view
            .active
            .map_or(theme::MUTED, |slot| theme::slot_colour(view.slots[slot].colour));
        for column in self.waiting.drain(..count) {
            let bands = (0..BANDS).rev();
            rings
                .sight
                .push(bands.map(|band| pixel(column.mixture[band], column.target[band], colour)));
            let height = (usize::from(column.presence) * LANE_ROWS).div_ceil(255);
            let row = |row| {
                if row + height >= LANE_ROWS {
                    colour
                } else {
                    theme::SUNKEN
                }
            };
            rings.lane.push((0..LANE_ROWS).map(row));
        }
        rings.sight.upload();
        rings.lane.upload();
    }

    /// How many of the waiting columns go by in this frame. Steady, though they come in bursts.
    fn pace(&mut self, arrived: usize, seconds: f32) -> usize {
        let seconds = seconds.max(1e-4);
        self.rate += (arrived as f32 / seconds - self.rate) * (seconds / 1.0).min(1.0);
        let waiting = self.waiting.len();
        if waiting > COLUMNS / 4 {
            // The window was hidden, or has just been opened: what there is, at once.
            self.due = 0.0;
            return waiting;
        }
        // A little faster where more waits than the delay is worth, a little slower where less.
        let speed = (self.rate + (waiting as f32 - DELAY * self.rate) * 1.5).max(0.0);
        self.due = (self.due + speed * seconds).min(waiting as f32);
        let count = self.due as usize;
        self.due -= count as f32;
        count
    }

    /// Whether something will move by itself.
    pub(crate) fn moving(&self) -> bool {
        !self.waiting.is_empty() || self.rate > 1.0
    }

    /// Draws both into `rect`.
    pub(crate) fn show(&self, ui: &Ui, rect: Rect, view: &View) {
        let sight = Rect::from_min_max(
            pos2(rect.left() + GUTTER, rect.top()),
            pos2(rect.right(), rect.bottom() - LANE - 6.0),
        );
        let lane = Rect::from_min_max(pos2(sight.left(), rect.bottom() - LANE), rect.max);
        let painter = ui.painter();
        for place in [sight, lane] {
            painter.rect_filled(place, 0.0, theme::SUNKEN);
        }
        if let Some(rings) = &self.rings {
            // A column is as wide as a point or so: shifting by parts of it is what makes the scrolling even.
            rings.sight.paint(painter, sight, self.due.fract());
            rings.lane.paint(painter, lane, self.due.fract());
        }
        for place in [sight, lane] {
            let edge = Stroke::new(1.0, theme::HAIRLINE);
            painter.rect_stroke(place, 0.0, edge, StrokeKind::Outside);
        }
        self.labels(ui, rect, sight, lane, view);
        let percent = (view.meters.presence * 100.0).round();
        let named = ui.interact(
            sight.union(lane),
            ui.scope_id().with("spectrogram"),
            Sense::hover(),
        );
        named.widget_info(|| {
            let words = format!("spectrogram of the input with the target lit, presence {percent} percent");
            WidgetInfo::labeled(egui::Role::Image, true, words)
        });
    }

    fn labels(&self, ui: &Ui, rect: Rect, sight: Rect, lane: Rect, view: &View) {
        let painter = ui.painter();
        for (frequency, label) in [(100.0, "100 Hz"), (1000.0, "1 kHz"), (5000.0, "5 kHz")] {
            let y = sight.bottom() - height_of(frequency, view.top_hz) * sight.height();
            let tick = sight.left() - 6.0..=sight.left() - 2.0;
            painter.hline(tick, y, Stroke::new(1.0, theme::OUTLINE));
            let place = Rect::from_min_max(pos2(rect.left(), y - 8.0), pos2(sight.left() - 9.0, y + 8.0));
            let keep = place.translate(vec2(
                0.0,
                (sight.top() - place.top()).max(0.0) - (place.bottom() - sight.bottom()).max(0.0),
            ));
            text(ui, keep, Align2::RIGHT_CENTER, label, theme::tiny(), theme::MUTED);
        }
        let place = Rect::from_min_max(
            pos2(rect.left(), lane.top()),
            pos2(lane.left() - 9.0, lane.bottom()),
        );
        text(
            ui,
            place,
            Align2::RIGHT_CENTER,
            "present",
            theme::tiny(),
            theme::MUTED,
        );
        if !self.begun && !first_sounds::are_shown(view) {
            let words = "What comes in goes by here, and what the query catches in it lights up.";
            text(
                ui,
                sight.shrink(12.0),
                Align2::CENTER_CENTER,
                words,
                theme::body(),
                theme::MUTED,
            );
        }
    }
}

/// Where a frequency stands, from 0 at the bottom to 1 at the top of the bands.
fn height_of(frequency: f32, top: f32) -> f32 {
    let mel = |hertz: f32| (1.0 + hertz / 700.0).ln();
    (mel(frequency) - mel(40.0)) / (mel(top) - mel(40.0))
}

/// The mixture in greys, as bright as it is loud; what is the target's share of it in the slot's colour.
fn pixel(mixture: u8, target: u8, colour: Color32) -> Color32 {
    // -80 dB is dark, -10 dB is full: quieter is no use to the eye, louder is all the same.
    let loud = ((f32::from(mixture) - 28.0) / 199.0).clamp(0.0, 1.0);
    // The target as loud as the mixture is all of it; 15 dB below, none.
    let below = (f32::from(mixture) - f32::from(target)) * 90.0 / 255.0;
    let share = (1.0 - below / 15.0).clamp(0.0, 1.0) * loud.sqrt();
    let grey = theme::SUNKEN.lerp_to_gamma(theme::REST, 0.95 * loud.powf(1.5));
    let lit = theme::SUNKEN.lerp_to_gamma(colour, (1.15 * loud).min(1.0));
    grey.lerp_to_gamma(lit, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_go_by_evenly_and_nothing_is_lost() {
        let mut spectrogram = Spectrogram::default();
        let (mut shown, mut late) = (0, Vec::new());
        let empty = Column {
            mixture: [0; BANDS],
            target: [0; BANDS],
            presence: 0,
        };
        for frame in 0..600 {
            // 50 columns a second at 60 frames a second, seven at a time.
            let arrived = if frame % 9 == 0 { 7 } else { 0 };
            spectrogram.waiting.extend(std::iter::repeat_n(empty, arrived));
            let count = spectrogram.pace(arrived, 1.0 / 60.0);
            spectrogram.waiting.drain(..count);
            shown += count;
            if frame > 300 {
                late.push(count);
            }
        }
        assert!(late.iter().all(|&count| count <= 2), "{late:?}");
        assert_eq!(shown + spectrogram.waiting.len(), 67 * 7);
        assert!(spectrogram.waiting.len() < 30, "{}", spectrogram.waiting.len());
    }

    #[test]
    fn the_target_is_lit_in_its_colour_and_the_rest_is_not() {
        let colour = theme::slot_colour(0);
        let distance = |a: Color32, b: Color32| {
            let far = |i: usize| f32::from(a[i]) - f32::from(b[i]);
            (far(0).powi(2) + far(1).powi(2) + far(2).powi(2)).sqrt()
        };
        let (lit, grey) = (pixel(230, 230, colour), pixel(230, 100, colour));
        assert!(distance(lit, colour) < 12.0, "{lit:?}");
        assert!(distance(lit, grey) > 80.0, "{lit:?} {grey:?}");
        assert_eq!(pixel(0, 0, colour), theme::SUNKEN, "silence is dark");
        assert!((height_of(16_000.0, 16_000.0) - 1.0).abs() < 1e-6);
    }
}
