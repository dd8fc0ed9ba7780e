//! A whole sound, heard for several queries at once.

use crate::chances::Chances;
use crate::evidence::Evidence;
use crate::loudness::Loudness;
use crate::runs::Runs;
use crate::{Occurrence, Rules};

/// The target's share of the level that an occurrence reaches at least once, where a detector decides.
const SHARE: f32 = 0.5;

/// So many seconds around an occurrence that a detector is sure of, this share of the threshold is enough: what was heard once is likely to
/// be heard again.
const NEAR_SECONDS: f64 = 60.0;
const NEAR: f32 = 0.2;

/// Finds when sounds are there, from a mixture and the target of each query in it. It holds a few seconds of scores at most, however
/// long the sound is; with a detector, what that tells, and what is found, until the end.
#[derive(Debug, Clone)]
pub struct Search {
    mixture: Loudness,
    /// Cells of the mixture and of a target, as long as a block is read.
    cells: [Vec<f64>; 2],
    queries: Vec<One>,
    detected: Option<Detected>,
}

/// What a detector tells.
#[derive(Debug, Clone)]
struct Detected {
    /// The least chance of an occurrence.
    threshold: f32,
    /// Of each query.
    chances: Vec<Chances>,
    /// What it has not been asked about, each with the number of its query.
    waiting: Vec<(usize, Occurrence)>,
}

/// One query.
#[derive(Debug, Clone)]
struct One {
    target: Loudness,
    evidence: Evidence,
    runs: Runs,
}

impl Search {
    /// For so many queries, a rate in Hz, of at least 100, and so many channels.
    pub fn new(queries: usize, rate: u32, channels: usize, rules: Rules) -> Search {
        let one = One {
            target: Loudness::new(rate, channels),
            evidence: Evidence::new(rules.smooth),
            runs: Runs::new(rules),
        };
        Search {
            mixture: Loudness::new(rate, channels),
            cells: [Vec::new(), Vec::new()],
            queries: vec![one; queries],
            detected: None,
        }
    }

    /// The same beside a detector that tells one chance every `step` seconds (see [`Search::detect`]). Where the target is a good part of what
    /// is heard, the greatest chance is the confidence, and the threshold is that of it, or a fifth within a minute of
    /// an occurrence that reaches it. Occurrences are found when the sound has ended.
    pub fn detected(queries: usize, rate: u32, channels: usize, rules: Rules, step: f64) -> Search {
        let shares = Rules {
            threshold: SHARE,
            ..rules
        };
        let detected = Detected {
            threshold: rules.threshold,
            chances: vec![Chances::new(step); queries],
            waiting: Vec::new(),
        };
        Search {
            detected: Some(detected),
            ..Search::new(queries, rate, channels, shares)
        }
    }

    /// How likely a query's sound is to be there in the next step, 0 to 1. It may lag behind what is pushed, and is asked for at the end.
    pub fn detect(&mut self, query: usize, chance: f32) {
        if let Some(detected) = &mut self.detected {
            detected.chances[query].push(chance);
        }
    }

    /// Reads the next samples: the mixture, `[channel][sample]`, and the targets, `[query][channel][sample]`, all equally long. `found`
    /// is given each occurrence that is over, with the number of its query.
    pub fn push(
        &mut self,
        mixture: &[&[f32]],
        targets: &[Vec<&[f32]>],
        mut found: impl FnMut(usize, Occurrence),
    ) {
        let mut waiting = self.detected.as_mut().map(|detected| &mut detected.waiting);
        let mut found = |query, one| match &mut waiting {
            Some(waiting) => waiting.push((query, one)),
            None => found(query, one),
        };
        let [of_mixture, of_target] = &mut self.cells;
        of_mixture.clear();
        self.mixture.push(mixture, |cell| of_mixture.push(cell));
        for (query, (one, target)) in self.queries.iter_mut().zip(targets).enumerate() {
            of_target.clear();
            one.target.push(target, |cell| of_target.push(cell));
            for (&mixture, &target) in of_mixture.iter().zip(of_target.iter()) {
                one.hear(mixture, target, |occurrence| found(query, occurrence));
            }
        }
    }

    /// Ends the sound; `found` is given what is over with it.
    pub fn finish(mut self, mut found: impl FnMut(usize, Occurrence)) {
        let Some(mut detected) = self.detected.take() else {
            return self.end(found);
        };
        self.end(|query, one| detected.waiting.push((query, one)));
        for (query, one) in detected.confirmed() {
            found(query, one);
        }
    }

    fn end(mut self, mut found: impl FnMut(usize, Occurrence)) {
        let last = self.mixture.finish();
        let end = self.mixture.seconds();
        for (query, one) in self.queries.iter_mut().enumerate() {
            // No occurrence goes on when the last cell is longer than the sound.
            let mut found = |occurrence: Occurrence| {
                found(
                    query,
                    Occurrence {
                        offset: occurrence.offset.min(end),
                        peak: occurrence.peak.min(end),
                        ..occurrence
                    },
                );
            };
            if let (Some(mixture), Some(target)) = (last, one.target.finish()) {
                one.hear(mixture, target, &mut found);
            }
            while let Some(score) = one.evidence.finish() {
                one.runs.push(score).map(&mut found);
            }
            one.runs.finish().map(&mut found);
        }
    }
}

