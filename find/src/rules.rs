//! What counts as an occurrence.

use thiserror::Error;

/// What counts as an occurrence. The defaults were chosen on a list of scenes, `training/places_tuning.tsv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The score that an occurrence reaches at least once, 0 to 1; where a detector decides, its confidence.
    pub threshold: f32,
    /// Seconds that scores are smoothed over, by their median. 0: as they are.
    pub smooth: f64,
    /// Pauses shorter than this, in seconds, do not end an occurrence.
    pub gap: f64,
    /// Occurrences shorter than this, in seconds, do not count.
    pub shortest: f64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            threshold: 0.7,
            smooth: 0.35,
            gap: 0.5,
            shortest: 0.1,
        }
    }
}

/// A rule out of its range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("{what} cannot be {given}; it is from {least} to {most}")]
pub struct RuleError {
    /// Which rule.
    pub what: &'static str,
    /// What was given.
    pub given: f64,
    /// The least that is allowed.
    pub least: f64,
    /// The most that is allowed.
    pub most: f64,
}

impl Rules {
    /// The longest smoothing, in seconds.
    pub const MOST_SMOOTH: f64 = 10.0;
    /// The longest pause and the longest shortest occurrence, in seconds: a day.
    pub const MOST_SECONDS: f64 = 86_400.0;

    /// Refuses what is out of range.
    ///
    /// # Errors
    /// A [`RuleError`] that names the first.
    pub fn check(&self) -> Result<(), RuleError> {
        // As it was typed: 0.01 in single precision is a little less.
        let threshold = (f64::from(self.threshold) * 1e6).round() / 1e6;
        let rules = [
            ("the threshold", threshold, 0.01, 1.0),
            ("the smoothing", self.smooth, 0.0, Rules::MOST_SMOOTH),
            ("the pause", self.gap, 0.0, Rules::MOST_SECONDS),
            ("the shortest length", self.shortest, 0.0, Rules::MOST_SECONDS),
        ];
        for (what, given, least, most) in rules {
            if !(least..=most).contains(&given) {
                return Err(RuleError {
                    what,
                    given,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}
