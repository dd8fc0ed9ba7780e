//! Analysis and synthesis hop by hop, without allocating after construction.
//!
//! Frame t is the window that *ends* with the t-th hop: it covers samples (t + 1)·hop − window to (t + 1)·hop. Analysis
//! followed by synthesis delays the signal by window − hop samples ([`Synthesizer::delay`]) and changes nothing else.

use num_complex::Complex32;

use super::Plan;

/// One channel's samples in, its frames out.
pub struct Analyzer {
    plan: Plan,
    history: Box<[f32]>,
    windowed: Box<[f32]>,
    scratch: Box<[Complex32]>,
}

impl Analyzer {
    pub(super) fn new(plan: Plan) -> Analyzer {
        let window = plan.config().window;
        Analyzer {
            history: vec![0.0; window].into(),
            windowed: vec![0.0; window].into(),
            scratch: vec![Complex32::default(); plan.scratch_len()].into(),
            plan,
        }
    }

    /// Reads the next `hop` samples and writes the frame that ends with them, `[bins]`, unscaled. Before the first
    /// sample there is silence.
    ///
    /// # Panics
    /// When `samples` is not a hop long or `frame` has not as many values as there are bins.
    pub fn push(&mut self, samples: &[f32], frame: &mut [Complex32]) {
        let hop = self.plan.config().hop;
        assert_eq!(samples.len(), hop, "samples of one hop");
        assert_eq!(frame.len(), self.plan.config().bins(), "one value per bin");
        self.history.copy_within(hop.., 0);
        let kept = self.history.len() - hop;
        self.history[kept..].copy_from_slice(samples);
        for ((out, sample), weight) in self
            .windowed
            .iter_mut()
            .zip(&self.history)
            .zip(self.plan.window())
        {
            *out = sample * weight;
        }
        self.plan.forward(&mut self.windowed, frame, &mut self.scratch);
    }

    /// Says, before the push of `next`, that the newest `known` samples are the signal's first ones, and puts their
    /// reflection in the place of what was before them. What lies beyond `next` is not needed by the coming frame and
    /// counts as silence.
    pub fn reflect_past(&mut self, known: usize, next: &[f32]) {
        let first = self.history.len() - known;
        for back in 1..=first {
            self.history[first - back] = match back.checked_sub(known) {
                None => self.history[first + back],
                Some(ahead) => next.get(ahead).copied().unwrap_or(0.0),
            };
        }
    }

    /// The sample that was read `back` samples ago, 1 to the window: 1 is the newest.
    ///
    /// # Panics
    /// When it is not kept.
    pub fn past(&self, back: usize) -> f32 {
        self.history[self.history.len() - back]
    }

    /// Forgets every sample.
    pub fn reset(&mut self) {
        self.history.fill(0.0);
    }
}

/// One channel's frames in, its samples out.
///
/// A signal without end is divided by the sum of the squared windows that lie over every sample. Near the first and the
/// last frame of a signal that has them ([`Synthesizer::begin`], [`Synthesizer::finish`]) there are fewer, as in the
/// published transform.
pub struct Synthesizer {
    plan: Plan,
    /// Frames of a signal that has a first one; as many as lie over a sample, or more, where it does not matter.
    frames: usize,
    /// Hops since the last frame.
    after: usize,
    sum: Box<[f32]>,
    frame: Box<[Complex32]>,
    windowed: Box<[f32]>,
    scratch: Box<[Complex32]>,
}

impl Synthesizer {
    pub(super) fn new(plan: Plan) -> Synthesizer {
        let window = plan.config().window;
        Synthesizer {
            frames: usize::MAX,
            after: 0,
            sum: vec![0.0; window].into(),
            frame: vec![Complex32::default(); plan.config().bins()].into(),
            windowed: vec![0.0; window].into(),
            scratch: vec![Complex32::default(); plan.scratch_len()].into(),
            plan,
        }
    }

