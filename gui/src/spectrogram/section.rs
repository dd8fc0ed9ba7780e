//! Which part of what is kept is in view, and where a moment and a frequency are drawn in it.

use egui::{Rect, lerp, remap};

/// The shortest time that is ever in view, as a share of what is kept: a quarter of a second of ten.
const SHORTEST: f32 = 0.025;
/// The narrowest band that is ever in view, as a share of all: eight of 64 bands.
const NARROWEST: f32 = 0.125;

/// A part of a range from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub(super) from: f32,
    pub(super) to: f32,
}

impl Part {
    const WHOLE: Part = Part { from: 0.0, to: 1.0 };

    fn length(self) -> f32 {
        self.to - self.from
    }

    /// The same place of the range stays at `at`, 0 to 1 within the part, while the part becomes `factor` times shorter.
    fn zoomed(self, at: f32, factor: f32, least: f32) -> Part {
        let length = (self.length() / factor).clamp(least, 1.0);
        let fixed = lerp(self.from..=self.to, at);
        Part::of_length(fixed - at * length, length)
    }

    fn moved(self, by: f32) -> Part {
        Part::of_length(self.from + by * self.length(), self.length())
    }

    fn of_length(from: f32, length: f32) -> Part {
        let from = from.clamp(0.0, 1.0 - length);
        Part {
            from,
            to: from + length,
        }
    }
}

/// What is in view: of time, where 0 is the oldest that is kept and 1 is now, and of height, where 0 is the lowest band and 1 the
/// top of the highest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Section {
    pub(super) time: Part,
    pub(super) height: Part,
}

impl Default for Section {
    fn default() -> Section {
        Section {
            time: Part::WHOLE,
            height: Part::WHOLE,
        }
    }
}

impl Section {
    /// `factor` times closer around the place `at`, 0 to 1 from the left.
    pub(super) fn zoom_time(&mut self, at: f32, factor: f32) {
        self.time = self.time.zoomed(at, factor, SHORTEST);
    }

    /// The same, 0 to 1 from below.
    pub(super) fn zoom_height(&mut self, at: f32, factor: f32) {
        self.height = self.height.zoomed(at, factor, NARROWEST);
    }

    /// On by a share of what is in view: later, and higher.
    pub(super) fn pan(&mut self, time: f32, height: f32) {
        self.time = self.time.moved(time);
        self.height = self.height.moved(height);
    }
}

/// A section in its place on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axes {
    pub(super) rect: Rect,
    pub(super) section: Section,
    /// What is kept, in seconds.
    pub(super) seconds: f32,
    /// The upper end of the bands, in Hz.
    pub(super) top_hz: f32,
}

impl Axes {
    /// Where a moment is drawn, in seconds from now on: negative for what was.
    pub(super) fn x_of(&self, seconds: f32) -> f32 {
        let Part { from, to } = self.section.time;
        remap(1.0 + seconds / self.seconds, from..=to, self.rect.x_range())
    }

    /// The moment that is drawn there.
    pub(super) fn seconds_at(&self, x: f32) -> f32 {
        let Part { from, to } = self.section.time;
        (remap(x, self.rect.x_range(), from..=to) - 1.0) * self.seconds
    }

    /// Where a frequency is drawn.
    pub(super) fn y_of(&self, hertz: f32) -> f32 {
        self.y_of_height(height_of(hertz, self.top_hz))
    }

    /// The frequency that is drawn there, in Hz.
    pub(super) fn hertz_at(&self, y: f32) -> f32 {
        hertz_of(self.height_at(y), self.top_hz)
    }

    /// Where a height is drawn, 0 for the lowest band and 1 for the top of the highest.
    pub(super) fn y_of_height(&self, height: f32) -> f32 {
        let Part { from, to } = self.section.height;
        remap(height, from..=to, self.rect.bottom()..=self.rect.top())
    }

    /// The height that is drawn there.
    pub(super) fn height_at(&self, y: f32) -> f32 {
        let Part { from, to } = self.section.height;
        remap(y, self.rect.bottom()..=self.rect.top(), from..=to)
    }

