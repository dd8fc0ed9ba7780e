//! From scores to occurrences.

use std::collections::VecDeque;

use crate::evidence::Scored;
use crate::loudness::{CELLS, lufs};
use crate::span::{Heard, Span};
use crate::{Occurrence, Rules};

/// An occurrence is looked for while the score is at least this share of the threshold.
const LOW: f32 = 0.4;
/// The target's share of the level over an occurrence is at least this share of the threshold.
const SURE: f32 = 0.85;
/// Scores are smoothed, so a sound may begin and end so many cells outside of where they say; half of a pause at most.
const AROUND: u64 = 30;

/// Cuts a curve of scores, one each cell, into occurrences: a threshold with hysteresis. An occurrence reaches the threshold at
/// least once, and spreads both ways while the score is at least 0.4 of that. Short pauses do not end it. There and close
/// around it the target is heard from when to when it is near its loudest (see [`Span`]): that is the occurrence, unless it is too
/// short, or too little of what is heard is the target.
#[derive(Debug, Clone)]
pub(crate) struct Runs {
    rules: Rules,
    around: u64,
    /// Cells so far, and the last of them.
    cells: u64,
    before: VecDeque<Scored>,
    open: Option<Open>,
}

/// What may become an occurrence.
#[derive(Debug, Clone)]
struct Open {
    /// The cell after the last that scores enough.
    end: u64,
    best: f32,
    best_at: u64,
    /// It and what is around it, …
    span: Span,
    /// … and the same as it was when what is around its end was over.
    over: Option<Span>,
}

impl Runs {
    pub(crate) fn new(rules: Rules) -> Runs {
        let pause = (rules.gap * CELLS as f64) as u64;
        Runs {
            rules,
            around: AROUND.min(pause / 2),
            cells: 0,
            before: VecDeque::new(),
            open: None,
        }
    }

    /// The score of the next cell; an occurrence that is over with it.
    pub(crate) fn push(&mut self, scored: Scored) -> Option<Occurrence> {
        let (cell, around) = (self.cells, self.around);
        self.cells += 1;
        let mut over = None;
        if scored.score >= LOW * self.rules.threshold {
            let before = &self.before;
            // One that was over when its pause had been too long is gone by now.
            let open = self.open.get_or_insert_with(|| Open::new(cell, before));
            open.span.push(cell, &scored);
            (open.end, open.over) = (cell + 1, None);
            if scored.score > open.best {
                (open.best, open.best_at) = (scored.score, cell);
            }
        } else if let Some(open) = &mut self.open {
            if cell == open.end + around {
                open.over = Some(open.span.clone());
            }
            open.span.push(cell, &scored);
            // The pause reaches to the end of this cell at least.
            if seconds(self.cells - open.end) >= self.rules.gap {
                over = self.open.take().and_then(|open| self.judge(&open));
            }
        }
        self.before.push_back(scored);
        if self.before.len() as u64 > around {
            self.before.pop_front();
        }
        over
    }

    /// The last one.
    pub(crate) fn finish(&mut self) -> Option<Occurrence> {
        let last = self.open.take()?;
        self.judge(&last)
    }

    fn judge(&self, open: &Open) -> Option<Occurrence> {
        let span = open.over.as_ref().unwrap_or(&open.span);
        let Heard {
            begin,
            end,
            share,
            power,
        } = span.heard()?;
        let threshold = self.rules.threshold;
        let counts = open.best >= threshold
            && share >= SURE * threshold
            && seconds(end - begin) >= self.rules.shortest;
        counts.then(|| Occurrence {
            onset: seconds(begin),
            offset: seconds(end),
            confidence: share,
            peak: seconds(open.best_at.clamp(begin, end - 1)) + 0.5 / CELLS as f64,
            loudness: lufs(power) as f32,
        })
    }
}