    /// Samples by which what it gives lags behind what the [`Analyzer`] was given: window − hop.
    pub fn delay(&self) -> usize {
        self.plan.config().window - self.plan.config().hop
    }

    /// Says that the next frame is the signal's first.
    pub fn begin(&mut self) {
        (self.frames, self.after) = (0, 0);
    }

    /// Adds one frame, `[bins]`, and writes the `hop` samples that no later frame will touch, divided by the sum of
    /// the squared windows over them.
    ///
    /// # Panics
    /// When `samples` is not a hop long or `frame` has not as many values as there are bins.
    pub fn push(&mut self, frame: &[Complex32], samples: &mut [f32]) {
        let hop = self.plan.config().hop;
        assert_eq!(samples.len(), hop, "samples of one hop");
        self.frame.copy_from_slice(frame);
        self.plan
            .inverse(&mut self.frame, &mut self.windowed, &mut self.scratch);
        for ((sum, sample), weight) in self.sum.iter_mut().zip(&self.windowed).zip(self.plan.window()) {
            *sum += sample * weight;
        }
        self.frames = self.frames.saturating_add(1);
        self.give(samples);
    }

    /// Writes the next `hop` samples of a signal that has no more frames.
    ///
    /// # Panics
    /// When `samples` is not a hop long.
    pub fn finish(&mut self, samples: &mut [f32]) {
        assert_eq!(samples.len(), self.plan.config().hop, "samples of one hop");
        self.after = self.after.saturating_add(1);
        self.give(samples);
    }

    fn give(&mut self, samples: &mut [f32]) {
        let hop = samples.len();
        let complete = self.sum.len().div_ceil(hop);
        if self.after == 0 && self.frames >= complete {
            for ((out, sum), norm) in samples.iter_mut().zip(&self.sum).zip(self.plan.inverse_norm()) {
                *out = sum * norm;
            }
        } else {
            let there = self.after..self.after.saturating_add(self.frames).min(complete);
            for (k, (out, sum)) in samples.iter_mut().zip(&self.sum).enumerate() {
                *out = sum * self.plan.partial_inverse_norm(k, there.clone());
            }
        }
        self.sum.copy_within(hop.., 0);
        let kept = self.sum.len() - hop;
        self.sum[kept..].fill(0.0);
    }

