//! The mixture as it goes by, with the target lit inside it, and a lane that shows when the queried sound is there.
//!
//! ```text
//!           what is under the pointer               what is shown ▾   Hold   Save…
//!   5 kHz ┌──────────────────────────────────────────────────────────────────────┐
//!   1 kHz │ the picture: the last seconds, or the section of them that is near  │
//!  100 Hz └──────────────────────────────────────────────────────────────────────┘
//! Present ┌─────── ▔▔▔▔ ──────── marks, when it was there, that can be clicked ───┐
//!         └──────────────────────────────────────────────────────────────────────┘
//!         −10 s        −8 s         −6 s         −4 s         −2 s            now
//! ```

mod hands;
mod ink;
mod marks;
mod reel;
mod scales;
mod section;
mod selection;
mod strip;

use egui::{Align2, Context, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use self::hands::{Done, Held};
use self::marks::Marks;
use self::reel::Reel;
use self::section::{Axes, Section};
use self::selection::Selection;
use self::strip::Strip;
use crate::button::text;
use crate::first_sounds;
use crate::theme;
use crate::view::{Audition, Command, Layer, Moment, Span, View};

/// Room for the labels at the left, in points.
pub(crate) const GUTTER: f32 = 60.0;
/// Height of the strip above the picture, in points.
const STRIP: f32 = 22.0;
/// Height of the lane, in points.
const LANE: f32 = 18.0;
/// Height of the time scale, in points.
const SCALE: f32 = 16.0;

/// What was seen of the sound, and how it is looked at.
#[derive(Debug, Default)]
pub(crate) struct Spectrogram {
    reel: Reel,
    section: Section,
    layer: Layer,
    selection: Option<Selection>,
    marks: Marks,
}

impl Spectrogram {
    /// Takes what was heard since the last frame, `seconds` ago, and moves on.
    pub(crate) fn feed(&mut self, context: &Context, view: &View, seconds: f32) {
        self.reel.feed(context, view, self.layer, seconds);
        self.marks.feed(&self.reel);
    }

    /// Whether something will move by itself.
    pub(crate) fn moving(&self) -> bool {
        self.reel.moving()
    }

    /// What is heard at this moment; `None` before there was anything.
    pub(crate) fn now(&self) -> Option<Moment> {
        self.reel.newest()
    }

    /// The part of the picture that is marked.
    pub(crate) fn marked(&self) -> Option<Span> {
        self.selection.and_then(|chosen| chosen.span(&self.reel))
    }

    /// Draws all of it into `rect`. A span that is chosen is heard with the query of `slot`.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        rect: Rect,
        slot: usize,
        view: &View,
        commands: &mut Vec<Command>,
    ) {
        let left = rect.left() + GUTTER;
        let band = |top: f32, bottom: f32| Rect::from_min_max(pos2(left, top), pos2(rect.right(), bottom));
        let lane_top = rect.bottom() - SCALE - LANE;
        let sight = band(rect.top() + STRIP + 4.0, lane_top - 4.0);
        let lane = band(lane_top, lane_top + LANE);
        let mut axes = Axes {
            rect: sight,
            section: self.section,
            seconds: self.reel.seconds(),
            top_hz: view.top_hz,
        };
        let response = ui.interact(
            sight.union(lane),
            ui.scope_id().with("spectrogram"),
            Sense::click_and_drag(),
        );
        let held = Held {
            section: &mut self.section,
            selection: &mut self.selection,
            marks: &self.marks,
            lane,
        };
        let done = held.follow(ui, &response, &axes, &self.reel);
        axes.section = self.section;
        let span = self.marked();
        match (done, span) {
            (Some(Done::Chosen), Some(span)) if view.asks(slot) => {
                commands.push(Command::AuditionSpan { slot, span });
            }
            (Some(Done::LetGo), _) if view.audition != Audition::Off => commands.push(Command::StopAudition),
            _ => {}
        }
        let painter = ui.painter();
        for place in [sight, lane] {
            painter.rect_filled(place, 0.0, theme::SUNKEN);
        }
        self.reel.paint(painter, axes.whole(), sight, lane);
        self.marks.paint(painter, &self.reel, &axes, lane);
        for place in [sight, lane] {
            let edge = Stroke::new(1.0, theme::HAIRLINE);
            painter.rect_stroke(place, 0.0, edge, StrokeKind::Outside);
        }
        if let Some(chosen) = self.selection {
            chosen.paint(painter, &self.reel, &axes, sight.union(lane));
        }
        if response.has_focus() {
            theme::focus_ring(painter, sight.union(lane));
        }
        scales::frequencies(ui, &axes, GUTTER);
        scales::seconds(ui, &axes, band(lane.bottom() + 1.0, rect.bottom()));
        let presence = Rect::from_min_max(pos2(rect.left(), lane.top()), pos2(left - 9.0, lane.bottom()));
        text(
            ui,
            presence,
            Align2::RIGHT_CENTER,
            "Present",
            theme::tiny(),
            theme::of(ui.ctx()).muted,
        );
        if !self.reel.begun() && !first_sounds::are_shown(view) {
            let words = "What comes in goes by here, and what the query catches in it lights up.";
            let place = sight.shrink(12.0);
            text(
                ui,
                place,
                Align2::CENTER_CENTER,
                words,
                theme::body(),
                theme::MUTED,
            );
        }
        let pointer = response
            .hover_pos()
            .filter(|at| sight.contains(*at) && self.reel.begun());
        if let Some(at) = pointer {
            let hair = Stroke::new(1.0, theme::OUTLINE.gamma_multiply(0.7));
            painter.vline(at.x, sight.top()..=lane.bottom(), hair);
            painter.hline(sight.x_range(), at.y, hair);
        }
        let chosen = self.selection.and_then(|chosen| chosen.seconds(&self.reel));
        let chosen = chosen.map(|seconds| format!("{seconds:.2} s chosen"));
        let under = pointer.map(|at| strip::readout(&self.reel, &axes, self.layer, at));
        let words: Vec<String> = chosen.into_iter().chain(under).collect();
        let (marks, reel) = (&self.marks, &self.reel);
        let strip = Strip {
            view,
            slot,
            words: (!words.is_empty()).then(|| words.join("   ")),
            span,
            marks: &|| marks.told(reel),
            used: view.held
                || self.layer != Layer::Mixture
                || self.selection.is_some()
                || response.has_focus()
                || ui.rect_contains_pointer(rect)
                || strip::is_used(ui),
        };
        let place = band(rect.top(), rect.top() + STRIP);
        strip.show(ui, place, sight, &mut self.layer, commands);
        let percent = (view.meters.presence * 100.0).round();
        response.widget_info(|| {
            let words = format!(
                "spectrogram of {}, presence {percent} percent",
                ink::named(self.layer)
            );
            WidgetInfo::labeled(egui::Role::Image, true, words)
        });
    }
}
