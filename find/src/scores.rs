//! Occurrences in scores that are there as a whole.

use crate::evidence::Evidence;
use crate::loudness::CELLS;
use crate::runs::Runs;
use crate::{Occurrence, Rules};

/// Finds when a sound is there from its scores, 0 to 1, one every `pitch` seconds: the target's share of the level, as a plug-in tells it while
/// it plays. How loud it was is not in them: the loudness is 0.
pub fn in_scores(scores: &[f32], pitch: f64, rules: Rules) -> Vec<Occurrence> {
    let (mut evidence, mut runs) = (Evidence::new(rules.smooth), Runs::new(rules));
    let cells = (scores.len() as f64 * pitch * CELLS as f64).round() as usize;
    let mut found = Vec::new();
    for cell in 0..cells {
        let at = ((cell as f64 + 0.5) / (CELLS as f64 * pitch)) as usize;
        let score = f64::from(scores[at.min(scores.len() - 1)]);
        found.extend(
            evidence
                .push(1.0, score * score)
                .and_then(|scored| runs.push(scored)),
        );
    }
    while let Some(scored) = evidence.finish() {
        found.extend(runs.push(scored));
    }
    found.extend(runs.finish());
    found.iter_mut().for_each(|one| one.loudness = 0.0);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_has_told_is_found_to_the_tenth_of_a_second() {
        for pitch in [0.016, 0.02, 0.025] {
            let there = |n: usize| (2.0..3.5).contains(&(n as f64 * pitch));
            let scores: Vec<f32> = (0..(10.0 / pitch) as usize)
                .map(|n| if there(n) { 0.9 } else { 0.1 })
                .collect();
            let found = in_scores(&scores, pitch, Rules::default());
            let [one] = found[..] else {
                panic!("{pitch}: {found:?}")
            };
            assert!(
                (one.onset - 2.0).abs() < 0.1 && (one.offset - 3.5).abs() < 0.1,
                "{one:?}"
            );
            assert!((one.confidence - 0.9).abs() < 0.05, "{one:?}");
        }
        assert_eq!(in_scores(&[], 0.02, Rules::default()), []);
        assert_eq!(in_scores(&[0.3; 500], 0.02, Rules::default()), []);
    }
}