    /// Forgets every frame.
    pub fn reset(&mut self) {
        self.sum.fill(0.0);
        (self.frames, self.after) = (usize::MAX, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::offline::OfflineStft;
    use super::super::{StftConfig, WindowKind};
    use super::*;
    use crate::error::ModelError;

    fn noise(len: usize) -> Vec<f32> {
        let mut state = 1u32;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    #[test]
    fn synthesis_restores_the_signal_after_the_stated_delay() {
        for (window, hop, kind) in [
            (2048, 320, WindowKind::Hann),
            (1024, 160, WindowKind::Hann),
            (1024, 256, WindowKind::SqrtHann),
            (512, 256, WindowKind::SqrtHann),
            (512, 200, WindowKind::Hann),
        ] {
            let plan = Plan::new(StftConfig { window, hop, kind }).unwrap();
            let (mut analyzer, mut synthesizer) = (plan.analyzer(), plan.synthesizer());
            let input = noise(hop * 40);
            let mut frame = vec![Complex32::default(); plan.config().bins()];
            let mut output = vec![0.0; input.len()];
            for _ in 0..2 {
                for (x, y) in input.chunks(hop).zip(output.chunks_mut(hop)) {
                    analyzer.push(x, &mut frame);
                    synthesizer.push(&frame, y);
                }
                let delay = synthesizer.delay();
                assert!(
                    output[..delay].iter().all(|y| y.abs() < 1e-6),
                    "silence before the first sample"
                );
                for (y, x) in output[delay..].iter().zip(&input) {
                    assert!((y - x).abs() < 2e-6, "{window}/{hop} {kind:?}: {y} for {x}");
                }
                analyzer.reset();
                synthesizer.reset();
            }
        }
    }

    #[test]
    fn a_signal_with_both_ends_is_transformed_as_a_whole_one() {
        let config = StftConfig {
            window: 2048,
            hop: 320,
            kind: WindowKind::Hann,
        };
        let (half, hop) = (config.window / 2, config.hop);
        for len in [1030, 6400, 6719] {
            let wave = noise(len);
            let offline = OfflineStft::new(config).unwrap();
            let mut whole = offline.analyze(&wave).unwrap();
            // Another mask in every frame: the windows' sums matter.
            let mask = |t: usize| 1.0 / (1.0 + t as f32);
            let frames = whole.frames;
            for (t, frame) in whole.values.chunks_mut(config.bins()).enumerate() {
                frame.iter_mut().for_each(|value| *value *= mask(t));
            }
            let expected = offline.synthesize(&whole, len).unwrap();

            let plan = Plan::new(config).unwrap();
            let (mut analyzer, mut synthesizer) = (plan.analyzer(), plan.synthesizer());
            let mut frame = vec![Complex32::default(); config.bins()];
            // Up to where the first frame's hop begins, and in whole hops from there.
            let known = half - hop;
            let mut before = vec![0.0; known.next_multiple_of(hop) - known];
            before.extend_from_slice(&wave[..known]);
            before.chunks(hop).for_each(|hop| analyzer.push(hop, &mut frame));
            analyzer.reflect_past(known, &wave[known..half.min(len)]);
            synthesizer.begin();
            let (mut given, mut read) = (Vec::new(), known);
            let mut samples = vec![0.0; hop];
            for t in 0..frames + half / hop + 1 {
                if t < frames {
                    let mut next = vec![0.0; hop];
                    for k in 0..hop {
                        let past_end = (read + k + 1).saturating_sub(len);
                        next[k] = match past_end {
                            0 => wave[read + k],
                            n if n >= len => 0.0,
                            n => wave[len - 1 - n],
                        };
                    }
                    analyzer.push(&next, &mut frame);
                    read += hop;
                    frame.iter_mut().for_each(|value| *value *= mask(t));
                    synthesizer.push(&frame, &mut samples);
                } else {
                    synthesizer.finish(&mut samples);
                }
                given.extend_from_slice(&samples);
            }
            for (n, (given, expected)) in given[half..].iter().zip(&expected).enumerate() {
                assert!(
                    (given - expected).abs() < 2e-6,
                    "{len}, sample {n}: {given} for {expected}"
                );
            }
        }
    }

    #[test]
    fn a_cosine_on_a_bin_has_half_the_window_sum_there() {
        let config = StftConfig {
            window: 64,
            hop: 16,
            kind: WindowKind::Hann,
        };
        let plan = Plan::new(config).unwrap();
        let mut analyzer = plan.analyzer();
        let wave: Vec<f32> = (0..128)
            .map(|n| (std::f32::consts::TAU * 8.0 * n as f32 / 64.0).cos())
            .collect();
        let mut frame = vec![Complex32::default(); config.bins()];
        wave.chunks(16).for_each(|hop| analyzer.push(hop, &mut frame));
        assert!(
            (frame[8] - Complex32::new(16.0, 0.0)).norm() < 1e-4,
            "{}",
            frame[8]
        );
        assert!(frame[20].norm() < 1e-4);
    }

    #[test]
    fn windows_that_cannot_be_undone_are_refused() {
        for (window, hop) in [(0, 0), (511, 128), (512, 0), (512, 513), (512, 512)] {
            let config = StftConfig {
                window,
                hop,
                kind: WindowKind::Hann,
            };
            assert!(
                matches!(Plan::new(config), Err(ModelError::Stft { .. })),
                "{window}/{hop}"
            );
        }
    }
}
