//! Level meters: what comes in, what goes out and how loud both are; and what the query found, where there is room for all.
//!
//! A mark stands where the last peak was. What went beyond full scale is told in figures until a click clears it. In the meter of what
//! goes out an outline stands as high as the input of the same moment: between the two is what was taken away.

mod level;

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use self::level::{FLOOR_DB, Level, TOP_DB};
use crate::button::text;
use crate::hints::Hint;
use crate::theme;
use crate::view::{Loudness, Meters};
use crate::words;

/// Room for the numbers of the scale, in points.
const SCALE: f32 = 34.0;
/// Height of the line that tells what went over, in points.
const OVER: f32 = 20.0;
/// Height of the names and the loudness, in points.
const BELOW: f32 = 38.0;
/// For how long a figure stands, in seconds.
const STAND: f32 = 0.25;

/// The levels as they are shown.
#[derive(Debug)]
pub(crate) struct MeterBank {
    input: Level,
    target: Level,
    output: Level,
    /// The input of the moment that goes out.
    mixture: Level,
    /// As it was a moment ago: figures that change with every frame cannot be read.
    loudness: Loudness,
    /// How long it has been shown, in seconds.
    age: f32,
}

impl Default for MeterBank {
    fn default() -> Self {
        MeterBank {
            input: Level::default(),
            target: Level::default(),
            output: Level::default(),
            mixture: Level::default(),
            loudness: Loudness::default(),
            age: STAND,
        }
    }
}

/// One meter as it is drawn.
struct Column<'a> {
    name: &'static str,
    level: &'a mut Level,
    colour: Color32,
    /// Loudness in words, below the name.
    loudness: String,
    /// What an outline is drawn for.
    before: Option<[f32; 2]>,
    help: &'static str,
}

impl MeterBank {
    /// Takes new peaks, `seconds` after the last ones. Of a mono bus the one channel is shown twice as wide.
    pub(crate) fn feed(&mut self, peaks: &Meters, mono: bool, loudness: &Loudness, seconds: f32) {
        self.age += seconds;
        if self.age >= STAND {
            self.loudness = *loudness;
            self.age = 0.0;
        }
        for (level, new) in [
            (&mut self.input, peaks.input),
            (&mut self.target, peaks.target),
            (&mut self.output, peaks.output),
            (&mut self.mixture, peaks.mixture),
        ] {
            level.feed([new[0], new[usize::from(!mono)]], seconds);
        }
    }

    /// Whether every level has fallen to the floor, so that nothing moves any more.
    pub(crate) fn at_rest(&self) -> bool {
        let levels = [&self.input, &self.target, &self.output, &self.mixture];
        levels.into_iter().all(Level::at_rest)
    }

    /// Draws the meters into `rect`. With a colour, the target's stands between the others.
    pub(crate) fn show(&mut self, ui: &Ui, rect: Rect, target: Option<Color32>) {
        let look = theme::of(ui.ctx());
        let bars = Rect::from_min_max(rect.min + vec2(SCALE, OVER), rect.max - vec2(0.0, BELOW));
        scale(ui, rect, bars);
        let before = Some(self.mixture.shown());
        let columns = [
            Some(Column {
                name: "In",
                level: &mut self.input,
                colour: look.rest,
                loudness: words::lufs(self.loudness.input),
                before: None,
                help: "what comes in now",
            }),
            target.map(|colour| Column {
                name: "Target",
                level: &mut self.target,
                colour,
                loudness: String::new(),
                before: None,
                help: "what the query finds, before its fader",
            }),
            Some(Column {
                name: "Out",
                level: &mut self.output,
                colour: look.rest,
                loudness: words::lufs(self.loudness.output),
                before,
                help: "what goes out; the outline above it is what was taken away",
            }),
        ];
        let pitch = bars.width() / if target.is_some() { 3.0 } else { 2.0 };
        for (i, column) in columns.into_iter().flatten().enumerate() {
            let left = bars.left() + pitch * i as f32;
            column.show(ui, Rect::from_x_y_ranges(left..=left + pitch, rect.y_range()));
        }
    }
}

fn height(bars: Rect, db: f32) -> f32 {
    egui::remap_clamp(db, FLOOR_DB..=TOP_DB, bars.bottom()..=bars.top())
}

