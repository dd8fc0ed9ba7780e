//! From scores to occurrences.

use crate::evidence::Scored;
use crate::loudness::{CELLS, lufs};
use crate::{Occurrence, Rules};

/// An occurrence lasts while the score is at least this share of the threshold.
const LOW: f32 = 0.5;

/// Cuts a curve of scores, one each cell, into occurrences: a threshold with hysteresis. An occurrence reaches the threshold at
/// least once, and spreads both ways while the score is at least half of that. Short pauses do not end it, and then what is
/// too short is left out.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    rules: Rules,
    /// Cells so far.
    cells: u64,
    open: Option<Open>,
}

/// What may become an occurrence.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Its first cell, and the one after the last that is loud enough.
    begin: u64,
    end: u64,
    best: f32,
    best_at: u64,
    /// The greatest power of the target.
    power: f64,
}

impl Runs {
    pub(crate) fn new(rules: Rules) -> Runs {
        Runs {
            rules,
            cells: 0,
            open: None,
        }
    }

    /// The score of the next cell; an occurrence that is over with it.
    pub(crate) fn push(&mut self, Scored { score, power }: Scored) -> Option<Occurrence> {
        let cell = self.cells;
        self.cells += 1;
        if score >= LOW * self.rules.threshold {
            // One that was over when its pause had been too long is gone by now.
            let open = self.open.get_or_insert(Open {
                begin: cell,
                end: cell,
                best: 0.0,
                best_at: cell,
                power: 0.0,
            });
            open.end = cell + 1;
            open.power = open.power.max(power);
            if score > open.best {
                (open.best, open.best_at) = (score, cell);
            }
            return None;
        }
        // The pause reaches to the end of this cell at least.
        let is_over = |open: &Open| seconds(self.cells - open.end) >= self.rules.gap;
        let over = self.open.take_if(|open| is_over(open))?;
        self.judge(over)
    }

    /// The last one.
    pub(crate) fn finish(&mut self) -> Option<Occurrence> {
        let last = self.open.take()?;
        self.judge(last)
    }

    fn judge(&self, open: Open) -> Option<Occurrence> {
        let counts =
            open.best >= self.rules.threshold && seconds(open.end - open.begin) >= self.rules.shortest;
        counts.then(|| Occurrence {
            onset: seconds(open.begin),
            offset: seconds(open.end),
            confidence: open.best,
            peak: seconds(open.best_at) + 0.5 / CELLS as f64,
            loudness: lufs(open.power) as f32,
        })
    }
}

fn seconds(cells: u64) -> f64 {
    cells as f64 / CELLS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        threshold: 0.5,
        smooth: 0.0,
        gap: 0.03,
        shortest: 0.02,
    };

    fn found(rules: Rules, scores: &[f32]) -> Vec<(f64, f64, f32)> {
        let mut runs = Runs::new(rules);
        let scored = |&score: &f32| Scored { score, power: 0.0 };
        let mut all: Vec<Occurrence> = scores
            .iter()
            .filter_map(|score| runs.push(scored(score)))
            .collect();
        all.extend(runs.finish());
        all.iter()
            .map(|one| (one.onset, one.offset, one.confidence))
            .collect()
    }

    #[test]
    fn it_begins_and_ends_at_half_the_threshold_and_reaches_the_whole() {
        assert_eq!(found(RULES, &[0.0, 0.3, 0.6, 0.26, 0.0]), [(0.01, 0.04, 0.6)]);
        assert_eq!(found(RULES, &[0.0, 0.3, 0.49, 0.3, 0.0]), [], "it is never sure");
        assert_eq!(found(RULES, &[0.9, 0.9]), [(0.0, 0.02, 0.9)], "to the end");
    }

    #[test]
    fn its_loudest_moment_is_told() {
        let mut runs = Runs::new(RULES);
        for (score, power) in [(0.0, 9.0), (0.6, 0.01), (0.4, 0.1), (0.3, 0.02), (0.0, 9.0)] {
            assert_eq!(runs.push(Scored { score, power }), None);
        }
        let one = runs.finish().expect("there is one");
        assert!((one.loudness - -10.691).abs() < 1e-4, "{one:?}");
    }

    #[test]
    fn short_pauses_are_part_of_it_and_what_is_short_is_nothing() {
        let two = [0.6, 0.6, 0.0, 0.0, 0.7, 0.7, 0.0, 0.0, 0.0, 0.8, 0.8];
        assert_eq!(found(RULES, &two), [(0.0, 0.06, 0.7), (0.09, 0.11, 0.8)]);
        assert_eq!(found(Rules { gap: 0.0, ..RULES }, &two).len(), 3);
        assert_eq!(found(RULES, &[0.0, 0.9, 0.0, 0.0, 0.0]), []);
        // Two that are too short alone, and together long enough.
        assert_eq!(found(RULES, &[0.9, 0.0, 0.9]), [(0.0, 0.03, 0.9)]);
    }
}
