//! What was right and wrong at one threshold, over all scenes.

use earmark_find::judge::{Collar, Counts, Interval};
use serde::Serialize;

use super::scenes::Scene;

/// Length of the segments that are counted beside occurrences, in seconds.
const SEGMENT: f64 = 1.0;

/// Counts at one threshold.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    threshold: f32,
    events: Counts,
    segments: Counts,
    /// What was found of sounds that are not there, and how long they were looked for, in seconds.
    false_alarms: u64,
    nothing: f64,
}

/// What they come to.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    pub(super) threshold: f32,
    /// Of occurrences, with [`Collar::USUAL`].
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
    /// Of segments of one second.
    pub(super) segment_f1: f64,
    /// What they are computed from.
    events: Counts,
    segments: Counts,
    false_alarms: u64,
    /// How long sounds were looked for that are not there.
    absent_seconds: f64,
    /// For each hour and each sound that is asked for and not there; `null` where none was.
    pub(super) false_alarms_an_hour: Option<f64>,
}

impl Tally {
    pub(super) fn new(threshold: f32) -> Tally {
        Tally {
            threshold,
            events: Counts::default(),
            segments: Counts::default(),
            false_alarms: 0,
            nothing: 0.0,
        }
    }

    /// Adds what was found of each question of a scene.
    pub(super) fn add(&mut self, scene: &Scene, found: &[Vec<Interval>]) {
        for (question, found) in scene.questions.iter().zip(found) {
            if question.truth.is_empty() {
                self.false_alarms += found.len() as u64;
                self.nothing += scene.seconds;
                continue;
            }
            let events = Counts::of_events(&question.truth, found, Collar::USUAL);
            let segments = Counts::of_segments(&question.truth, found, SEGMENT);
            self.events = self.events.plus(events);
            self.segments = self.segments.plus(segments);
        }
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            threshold: self.threshold,
            precision: self.events.precision(),
            recall: self.events.recall(),
            f1: self.events.f1(),
            segment_f1: self.segments.f1(),
            events: self.events,
            segments: self.segments,
            false_alarms: self.false_alarms,
            absent_seconds: self.nothing,
            false_alarms_an_hour: (self.nothing > 0.0)
                .then(|| self.false_alarms as f64 * 3_600.0 / self.nothing),
        }
    }
}

/// A line for each threshold; the one that was asked for is marked.
pub(super) fn table(tallies: &[Tally], own: f32) -> String {
    let mut text = "  threshold  precision  recall     F1  F1 of 1 s  false alarms/h\n".to_owned();
    for figures in tallies.iter().map(Tally::figures) {
        let mark = if figures.threshold == own { '*' } else { ' ' };
        let alarms = figures.false_alarms_an_hour;
        text += &format!(
            "{mark} {:>9.2}  {:>9.2}  {:>6.2}  {:>5.2}  {:>9.2}  {:>14}\n",
            figures.threshold,
            figures.precision,
            figures.recall,
            figures.f1,
            figures.segment_f1,
            alarms.map_or("-".into(), |alarms| format!("{alarms:.1}"))
        );
    }
    text
}
