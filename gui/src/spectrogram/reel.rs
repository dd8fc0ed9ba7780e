//! The columns that are kept, as they go by: steady, though they come in bursts.

use std::collections::VecDeque;
use std::ops::Range;

use egui::{Color32, Context, Painter, Rect};

use super::ink::pixel;
use crate::ring::Ring;
use crate::theme;
use crate::view::{BANDS, Column, Layer, Moment, View};

/// Seconds that are kept: those that can be heard again.
const SECONDS: f32 = 10.0;
/// Rows of the lane's texture.
const LANE_ROWS: usize = 24;
/// Columns that are kept back, so that what comes in bursts goes by evenly, in seconds.
const DELAY: f32 = 0.15;

/// A column, and the colour of the slot that was heard in it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    column: Column,
    /// As [`crate::SlotView::colour`]; `None` where no slot was active.
    colour: Option<u8>,
}

/// What is drawn, and what waits to be drawn.
#[derive(Default)]
pub(super) struct Reel {
    waiting: VecDeque<Column>,
    /// The oldest first.
    frames: VecDeque<Frame>,
    /// Columns that have gone by, those that are no longer kept among them.
    passed: u64,
    rings: Option<Rings>,
    /// Seconds of a column.
    pitch: f32,
    /// Columns a second, as they came lately.
    rate: f32,
    /// The part of a column that is due, 0 to 1.
    due: f32,
}

struct Rings {
    sight: Ring,
    lane: Ring,
    layer: Layer,
}