/// Numbers and lines, and the unit of the figures below.
fn scale(ui: &Ui, rect: Rect, bars: Rect) {
    let look = theme::of(ui.ctx());
    let painter = ui.painter();
    let right = bars.left() - 4.0;
    for db in [0.0, -12.0, -24.0, -36.0, -48.0] {
        let label = if db == 0.0 {
            "0 dB".to_owned()
        } else {
            format!("\u{2212}{:.0}", -db)
        };
        let y = height(bars, db);
        let at = pos2(right, y);
        painter.text(at, Align2::RIGHT_CENTER, label, theme::tiny(), look.muted);
        painter.hline(bars.x_range(), y, Stroke::new(1.0, look.hairline));
    }
    let at = pos2(right, rect.bottom());
    painter.text(at, Align2::RIGHT_BOTTOM, "LUFS", theme::tiny(), look.muted);
}

impl Column<'_> {
    /// Draws it into its share of the room, from what went over at the top to the loudness at the bottom.
    fn show(self, ui: &Ui, rect: Rect) {
        let look = theme::of(ui.ctx());
        let bars = Rect::from_min_max(rect.min + vec2(0.0, OVER), rect.max - vec2(0.0, BELOW));
        // Not cut: beside the loudness of a narrow meter there is room.
        let write = |up: f32, words: &str, font, ink| {
            let at = pos2(rect.center().x, rect.bottom() - up);
            ui.painter().text(at, Align2::CENTER_BOTTOM, words, font, ink);
        };
        write(18.0, self.name, theme::tiny(), look.muted);
        write(0.0, &self.loudness, theme::small(), look.text);
        for channel in 0..2 {
            self.bar(ui, bars, channel);
        }
        let response = ui.interact(
            rect.with_min_y(bars.top()),
            ui.scope_id().with(("meter", self.name)),
            Sense::hover(),
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("level: {}", self.name)));
        response.hint(self.help);
        self.over(ui, rect.with_max_y(bars.top() - 2.0));
    }

    fn bar(&self, ui: &Ui, bars: Rect, channel: usize) {
        let look = theme::of(ui.ctx());
        let painter = ui.painter();
        let x = bars.center().x + (channel as f32 - 0.5) * 11.0;
        let part = |from: f32, to: f32| {
            let y = height(bars, to)..=height(bars, from);
            Rect::from_x_y_ranges(x - 4.5..=x + 4.5, y)
        };
        let whole = part(FLOOR_DB, TOP_DB);
        painter.rect_filled(whole, 2.0, look.sunken);
        let edge = Stroke::new(1.0, look.hairline);
        painter.rect_stroke(whole, 2.0, edge, StrokeKind::Outside);
        let level = self.level.shown()[channel];
        if let Some(before) = self.before
            && before[channel] > level
        {
            let taken = part(level, before[channel]);
            painter.rect_filled(taken, 2.0, self.colour.gamma_multiply(0.25));
            painter.rect_stroke(taken, 2.0, Stroke::new(1.0, self.colour), StrokeKind::Inside);
        }
        if level > FLOOR_DB {
            painter.rect_filled(part(FLOOR_DB, level.min(0.0)), 2.0, self.colour);
        }
        if level > 0.0 {
            painter.rect_filled(part(0.0, level), 0.0, look.alarm);
        }
        let peak = self.level.peaks()[channel];
        if peak > FLOOR_DB {
            let ink = if peak > 0.0 { look.alarm } else { look.text };
            painter.hline(whole.x_range(), height(bars, peak), Stroke::new(1.5, ink));
        }
    }

    /// By how much full scale was passed, to be clicked away. There is nothing where it was not.
    fn over(self, ui: &Ui, rect: Rect) {
        let Some(db) = self.level.over() else { return };
        let look = theme::of(ui.ctx());
        let words = format!("+{db:.1}");
        let response = ui.interact(rect, ui.scope_id().with(("over", self.name)), Sense::click());
        response.widget_info(|| {
            let name = format!("{} went over full scale by {db:.1} dB: clear", self.name);
            WidgetInfo::labeled(Role::Button, true, name)
        });
        text(ui, rect, Align2::CENTER_CENTER, &words, theme::tiny(), look.alarm);
        if response.has_focus() {
            theme::focus_ring(ui.painter(), rect);
        }
        if response.clicked() {
            self.level.clear();
        }
        response.hint("so many dB over full scale, since this was cleared; a click clears it");
    }
}