impl Detected {
    /// What it is sure of, and what is near that and likely enough.
    fn confirmed(self) -> impl Iterator<Item = (usize, Occurrence)> {
        let (chances, threshold) = (self.chances, self.threshold);
        let told = |(query, one): (usize, Occurrence)| {
            let confidence = chances[query].greatest(one.onset, one.offset);
            (query, Occurrence { confidence, ..one })
        };
        let mut all: Vec<(usize, Occurrence)> = self.waiting.into_iter().map(told).collect();
        all.retain(|(_, one)| one.confidence >= NEAR * threshold);
        let sure: Vec<(usize, f64, f64)> = all
            .iter()
            .filter(|(_, one)| one.confidence >= threshold)
            .map(|(query, one)| (*query, one.onset, one.offset))
            .collect();
        all.into_iter().filter(move |(query, one)| {
            sure.iter().any(|(of, onset, offset)| {
                of == query && onset - one.offset <= NEAR_SECONDS && one.onset - offset <= NEAR_SECONDS
            })
        })
    }
}

impl One {
    fn hear(&mut self, mixture: f64, target: f64, mut found: impl FnMut(Occurrence)) {
        if let Some(score) = self.evidence.push(mixture, target)
            && let Some(occurrence) = self.runs.push(score)
        {
            found(occurrence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 22_050;

    /// Noise for ten seconds, and tones in it from 2 to 3.5 s and from 6 to 6.4 s: the target.
    fn scene() -> (Vec<f32>, Vec<f32>) {
        let mut random = fastrand::Rng::with_seed(3);
        let target: Vec<f32> = (0..10 * RATE)
            .map(|n| {
                let time = n as f32 / RATE as f32;
                let there = (2.0..3.5).contains(&time) || (6.0..6.4).contains(&time);
                if there { 0.3 * (time * 4_000.0).sin() } else { 0.0 }
            })
            .collect();
        let mixture = target.iter().map(|x| x + 0.05 * (random.f32() - 0.5)).collect();
        (mixture, target)
    }

    fn found(mixture: &[f32], target: &[f32], block: usize) -> Vec<(usize, Occurrence)> {
        let mut search = Search::new(2, RATE, 2, Rules::default());
        let silence = vec![0.0; mixture.len()];
        let mut all = Vec::new();
        for (n, samples) in mixture.chunks(block).enumerate() {
            let at = n * block..n * block + samples.len();
            let targets = [
                vec![&silence[at.clone()], &silence[at.clone()]],
                vec![&target[at.clone()], &target[at]],
            ];
            search.push(&[samples, samples], &targets, |query, one| all.push((query, one)));
        }
        search.finish(|query, one| all.push((query, one)));
        all
    }

    #[test]
    fn each_time_is_found_once_and_within_a_tenth_of_a_second_whatever_the_blocks() {
        let (mixture, target) = scene();
        let whole = found(&mixture, &target, mixture.len());
        assert_eq!(whole.len(), 2, "{whole:?}");
        for ((query, one), (onset, offset)) in whole.iter().zip([(2.0, 3.5), (6.0, 6.4)]) {
            assert_eq!(*query, 1);
            assert!(
                (one.onset - onset).abs() < 0.1 && (one.offset - offset).abs() < 0.1,
                "{one:?}"
            );
            assert!(one.confidence > 0.9 && (one.onset..one.offset).contains(&one.peak));
        }
        for block in [1, 100, 4096] {
            assert_eq!(
                found(&mixture, &target, block),
                whole,
                "{block} samples at a time"
            );
        }
    }

    #[test]
    fn what_a_detector_does_not_confirm_is_no_occurrence() {
        let (mixture, target) = scene();
        let all = |threshold: f32, chance: &dyn Fn(f64) -> f32| {
            let rules = Rules {
                threshold,
                ..Rules::default()
            };
            let mut search = Search::detected(1, RATE, 1, rules, 0.08);
            search.push(&[&mixture], &[vec![&target]], |_, one| {
                panic!("{one:?} is found before the end");
            });
            (0..125).for_each(|step| search.detect(0, chance(f64::from(step) * 0.08)));
            let mut all = Vec::new();
            search.finish(|_, one| all.push((one.onset.round(), one.confidence)));
            all
        };
        // It is sure of the first alone, and of a moment at which nothing is separated.
        let sure = |time: f64| match time {
            2.5..3.0 => 0.8,
            5.8..6.8 => 0.05,
            8.0..9.0 => 1.0,
            _ => 0.3,
        };
        assert_eq!(all(0.5, &sure), [(2.0, 0.8)]);
        assert_eq!(all(0.9, &sure), []);
        // Near that it takes less, and not nothing.
        let near = |least| move |time: f64| if (2.5..3.0).contains(&time) { 0.8 } else { least };
        assert_eq!(all(0.8, &near(0.2)), [(2.0, 0.8), (6.0, 0.2)]);
        assert_eq!(all(0.8, &near(0.1)), [(2.0, 0.8)]);
    }

    #[test]
    fn what_lasts_to_the_end_ends_with_the_sound() {
        let (mixture, target) = scene();
        // In the middle of a cell.
        let end = (3.0041 * f64::from(RATE)) as usize;
        let all = found(&mixture[..end], &target[..end], 1000);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].1.offset, end as f64 / f64::from(RATE));
        assert!(found(&[], &[], 1000).is_empty());
        assert!(found(&vec![0.0; 9_000], &vec![0.0; 9_000], 1000).is_empty());
    }
}
