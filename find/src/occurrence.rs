//! One time that a sound was there.

use serde::{Deserialize, Serialize};

/// One time that a sound was there. Times are in seconds from the start of the sound that was searched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// When it began.
    pub onset: f64,
    /// When it ended, after `onset`.
    pub offset: f64,
    /// Where a detector was asked, how likely it is that the sound was there, 0 to 1. Else how much of what was heard while it lasted was the
    /// target, 0 to 1: its share of the level, √(T / X), with T and X the K-weighted powers of target and mixture over all of it.
    pub confidence: f32,
    /// When the score was highest.
    pub peak: f64,
    /// How loud the target was at its loudest, in LUFS over 0.17 s.
    #[serde(default)]
    pub loudness: f32,
}

impl Occurrence {
    /// It in a sound of which the one that was searched begins at `start` seconds. Times are rounded to the microsecond: the rest is
    /// rounding.
    #[must_use]
    pub fn from(self, start: f64) -> Occurrence {
        let at = |seconds: f64| (1e6 * (start + seconds)).round() / 1e6;
        Occurrence {
            onset: at(self.onset),
            offset: at(self.offset),
            peak: at(self.peak),
            ..self
        }
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.offset - self.onset
    }
}
