//! How much speaks for a sound being there, at each moment.

use std::collections::VecDeque;

use crate::loudness::CELLS;
use crate::window::Window;

/// Loudnesses are averaged over so many cells on either side before they are compared. Centred, so that beginnings are not late.
const REACH: usize = 8;
/// Loudness below which nothing is taken for present, in LUFS: the absolute gate of ITU-R BS.1770.
const SILENCE_LUFS: f64 = -70.0;

/// From powers to scores: the target's share of the level, √(T / X), with T and X the K-weighted powers of target and mixture
/// around a cell, and 0 where the target is below −70 LUFS; then the median around it. As the plug-in's *presence*, which must not
/// look ahead.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    powers: Window<[f64; 2]>,
    shares: Window<f32>,
    /// What is known of each cell whose score is still to come.
    waiting: VecDeque<Scored>,
    sorted: Vec<f32>,
    silence: f64,
}

/// What is known of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored {
    /// The target's share, 0 to 1, smoothed.
    pub(crate) score: f32,
    /// The same as it is.
    pub(crate) share: f32,
    /// The powers of target and mixture around the cell.
    pub(crate) target: f64,
    pub(crate) mixture: f64,
}

impl Evidence {
    /// With scores smoothed over so many seconds.
    pub(crate) fn new(smooth: f64) -> Evidence {
        let reach = (0.5 * smooth * CELLS as f64).round() as usize;
        Evidence {
            powers: Window::new(REACH),
            shares: Window::new(reach),
            waiting: VecDeque::with_capacity(reach + 1),
            sorted: Vec::with_capacity(2 * reach + 1),
            silence: 10f64.powf((SILENCE_LUFS + 0.691) / 10.0),
        }
    }

    /// The powers of the next cell; what is known of one before it, once there is one.
    pub(crate) fn push(&mut self, mixture: f64, target: f64) -> Option<Scored> {
        let around = mean(self.powers.push([mixture, target])?);
        self.add(around)
    }

    /// One of the cells that are left when no more come.
    pub(crate) fn finish(&mut self) -> Option<Scored> {
        while let Some(around) = self.powers.finish().map(mean) {
            if let Some(scored) = self.add(around) {
                return Some(scored);
            }
        }
        let score = median(self.shares.finish()?, &mut self.sorted);
        self.scored(score)
    }

    /// The powers around the next cell.
    fn add(&mut self, [mixture, target]: [f64; 2]) -> Option<Scored> {
        let share = if target > self.silence && mixture > 0.0 {
            (target / mixture).sqrt().min(1.0) as f32
        } else {
            0.0
        };
        self.waiting.push_back(Scored {
            score: share,
            share,
            target,
            mixture,
        });
        let score = median(self.shares.push(share)?, &mut self.sorted);
        self.scored(score)
    }

    fn scored(&mut self, score: f32) -> Option<Scored> {
        let scored = self.waiting.pop_front()?;
        Some(Scored { score, ..scored })
    }
}

/// The mean power of mixture and target.
fn mean<'a>(around: impl IntoIterator<Item = &'a [f64; 2]>) -> [f64; 2] {
    let (mut mixture, mut target, mut cells) = (0.0, 0.0, 0.0);
    for power in around {
        mixture += power[0];
        target += power[1];
        cells += 1.0;
    }
    [mixture / cells, target / cells]
}

/// The median; of an even number the greater of the two in the middle.
fn median<'a>(around: impl IntoIterator<Item = &'a f32>, sorted: &mut Vec<f32>) -> f32 {
    sorted.clear();
    sorted.extend(around);
    let middle = sorted.len() / 2;
    *sorted.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(smooth: f64, cells: &[[f64; 2]]) -> Vec<f32> {
        let mut evidence = Evidence::new(smooth);
        let mut all: Vec<Scored> = cells
            .iter()
            .filter_map(|&[mixture, target]| evidence.push(mixture, target))
            .collect();
        all.extend(std::iter::from_fn(|| evidence.finish()));
        assert_eq!(all.len(), cells.len());
        all.iter().map(|cell| cell.score).collect()
    }

    #[test]
    fn there_is_a_score_for_each_cell_and_it_is_the_share_of_the_level() {
        for len in [0, 1, 20, 200] {
            for smooth in [0.0, 0.15, 1.0] {
                let all = scores(smooth, &vec![[0.04, 0.01]; len]);
                assert_eq!(all, vec![0.5; len], "{len} cells, smoothed over {smooth} s");
            }
        }
        assert_eq!(
            scores(0.0, &[[0.01, 0.02]]),
            [1.0],
            "the target is never more than all"
        );
        assert_eq!(scores(0.0, &[[1e-8, 1e-8]]), [0.0], "about -79 LUFS");
        assert_eq!(scores(0.0, &[[0.0, 0.0]]), [0.0]);
    }

    #[test]
    fn a_cell_keeps_its_power_whatever_scores_are_smoothed_over() {
        for smooth in [0.0, 0.3, 2.0] {
            let mut evidence = Evidence::new(smooth);
            let mut all: Vec<Scored> = (0..100)
                .filter_map(|cell| evidence.push(1.0, if cell < 50 { 0.1 } else { 0.5 }))
                .collect();
            all.extend(std::iter::from_fn(|| evidence.finish()));
            assert_eq!(all.len(), 100);
            assert!(
                (all[50 - REACH - 1].target - 0.1).abs() < 1e-12
                    && (all[50 + REACH].target - 0.5).abs() < 1e-12
            );
        }
    }

    #[test]
    fn what_is_short_against_the_smoothing_is_gone() {
        let mut cells = vec![[0.01, 0.0]; 300];
        cells[150..153].fill([0.01, 0.01]);
        let highest = |smooth| scores(smooth, &cells).into_iter().fold(0.0, f32::max);
        assert!(highest(0.0) > 0.25);
        assert_eq!(highest(1.0), 0.0);
    }
}
