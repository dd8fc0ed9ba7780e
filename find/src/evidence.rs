//! How much speaks for a sound being there, at each moment.

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
    sorted: Vec<f32>,
    silence: f64,
}

impl Evidence {
    /// With scores smoothed over so many seconds.
    pub(crate) fn new(smooth: f64) -> Evidence {
        let reach = (0.5 * smooth * CELLS as f64).round() as usize;
        Evidence {
            powers: Window::new(REACH),
            shares: Window::new(reach),
            sorted: Vec::with_capacity(2 * reach + 1),
            silence: 10f64.powf((SILENCE_LUFS + 0.691) / 10.0),
        }
    }

    /// The powers of the next cell; the score, 0 to 1, of one before it, once there is one.
    pub(crate) fn push(&mut self, mixture: f64, target: f64) -> Option<f32> {
        let around = self.powers.push([mixture, target])?;
        let share = share(around, self.silence);
        let around = self.shares.push(share)?;
        Some(median(around, &mut self.sorted))
    }

    /// One of the scores that are left when no more cells come.
    pub(crate) fn finish(&mut self) -> Option<f32> {
        while let Some(around) = self.powers.finish() {
            let share = share(around, self.silence);
            if let Some(around) = self.shares.push(share) {
                return Some(median(around, &mut self.sorted));
            }
        }
        self.shares
            .finish()
            .map(|around| median(around, &mut self.sorted))
    }
}

fn share<'a>(around: impl IntoIterator<Item = &'a [f64; 2]>, silence: f64) -> f32 {
    let (mut mixture, mut target, mut cells) = (0.0, 0.0, 0.0);
    for power in around {
        mixture += power[0];
        target += power[1];
        cells += 1.0;
    }
    if target > silence * cells && mixture > 0.0 {
        (target / mixture).sqrt().min(1.0) as f32
    } else {
        0.0
    }
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
        let mut all: Vec<f32> = cells
            .iter()
            .filter_map(|&[mixture, target]| evidence.push(mixture, target))
            .collect();
        all.extend(std::iter::from_fn(|| evidence.finish()));
        all
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
    fn what_is_short_against_the_smoothing_is_gone() {
        let mut cells = vec![[0.01, 0.0]; 300];
        cells[150..153].fill([0.01, 0.01]);
        let highest = |smooth| scores(smooth, &cells).into_iter().fold(0.0, f32::max);
        assert!(highest(0.0) > 0.25);
        assert_eq!(highest(1.0), 0.0);
    }
}
