//! Where within some cells a sound is heard: from the first to the last that is near its loudest.

use crate::evidence::Scored;

/// A sound is heard where it is no more than this below its loudest, in dB, …
const RANGE_DB: f64 = 20.0;
/// … and its share of the level is at least this: 14 dB below the whole.
const AUDIBLE: f32 = 0.2;
/// Levels are told apart by so much, in dB: else one that falls for hours would fill the memory.
const STEP_DB: f64 = 0.125;

/// Cells of which the loudest is not known yet. It keeps a few hundred of them at most, however many there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span {
    /// Powers of target and mixture so far.
    sums: [f64; 2],
    /// Cells louder than all before them, in order.
    rising: Vec<Level>,
    /// Cells louder than all after them, in order.
    falling: Vec<Level>,
    loudest: f64,
}

/// A cell, how loud it is in steps, and the powers of target and mixture before it, or up to its end.
#[derive(Debug, Clone, Copy)]
struct Level {
    cell: u64,
    steps: i32,
    sums: [f64; 2],
}

/// What a sound comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heard {
    /// The first cell, and the one after the last.
    pub(crate) begin: u64,
    pub(crate) end: u64,
    /// The target's share of the level over all of them.
    pub(crate) share: f32,
    /// The greatest power of the target.
    pub(crate) power: f64,
}

impl Span {
    /// The next cell, which is number `cell` of the sound.
    pub(crate) fn push(&mut self, cell: u64, scored: &Scored) {
        let before = self.sums;
        self.sums = [before[0] + scored.target, before[1] + scored.mixture];
        if scored.share < AUDIBLE {
            return;
        }
        self.loudest = self.loudest.max(scored.target);
        let steps = steps(scored.target);
        if self.rising.last().is_none_or(|last| steps > last.steps) {
            self.rising.push(Level {
                cell,
                steps,
                sums: before,
            });
        }
        while self.falling.last().is_some_and(|last| last.steps <= steps) {
            self.falling.pop();
        }
        self.falling.push(Level {
            cell,
            steps,
            sums: self.sums,
        });
    }

    /// What is heard in them; `None` where nothing is.
    pub(crate) fn heard(&self) -> Option<Heard> {
        let least = steps(self.loudest) - (RANGE_DB / STEP_DB) as i32;
        let first = self.rising.iter().find(|level| level.steps >= least)?;
        let last = self.falling.iter().rfind(|level| level.steps >= least)?;
        let [target, mixture] = [0, 1].map(|of| last.sums[of] - first.sums[of]);
        Some(Heard {
            begin: first.cell,
            end: last.cell + 1,
            share: if mixture > 0.0 {
                (target / mixture).sqrt().min(1.0) as f32
            } else {
                0.0
            },
            power: self.loudest,
        })
    }
}

/// A power in steps of level; no less than -200 dB.
fn steps(power: f64) -> i32 {
    (10.0 * power.max(1e-20).log10() / STEP_DB).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(target: f64, mixture: f64) -> Scored {
        let share = (target / mixture.max(1e-20)).sqrt() as f32;
        Scored {
            score: share,
            share,
            target,
            mixture,
        }
    }

    fn heard(cells: &[(f64, f64)]) -> Option<Heard> {
        let mut span = Span::default();
        for (cell, &(target, mixture)) in cells.iter().enumerate() {
            span.push(10 + cell as u64, &scored(target, mixture));
        }
        span.heard()
    }

    #[test]
    fn it_lasts_while_it_is_no_more_than_20_db_below_its_loudest_and_can_be_heard() {
        let cells = [
            (1e-3, 1.0),
            (0.02, 0.1),
            (1.0, 2.0),
            (0.5, 0.5),
            (0.02, 0.04),
            (0.005, 0.01),
        ];
        let one = heard(&cells).unwrap();
        assert_eq!((one.begin, one.end, one.power), (11, 15, 1.0));
        let share = (1.54f64 / 2.64).sqrt() as f32;
        assert!((one.share - share).abs() < 1e-6, "{one:?}");
        // It is loud enough at last, and hidden.
        assert_eq!(heard(&[(1.0, 1.0), (0.03, 1.0)]).unwrap().end, 11);
        assert_eq!(heard(&[(0.03, 1.0), (0.0, 0.0)]), None);
        assert_eq!(heard(&[]), None);
    }

    #[test]
    fn a_pause_within_it_counts_and_what_is_around_it_does_not() {
        let one = heard(&[(0.0, 5.0), (1.0, 1.0), (0.0, 2.0), (1.0, 1.0), (0.0, 5.0)]).unwrap();
        assert_eq!((one.begin, one.end), (11, 14));
        assert!((one.share - 0.5f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn it_keeps_little_of_a_long_sound_that_rises_and_falls() {
        let mut span = Span::default();
        for cell in 0..200_000 {
            let level = -1e-3 * (cell as f64 - 100_000.0).abs();
            let power = 10f64.powf(level / 10.0);
            span.push(cell, &scored(power, power));
        }
        let one = span.heard().unwrap();
        assert!(
            one.begin.abs_diff(80_000) < 200 && one.end.abs_diff(120_000) < 200,
            "{one:?}"
        );
        assert!(span.rising.len() < 1_000 && span.falling.len() < 1_000);
    }
}