    /// Where all that is kept would be drawn, most of it outside of the place where the view is close.
    pub(super) fn whole(&self) -> Rect {
        let x = self.x_of(-self.seconds)..=self.x_of(0.0);
        Rect::from_x_y_ranges(x, self.y_of_height(1.0)..=self.y_of_height(0.0))
    }
}

/// The lower end of the bands, in Hz.
const BOTTOM_HZ: f32 = 40.0;

/// As the bands are spaced.
fn mel(hertz: f32) -> f32 {
    (1.0 + hertz / 700.0).ln()
}

/// Where a frequency stands, from 0 at the bottom to 1 at the top of the bands.
fn height_of(hertz: f32, top: f32) -> f32 {
    (mel(hertz) - mel(BOTTOM_HZ)) / (mel(top) - mel(BOTTOM_HZ))
}

fn hertz_of(height: f32, top: f32) -> f32 {
    700.0 * (lerp(mel(BOTTOM_HZ)..=mel(top), height).exp() - 1.0)
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    fn axes(section: Section) -> Axes {
        Axes {
            rect: Rect::from_min_max(pos2(80.0, 200.0), pos2(731.0, 433.0)),
            section,
            seconds: 10.0,
            top_hz: 16_000.0,
        }
    }

    fn close() -> Section {
        let mut section = Section::default();
        section.zoom_time(0.3, 5.0);
        section.zoom_height(0.6, 2.5);
        section
    }

    #[test]
    fn pixels_seconds_and_hertz_go_there_and_back() {
        for section in [Section::default(), close()] {
            let axes = axes(section);
            for step in 0..=40 {
                let share = step as f32 / 40.0;
                let x = lerp(axes.rect.x_range(), share);
                assert!((axes.x_of(axes.seconds_at(x)) - x).abs() < 0.01);
                let y = lerp(axes.rect.y_range(), share);
                assert!((axes.y_of(axes.hertz_at(y)) - y).abs() < 0.01);
                assert!((axes.y_of_height(axes.height_at(y)) - y).abs() < 0.01);
                let seconds = -10.0 * share;
                assert!((axes.seconds_at(axes.x_of(seconds)) - seconds).abs() < 1e-4);
                let hertz = 40.0 * 400f32.powf(share);
                assert!((axes.hertz_at(axes.y_of(hertz)) / hertz - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn ends_are_where_they_are_drawn() {
        let axes = axes(Section::default());
        assert_eq!(axes.whole(), axes.rect);
        assert!((axes.x_of(0.0) - axes.rect.right()).abs() < 1e-3);
        assert!((axes.x_of(-10.0) - axes.rect.left()).abs() < 1e-3);
        assert!((axes.hertz_at(axes.rect.bottom()) - 40.0).abs() < 0.1);
        assert!((axes.hertz_at(axes.rect.top()) - 16_000.0).abs() < 5.0);
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_when_it_comes_closer() {
        let before = axes(Section::default());
        let (x, y) = (200.0, 250.0);
        let (seconds, hertz) = (before.seconds_at(x), before.hertz_at(y));
        let at = |value: f32, range: egui::Rangef| (value - range.min) / range.span();
        let mut section = Section::default();
        section.zoom_time(at(x, before.rect.x_range()), 3.0);
        section.zoom_height(1.0 - at(y, before.rect.y_range()), 2.0);
        let after = axes(section);
        assert!((after.seconds_at(x) - seconds).abs() < 1e-3);
        assert!((after.hertz_at(y) / hertz - 1.0).abs() < 1e-3);
    }

    #[test]
    fn nothing_beyond_what_is_kept_comes_into_view() {
        let mut section = close();
        for _ in 0..20 {
            section.pan(0.7, -0.7);
        }
        assert_eq!((section.time.to, section.height.from), (1.0, 0.0));
        section.zoom_time(1.0, 1e6);
        assert!((section.time.length() - SHORTEST).abs() < 1e-6);
        for _ in 0..20 {
            section.zoom_time(0.2, 0.5);
            section.zoom_height(0.2, 0.5);
        }
        assert_eq!(section, Section::default());
    }
}
