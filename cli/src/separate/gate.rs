//! A target that is heard during one occurrence alone.

use std::f64::consts::PI;

use earmark_find::Occurrence;

/// Seconds that are let through before an occurrence and after it, where the next one is far enough: the search is not exact, and sounds
/// die away.
const BEFORE: f64 = 0.1;
const AFTER: f64 = 0.3;
/// Seconds of each fade, within those.
const FADE: f64 = 0.05;

/// When a target is heard. In seconds from the beginning of the span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gate {
    from: f64,
    to: f64,
}

impl Gate {
    /// Around one of some occurrences, in the order of time. It leaves the others alone: of the pause between two each has half at most.
    pub(super) fn around(occurrences: &[Occurrence], place: usize) -> Gate {
        let one = occurrences[place];
        let half = |from: f64, to: f64| 0.5 * (to - from).max(0.0);
        let before = place.checked_sub(1).map(|place| occurrences[place].offset);
        let after = occurrences.get(place + 1).map(|next| next.onset);
        let least = before.map_or(BEFORE, |before| BEFORE.min(half(before, one.onset)));
        let most = after.map_or(AFTER, |after| AFTER.min(half(one.offset, after)));
        Gate {
            from: one.onset - least,
            to: one.offset + most,
        }
    }

    /// The gain at a time: half a cosine up, 1, half a cosine down.
    fn gain(&self, time: f64) -> f64 {
        let inside = (time - self.from).min(self.to - time);
        0.5 - 0.5 * (PI * (inside / FADE).clamp(0.0, 1.0)).cos()
    }
}

/// The targets of a file, each with its gate where it has one, as their blocks come by.
pub(super) struct Gated {
    gates: Vec<Option<Gate>>,
    rate: f64,
    /// Samples so far.
    at: u64,
    /// `[query][channel][sample]` of the last block; of those with a gate alone.
    blocks: Vec<Vec<Vec<f32>>>,
}

impl Gated {
    /// A gate, or none, for each target. Targets beyond those have none.
    pub(super) fn new(gates: Vec<Option<Gate>>, rate: u32) -> Gated {
        Gated {
            blocks: vec![Vec::new(); gates.len()],
            gates,
            rate: f64::from(rate),
            at: 0,
        }
    }

    /// Reads the next block of all targets, `[query][channel][sample]`.
    pub(super) fn next(&mut self, targets: &[Vec<&[f32]>]) {
        for ((gate, block), target) in self.gates.iter().zip(&mut self.blocks).zip(targets) {
            let Some(gate) = gate else { continue };
            block.resize(target.len(), Vec::new());
            for (out, channel) in block.iter_mut().zip(target) {
                let gain = |sample: u64| gate.gain(sample as f64 / self.rate) as f32;
                out.clear();
                out.extend((self.at..).zip(*channel).map(|(sample, x)| gain(sample) * x));
            }
        }
        let len = targets.first().and_then(|target| target.first());
        self.at += len.map_or(0, |channel| channel.len() as u64);
    }

    /// The last block of one of them.
    pub(super) fn target<'a>(&'a self, targets: &'a [Vec<&'a [f32]>], query: usize) -> Vec<&'a [f32]> {
        match self.gates.get(query) {
            Some(Some(_)) => self.blocks[query].iter().map(Vec::as_slice).collect(),
            _ => targets[query].clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(onset: f64, offset: f64) -> Occurrence {
        Occurrence {
            onset,
            offset,
            confidence: 1.0,
            peak: onset,
            loudness: -20.0,
        }
    }

    #[test]
    fn it_opens_around_one_occurrence_and_never_reaches_another_one() {
        let all = [at(1.0, 1.5), at(1.6, 2.0), at(2.2, 3.0)];
        let gate = Gate::around(&all, 1);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(gate.from, 1.55) && near(gate.to, 2.1), "{gate:?}");
        let first = Gate::around(&all, 0);
        assert!(near(first.from, 0.9) && near(first.to, 1.55), "{first:?}");
        let last = Gate::around(&all, 2);
        assert!(near(last.from, 2.1) && near(last.to, 3.3), "{last:?}");
        // What overlaps has no pause to share.
        let both = [at(1.0, 2.0), at(1.5, 3.0)];
        assert_eq!(Gate::around(&both, 0).to, 2.0);
    }

    #[test]
    fn its_fades_have_no_steps_and_blocks_make_no_difference() {
        let gate = Gate::around(&[at(1.0, 1.2)], 0);
        let rate = 8_000;
        let samples = vec![1.0_f32; 2 * rate as usize];
        let gated = |block: usize| {
            let mut gated = Gated::new(vec![None, Some(gate)], rate);
            let mut out = vec![];
            for part in samples.chunks(block) {
                let targets = [vec![part], vec![part]];
                gated.next(&targets);
                assert_eq!(gated.target(&targets, 0), targets[0], "it has no gate");
                out.extend_from_slice(gated.target(&targets, 1)[0]);
            }
            out
        };
        let whole = gated(samples.len());
        assert_eq!(gated(37), whole);
        assert!(whole.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.005));
        let at = |seconds: f64| whole[(seconds * f64::from(rate)) as usize];
        assert_eq!(
            (at(0.89), at(0.96), at(1.1), at(1.44), at(1.51)),
            (0.0, 1.0, 1.0, 1.0, 0.0)
        );
    }
}