impl std::fmt::Debug for Reel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reel")
            .field("waiting", &self.waiting.len())
            .field("frames", &self.frames.len())
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl Reel {
    /// Takes what was heard since the last frame, `seconds` ago, and moves on.
    pub(super) fn feed(&mut self, context: &Context, view: &View, layer: Layer, seconds: f32) {
        if self.pitch != view.column_seconds {
            *self = Reel {
                pitch: view.column_seconds,
                ..Reel::default()
            };
        }
        if view.held {
            // Nothing goes by, and nothing of what comes meanwhile is kept.
            self.waiting.clear();
            self.rate = 0.0;
            return self.draw(context, layer, 0);
        }
        self.waiting.extend(&view.columns);
        let count = self.pace(view.columns.len(), seconds);
        self.passed += count as u64;
        let colour = view.active.map(|slot| view.slots[slot].colour);
        let fresh = self.waiting.drain(..count);
        self.frames.extend(fresh.map(|column| Frame { column, colour }));
        let capacity = self.capacity();
        self.frames.drain(..self.frames.len().saturating_sub(capacity));
        self.draw(context, layer, count);
    }

    /// Columns that are kept.
    fn capacity(&self) -> usize {
        ((SECONDS / self.pitch.max(1e-3)).round() as usize).max(1)
    }

    /// Seconds that are kept, some of them empty at first.
    pub(super) fn seconds(&self) -> f32 {
        self.capacity() as f32 * self.pitch
    }

    /// Draws the newest columns; all of them where something else of them is to be shown.
    fn draw(&mut self, context: &Context, layer: Layer, newest: usize) {
        if self.frames.is_empty() {
            return;
        }
        let columns = self.capacity();
        let made = self.rings.is_some();
        let rings = self.rings.get_or_insert_with(|| Rings {
            sight: Ring::new(context, "spectrogram", [columns, BANDS], theme::SUNKEN),
            lane: Ring::new(context, "presence", [columns, LANE_ROWS], theme::SUNKEN),
            layer,
        });
        let again = !made || std::mem::replace(&mut rings.layer, layer) != layer;
        let newest = if again { self.frames.len() } else { newest };
        for frame in self.frames.range(self.frames.len().saturating_sub(newest)..) {
            let colour = frame.colour.map_or(theme::MUTED, theme::slot_colour);
            let Column {
                mixture,
                target,
                presence,
                ..
            } = &frame.column;
            let bands = (0..BANDS).rev();
            rings
                .sight
                .push(bands.map(|band| pixel(layer, mixture[band], target[band], colour)));
            rings.lane.push(bar(*presence, colour));
        }
        rings.sight.upload();
        rings.lane.upload();
    }

    /// How many of the waiting columns go by in this frame. Steady, though they come in bursts.
    fn pace(&mut self, arrived: usize, seconds: f32) -> usize {
        let seconds = seconds.max(1e-4);
        self.rate += (arrived as f32 / seconds - self.rate) * (seconds / 1.0).min(1.0);
        let waiting = self.waiting.len();
        if waiting > self.capacity() / 4 {
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
    pub(super) fn moving(&self) -> bool {
        !self.waiting.is_empty() || self.rate > 1.0
    }

    /// Whether there is something to see.
    pub(super) fn begun(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Seconds of a column.
    pub(super) fn pitch(&self) -> f32 {
        self.pitch
    }

    /// How much of what was heard the target was, 0 to 1, of each column that is kept.
    pub(super) fn presences(&self) -> impl Iterator<Item = f32> {
        let frames = self.frames.iter();
        frames.map(|frame| f32::from(frame.column.presence) / 255.0)
    }

    /// What came in last.
    pub(super) fn newest(&self) -> Option<Moment> {
        let shown = || self.frames.back().map(|frame| &frame.column);
        Some(self.waiting.back().or_else(shown)?.at)
    }

    /// The columns that are kept, counted from the first that ever went by.
    pub(super) fn places(&self) -> Range<f64> {
        let end = self.passed as f64;
        end - self.frames.len() as f64..end
    }

    /// Where a moment lies among all columns, in seconds from now on.
    pub(super) fn place_of(&self, seconds: f32) -> f64 {
        self.passed as f64 + f64::from(seconds / self.pitch + self.due.fract())
    }

    /// When that was.
    pub(super) fn seconds_of(&self, place: f64) -> f32 {
        ((place - self.passed as f64) as f32 - self.due.fract()) * self.pitch
    }

    /// The sound there; `None` where nothing is kept.
    pub(super) fn moment(&self, place: f64) -> Option<Moment> {
        // A column's own moment is its middle.
        let place = (place - self.places().start - 0.5).clamp(0.0, self.frames.len().checked_sub(1)? as f64);
        let at = |index: usize| self.frames.get(index).map(|frame| frame.column.at);
        let first = at(place as usize)?;
        let second = at(place as usize + 1).unwrap_or(first);
        Some(first.towards(second, place.fract()))
    }

    /// The column that was heard then, in seconds from now on: negative for what was.
    pub(super) fn at(&self, seconds: f32) -> Option<&Column> {
        let ago = (-seconds / self.pitch - self.due.fract()).max(0.0) as usize;
        let index = self.frames.len().checked_sub(1 + ago)?;
        self.frames.get(index).map(|frame| &frame.column)
    }

    /// Draws all that is kept into `whole`, as far as it lies in `sight`, and its presence into the `lane` below.
    pub(super) fn paint(&self, painter: &Painter, whole: Rect, sight: Rect, lane: Rect) {
        let Some(rings) = &self.rings else { return };
        // A column is as wide as a point or so: shifting by parts of it is what makes the scrolling even.
        let shift = self.due.fract();
        rings.sight.paint(
            &painter.with_clip_rect(sight.intersect(painter.clip_rect())),
            whole,
            shift,
        );
        let below = Rect::from_x_y_ranges(whole.x_range(), lane.y_range());
        rings.lane.paint(
            &painter.with_clip_rect(lane.intersect(painter.clip_rect())),
            below,
            shift,
        );
    }
}

/// A column of the lane, from its top: as high as the sound is present.
fn bar(presence: u8, colour: Color32) -> impl Iterator<Item = Color32> {
    let height = (usize::from(presence) * LANE_ROWS).div_ceil(255);
    (0..LANE_ROWS).map(move |row| {
        if row + height >= LANE_ROWS {
            colour
        } else {
            theme::SUNKEN
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(level: u8) -> Column {
        Column {
            mixture: [level; BANDS],
            target: [0; BANDS],
            presence: 0,
            at: Moment::default(),
        }
    }

    #[test]
    fn bursts_go_by_evenly_and_nothing_is_lost() {
        let mut reel = Reel {
            pitch: 0.02,
            ..Reel::default()
        };
        let (mut shown, mut late) = (0, Vec::new());
        for frame in 0..600 {
            // 50 columns a second at 60 frames a second, seven at a time.
            let arrived = if frame % 9 == 0 { 7 } else { 0 };
            reel.waiting.extend(std::iter::repeat_n(column(0), arrived));
            let count = reel.pace(arrived, 1.0 / 60.0);
            reel.waiting.drain(..count);
            shown += count;
            if frame > 300 {
                late.push(count);
            }
        }
        assert!(late.iter().all(|&count| count <= 2), "{late:?}");
        assert_eq!(shown + reel.waiting.len(), 67 * 7);
        assert!(reel.waiting.len() < 30, "{}", reel.waiting.len());
    }

    #[test]
    fn the_last_ten_seconds_are_kept_and_each_is_found_at_its_time() {
        let context = Context::default();
        let mut reel = Reel::default();
        let mut view = View::default();
        for second in 0..13 {
            view.columns = vec![column(second); 50];
            reel.feed(&context, &view, Layer::Mixture, 0.001);
            // What waits goes by at the latest when the next second comes.
        }
        reel.due = 0.0;
        assert!((reel.seconds() - 10.0).abs() < 1e-3);
        let newest = reel.frames.back().expect("a column").column.mixture[0];
        let at = |seconds: f32| reel.at(seconds).map(|column| column.mixture[0]);
        assert_eq!(at(-0.01), Some(newest));
        assert_eq!(at(-1.01), Some(newest - 1));
        assert_eq!(at(-9.01), Some(newest - 9));
        assert_eq!(at(-10.01), None, "what is older is not kept");
        let place = reel.place_of(-3.3);
        assert!((reel.seconds_of(place) + 3.3).abs() < 1e-3, "there and back");
        // Another model's columns may be of another length.
        view.column_seconds = 0.04;
        view.columns = vec![column(9); 200];
        reel.feed(&context, &view, Layer::Mixture, 0.001);
        assert_eq!(reel.frames.len(), 200);
    }
}
