//! Level meters: what comes in, what goes out and how loud both are; and what the query found, where there is room for all.

use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::theme;
use crate::view::{Loudness, Meters};
use crate::words;

/// Lowest level shown, in dB below full scale.
const FLOOR_DB: f32 = -60.0;
/// How fast a level falls, in dB per second.
const FALL_DB: f32 = 26.0;

/// The levels as they are shown: up at once, down slowly.
#[derive(Debug)]
pub(crate) struct MeterBank {
    /// In dB, indexed by `[meter][channel]`.
    shown: [[f32; 2]; 3],
    /// As it was a moment ago: figures that change with every frame cannot be read.
    loudness: Loudness,
    /// How long it has been shown, in seconds.
    age: f32,
}

/// For how long a figure stands, in seconds.
const STAND: f32 = 0.25;

impl Default for MeterBank {
    fn default() -> Self {
        MeterBank {
            shown: [[FLOOR_DB; 2]; 3],
            loudness: Loudness::default(),
            age: STAND,
        }
    }
}

impl MeterBank {
    /// Takes new peaks, `seconds` after the last ones. Of a mono bus the one channel is shown twice as wide.
    pub(crate) fn feed(&mut self, peaks: &Meters, mono: bool, loudness: &Loudness, seconds: f32) {
        self.age += seconds;
        if self.age >= STAND {
            self.loudness = *loudness;
            self.age = 0.0;
        }
        for (shown, new) in self
            .shown
            .iter_mut()
            .zip([peaks.input, peaks.target, peaks.output])
        {
            let new = [new[0], new[usize::from(!mono)]];
            for (shown, new) in shown.iter_mut().zip(new) {
                let db = if new > 0.0 { 20.0 * new.log10() } else { FLOOR_DB };
                *shown = (*shown - FALL_DB * seconds).max(db).clamp(FLOOR_DB, 6.0);
            }
        }
    }

    /// Whether every level has fallen to the floor, so that nothing moves any more.
    pub(crate) fn at_rest(&self) -> bool {
        self.shown.iter().flatten().all(|&db| db <= FLOOR_DB)
    }

    /// Draws the meters into `rect`. With a colour, the target's stands between the others.
    pub(crate) fn show(&self, ui: &Ui, rect: Rect, target: Option<Color32>) {
        let look = theme::of(ui.ctx());
        const SCALE: f32 = 34.0;
        let painter = ui.painter();
        let scale = Rect::from_min_max(rect.min + vec2(0.0, 14.0), rect.max - vec2(0.0, 38.0));
        let height = |db: f32| egui::remap_clamp(db, FLOOR_DB..=6.0, scale.bottom()..=scale.top());
        for db in [0.0, -12.0, -24.0, -36.0, -48.0] {
            let label = if db == 0.0 {
                "0 dB".to_owned()
            } else {
                format!("\u{2212}{:.0}", -db)
            };
            let y = height(db);
            let right = pos2(rect.left() + SCALE - 4.0, y);
            painter.text(right, Align2::RIGHT_CENTER, label, theme::tiny(), look.muted);
            painter.hline(
                rect.left() + SCALE..=rect.right(),
                y,
                Stroke::new(1.0, look.hairline),
            );
        }
        let left = pos2(rect.left() + SCALE - 4.0, rect.bottom());
        painter.text(left, Align2::RIGHT_BOTTOM, "LUFS", theme::tiny(), look.muted);
        let meters = [
            Some(("in", look.rest, Some(self.loudness.input))),
            target.map(|colour| ("target", colour, None)),
            Some(("out", look.rest, Some(self.loudness.output))),
        ];
        let shown = meters.into_iter().zip(self.shown);
        let shown = shown.filter_map(|(meter, levels)| Some((meter?, levels)));
        let pitch = (rect.width() - SCALE) / if target.is_some() { 3.0 } else { 2.0 };
        for (i, ((name, colour, loudness), levels)) in shown.enumerate() {
            let centre = rect.left() + SCALE + pitch * (i as f32 + 0.5);
            let below = |y: f32| pos2(centre, rect.bottom() - y);
            painter.text(
                below(18.0),
                Align2::CENTER_BOTTOM,
                name,
                theme::tiny(),
                look.muted,
            );
            if let Some(loudness) = loudness {
                let words = words::lufs(loudness);
                painter.text(
                    below(0.0),
                    Align2::CENTER_BOTTOM,
                    words,
                    theme::small(),
                    look.text,
                );
            }
            for (channel, level) in levels.into_iter().enumerate() {
                let x = centre + (channel as f32 - 0.5) * 11.0;
                let bar = |top: f32| Rect::from_min_max(pos2(x - 4.5, top), pos2(x + 4.5, scale.bottom()));
                painter.rect_filled(bar(scale.top()), 2.0, look.sunken);
                painter.rect_stroke(
                    bar(scale.top()),
                    2.0,
                    Stroke::new(1.0, look.hairline),
                    StrokeKind::Outside,
                );
                let fill: Color32 = if level > 0.0 { look.alarm } else { colour };
                if level > FLOOR_DB {
                    painter.rect_filled(bar(height(level)), 2.0, fill);
                }
            }
            if levels.into_iter().any(|level| level > 0.0) {
                let above = pos2(centre, rect.top());
                painter.text(above, Align2::CENTER_TOP, "over", theme::tiny(), look.alarm);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_jumps_up_and_falls_slowly() {
        let mut meters = MeterBank::default();
        assert!(meters.at_rest());
        meters.feed(
            &Meters {
                input: [1.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                ..Meters::default()
            },
            false,
            &Loudness::default(),
            0.03,
        );
        assert!((meters.shown[0][0]).abs() < 1e-3 && (meters.shown[0][1] + 20.0).abs() < 1e-3);
        meters.feed(&Meters::default(), false, &Loudness::default(), 0.5);
        assert!((meters.shown[0][0] + 13.0).abs() < 1e-3);
        meters.feed(&Meters::default(), false, &Loudness::default(), 10.0);
        assert!(meters.at_rest());
    }
}
