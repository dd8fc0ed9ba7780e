//! How good a search was: event-based and segment-based F1 as `sed_eval` defines them (Mesaros, Heittola and Virtanen, "Metrics
//! for polyphonic sound event detection", 2016).

use serde::Serialize;

use crate::matching::most_pairs;

/// A time from `onset` to `offset`, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its beginning.
    pub onset: f64,
    /// Its end.
    pub offset: f64,
}

/// How far a found occurrence may be from a true one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collar {
    /// Of the onsets, and at least of the offsets, in seconds.
    pub seconds: f64,
    /// Of the offsets, as a share of the true length, where that is more.
    pub share: f64,
}

impl Collar {
    /// 200 ms, and 20 % of the length at the offset: those of DCASE's task of sounds at home (DESED).
    pub const USUAL: Collar = Collar {
        seconds: 0.2,
        share: 0.2,
    };

    fn fits(self, found: &Interval, truth: &Interval) -> bool {
        let at_offset = self.seconds.max(self.share * (truth.offset - truth.onset));
        (found.onset - truth.onset).abs() <= self.seconds && (found.offset - truth.offset).abs() <= at_offset
    }
}

/// What was found of what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// What is there.
    pub truth: u64,
    /// What was found.
    pub found: u64,
    /// What was found and is there.
    pub both: u64,
}

impl Counts {
    /// Counts occurrences: each pairs with one true one within the collar at most, as many as can be paired. All belong to one sound
    /// and one query.
    pub fn of_events(truth: &[Interval], found: &[Interval], collar: Collar) -> Counts {
        let partners = |found: &Interval| {
            let fitting = truth
                .iter()
                .enumerate()
                .filter(|(_, truth)| collar.fits(found, truth));
            fitting.map(|(i, _)| i).collect()
        };
        let partners: Vec<Vec<usize>> = found.iter().map(partners).collect();
        Counts {
            truth: truth.len() as u64,
            found: found.len() as u64,
            both: most_pairs(&partners, truth.len()) as u64,
        }
    }

    /// Counts segments of so many seconds: one is active if any part of an occurrence lies in it.
    pub fn of_segments(truth: &[Interval], found: &[Interval], seconds: f64) -> Counts {
        let (truth, found) = (active(truth, seconds), active(found, seconds));
        let count = |active: &[bool]| active.iter().filter(|active| **active).count() as u64;
        Counts {
            truth: count(&truth),
            found: count(&found),
            both: truth.iter().zip(&found).filter(|(t, f)| **t && **f).count() as u64,
        }
    }

    /// These and others.
    pub fn plus(self, other: Counts) -> Counts {
        Counts {
            truth: self.truth + other.truth,
            found: self.found + other.found,
            both: self.both + other.both,
        }
    }

    /// The share of what was found that is there; 0 where nothing was found.
    pub fn precision(self) -> f64 {
        share(self.both, self.found)
    }

    /// The share of what is there that was found; 0 where nothing is there.
    pub fn recall(self) -> f64 {
        share(self.both, self.truth)
    }

    /// The harmonic mean of precision and recall; 0 where nothing is there and nothing was found.
    pub fn f1(self) -> f64 {
        share(2 * self.both, self.truth + self.found)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Which segments anything lies in.
fn active(intervals: &[Interval], seconds: f64) -> Vec<bool> {
    let segments = |interval: &Interval| {
        let first = (interval.onset / seconds).floor().max(0.0) as usize;
        let end = (interval.offset / seconds).ceil().max(0.0) as usize;
        first..end
    };
    let end = intervals.iter().map(|interval| segments(interval).end).max();
    let mut active = vec![false; end.unwrap_or(0)];
    for interval in intervals {
        active[segments(interval)].fill(true);
    }
    active
}