impl Open {
    /// One that begins with a cell, after others.
    fn new(cell: u64, before: &VecDeque<Scored>) -> Open {
        let mut span = Span::default();
        for (scored, at) in before.iter().zip(cell - before.len() as u64..) {
            span.push(at, scored);
        }
        Open {
            end: cell,
            best: 0.0,
            best_at: cell,
            span,
            over: None,
        }
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

    /// Of a mixture of one level.
    fn scored(&score: &f32) -> Scored {
        Scored {
            score,
            share: score,
            target: f64::from(score * score),
            mixture: 1.0,
        }
    }

    fn found(rules: Rules, scores: &[f32]) -> Vec<(f64, f64)> {
        let mut runs = Runs::new(rules);
        let mut all: Vec<Occurrence> = scores
            .iter()
            .filter_map(|score| runs.push(scored(score)))
            .collect();
        all.extend(runs.finish());
        all.iter().map(|one| (one.onset, one.offset)).collect()
    }

    #[test]
    fn it_reaches_the_threshold_and_lasts_while_it_is_heard() {
        assert_eq!(found(RULES, &[0.0, 0.4, 0.6, 0.4, 0.0]), [(0.01, 0.04)]);
        assert_eq!(found(RULES, &[0.0, 0.3, 0.49, 0.3, 0.0]), [], "it is never sure");
        assert_eq!(found(RULES, &[0.9, 0.9]), [(0.0, 0.02)], "to the end");
        // Below the score that is looked at, and still audible.
        assert_eq!(found(RULES, &[0.0, 0.19, 0.6, 0.6, 0.19, 0.0]), [(0.02, 0.04)]);
        let wide = Rules { gap: 0.1, ..RULES };
        let near = [0.0, 0.21, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.21, 0.21, 0.0];
        let strict = Rules {
            threshold: 0.8,
            ..wide
        };
        assert_eq!(found(strict, &near), [(0.01, 0.1)], "close around it");
    }

    #[test]
    fn what_is_far_around_it_is_not_part_of_it() {
        let mut scores = vec![0.21; 200];
        scores[80..120].fill(0.9);
        let rules = Rules {
            threshold: 0.58,
            gap: 1.0,
            ..RULES
        };
        assert_eq!(found(rules, &scores), [(0.5, 1.5)], "0.3 s before and after");
        // A pause that ends it, and one that does not.
        scores[160..].fill(0.9);
        assert_eq!(
            found(Rules { gap: 0.3, ..rules }, &scores),
            [(0.65, 1.35), (1.45, 2.0)]
        );
        assert_eq!(found(Rules { gap: 0.5, ..rules }, &scores), [(0.55, 2.0)]);
    }

    #[test]
    fn where_little_of_what_is_heard_is_the_target_there_is_nothing() {
        let mut runs = Runs::new(RULES);
        // One cell is all target, and quiet; the others are mostly something else, and loud.
        let cells = [
            (1.0, 0.01, 0.01),
            (0.3, 0.1, 1.0),
            (0.3, 0.1, 1.0),
            (0.0, 0.0, 1.0),
        ];
        for (score, target, mixture) in cells {
            let share = score;
            let one = Scored {
                score,
                share,
                target,
                mixture,
            };
            assert_eq!(runs.push(one), None);
        }
        assert_eq!(runs.finish(), None);
    }

    #[test]
    fn its_loudest_moment_is_told_and_its_share_of_all() {
        let mut runs = Runs::new(RULES);
        for score in [0.0, 0.6, 0.4, 0.6, 0.0] {
            assert_eq!(runs.push(scored(&score)), None);
        }
        let one = runs.finish().expect("there is one");
        assert!((f64::from(one.loudness) - lufs(0.36)).abs() < 1e-4, "{one:?}");
        assert!((one.confidence - (0.88f32 / 3.0).sqrt()).abs() < 1e-4, "{one:?}");
        assert!((one.peak - 0.015).abs() < 1e-9);
    }

    #[test]
    fn short_pauses_are_part_of_it_and_what_is_short_is_nothing() {
        let two = [0.6, 0.6, 0.5, 0.0, 0.7, 0.7, 0.0, 0.0, 0.0, 0.8, 0.8];
        assert_eq!(found(RULES, &two), [(0.0, 0.06), (0.09, 0.11)]);
        assert_eq!(found(Rules { gap: 0.0, ..RULES }, &two).len(), 3);
        assert_eq!(found(RULES, &[0.0, 0.9, 0.0, 0.0, 0.0]), []);
        // Two that are too short alone, and together long enough.
        assert_eq!(found(RULES, &[0.9, 0.0, 0.9]), [(0.0, 0.03)]);
    }
}
