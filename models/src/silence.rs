//! The silence skipper: streams that cost nothing while there is nothing to hear.

use num_complex::Complex32;

use crate::error::ModelError;
use crate::separator::{MaskStream, SeparatorSpec};

/// A stream that is not asked while the input has been silent for so long that its state can no longer change: what it
/// keeps is what silence leaves behind, the same after a second as after an hour. When sound returns it goes on from
/// there as if it had computed the silence.
pub(crate) struct SilenceSkipper<S> {
    stream: S,
    spec: SeparatorSpec,
    /// How many the stream hears.
    queries: usize,
    /// Magnitudes up to this one are heard as silence by the stream.
    floor: f32,
    /// Silent frames after which the state depends on nothing before them.
    settled: usize,
    /// The state repeats itself after so many frames: the grid of a network's pooling.
    period: usize,
    /// Frames of silence that the stream has read last.
    silent: usize,
    /// Frames of silence that it has not read.
    skipped: usize,
    /// Frames of the next push that lie before the signal's end, where it ends within it.
    end: Option<usize>,
    /// The signal's end lies behind: what is pushed is not part of it.
    ended: bool,
    /// A block of silence, `[block · bins]`.
    nothing: Vec<f32>,
}

impl<S: MaskStream> SilenceSkipper<S> {
    /// Of a stream for so many queries. `settled` is the number of silent frames after which its state depends on nothing
    /// before them, `period` the number after which it is the same again.
    pub(crate) fn new(
        stream: S,
        spec: &SeparatorSpec,
        queries: usize,
        floor: f32,
        settled: usize,
        period: usize,
    ) -> SilenceSkipper<S> {
        SilenceSkipper {
            stream,
            spec: spec.clone(),
            queries,
            floor,
            settled,
            period,
            silent: 0,
            skipped: 0,
            end: None,
            ended: false,
            nothing: vec![0.0; spec.block * spec.stft.bins()],
        }
    }
}

impl<S: MaskStream> MaskStream for SilenceSkipper<S> {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.queries, magnitudes, masks)?;
        let (block, bins) = (self.spec.block, self.spec.stft.bins());
        let end = self.end.take();
        // Of the signal's last block only the frames before its end are heard.
        let heard = match end {
            Some(frames) => &magnitudes[..frames * bins],
            None if self.ended => &[],
            None => magnitudes,
        };
        self.ended |= end.is_some();
        let silence = heard.iter().all(|&magnitude| magnitude <= self.floor);
        // Near the end nothing repeats itself: what is not being skipped already is computed to the last mask.
        let skips = self.skipped > 0 || self.silent >= self.settled && !self.ended;
        if silence && skips {
            self.skipped += block;
            // Whatever the mask of silence is, its product is silence.
            masks.fill(Complex32::default());
            return Ok(());
        }
        // The stream must stand on its grid where it would stand.
        while !self.skipped.is_multiple_of(self.period) {
            self.stream.push(&self.nothing, masks)?;
            self.skipped -= block;
        }
        self.skipped = 0;
        self.silent = if silence { self.silent + block } else { 0 };
        if let Some(frames) = end {
            self.stream.end_after(frames);
        }
        self.stream.push(magnitudes, masks)
    }

    fn catch_up(&mut self, magnitudes: &[f32], following: usize) -> Result<bool, ModelError> {
        if self.skipped > 0 || self.ended || self.end.is_some() {
            return Ok(false);
        }
        if !self.stream.catch_up(magnitudes, following)? {
            return Ok(false);
        }
        let frames = magnitudes.len() / self.spec.stft.bins();
        let sounds = magnitudes.iter().rposition(|&magnitude| magnitude > self.floor);
        self.silent = match sounds {
            Some(last) => frames - last / self.spec.stft.bins() - 1,
            None => self.silent + frames,
        };
        Ok(true)
    }

    fn skip_first(&mut self, frames: usize) {
        self.stream.skip_first(frames);
    }

    fn end_after(&mut self, frames: usize) {
        // The stream is told when it reads that push: until then it may have silence to catch up with.
        self.end = Some(frames);
    }

    fn awaited(&mut self, awaited: bool) {
        self.stream.awaited(awaited);
    }

    fn reset(&mut self) {
        (self.silent, self.skipped) = (0, 0);
        (self.end, self.ended) = (None, false);
        self.stream.reset();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::procedural;
    use crate::resunet::{Halo, Precision, ResUNetConfig, StageConfig, StreamSettings, Streaming};
    use crate::separator::{Condition, Separator};
    use crate::stft::{StftConfig, WindowKind};
    use earmark_kernels::{Isa, Threads};

    /// Hides silence from a stream's guard by a hair, so that it is computed.
    const HAIR: f32 = 1e-30;

    /// Sound, `silence` frames of silence, sound: the masks of the second sound when the silence is `level`.
    fn after(separator: &dyn Separator, condition: &Condition, silence: usize, level: f32) -> Vec<Complex32> {
        let spec = separator.spec();
        let (bins, block) = (spec.stft.bins(), spec.block);
        let sound = |name: &'static str, frames: usize| {
            procedural::uniform(name, frames.next_multiple_of(block) * bins).map(|value| 4.0 * value.abs())
        };
        let mut magnitudes: Vec<f32> = sound("before", 100).collect();
        magnitudes.resize(magnitudes.len() + silence.next_multiple_of(block) * bins, level);
        let second = magnitudes.len() + spec.lookahead * bins;
        magnitudes.extend(sound("after", 400));
        let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
        let mut masks = vec![Complex32::default(); block * bins];
        let mut out = Vec::new();
        for block in magnitudes.chunks_exact(block * bins) {
            stream.push(block, &mut masks).unwrap();
            out.extend_from_slice(&masks);
        }
        out.split_off(second)
    }

    fn condition(spec: &SeparatorSpec) -> Condition {
        let values = (0..spec.condition_size).map(|index| (index as f32).sin() / 16.0);
        Condition {
            encoder: spec.encoder,
            values: values.collect(),
        }
    }

    /// Norm of the difference over that of what is expected.
    fn difference(given: &[Complex32], expected: &[Complex32]) -> f32 {
        let error: f32 = given.iter().zip(expected).map(|(a, b)| (a - b).norm_sqr()).sum();
        let energy: f32 = expected.iter().map(|value| value.norm_sqr()).sum();
        (error / energy).sqrt()
    }

    #[test]
    fn the_bundled_model_wakes_as_if_it_had_listened() {
        let separator = crate::bundled::separator().unwrap();
        let condition = condition(separator.spec());
        for silence in [40, 300, 1001] {
            // The power of a hair is 0 beside the floor under the logarithm.
            let computed = after(&*separator, &condition, silence, HAIR);
            let error = difference(&after(&*separator, &condition, silence, 0.0), &computed);
            assert!(error < 1e-5, "{silence} frames: {error:.1e}");
        }
    }

    #[test]
    fn what_is_caught_up_with_counts_as_heard_or_silent() {
        let separator = crate::bundled::separator().unwrap();
        let spec = separator.spec();
        let (bins, block) = (spec.stft.bins(), spec.block);
        let settled = spec.context + spec.lookahead + spec.block;
        let sound: Vec<f32> = procedural::uniform("before", 64 * bins).map(f32::abs).collect();
        // The rest of what it takes to be settled, and one block more than that, of which the last one need not be computed.
        for (silent, pushes) in [
            (96, 0),
            (settled.next_multiple_of(32), 0),
            (64, (settled - 64) / block + 1),
        ] {
            let mut whole = separator.stream(&[condition(spec)]).unwrap();
            let mut quick = separator.stream(&[condition(spec)]).unwrap();
            let mut past = sound.clone();
            past.resize((64 + silent) * bins, 0.0);
            let (mut masks, mut others) = (vec![Complex32::default(); block * bins], vec![]);
            for magnitudes in past.chunks_exact(block * bins) {
                whole.push(magnitudes, &mut masks).unwrap();
            }
            assert!(quick.catch_up(&past, 0).unwrap());
            others.resize(masks.len(), Complex32::default());
            for _ in 0..pushes {
                let nothing = vec![0.0; block * bins];
                whole.push(&nothing, &mut masks).unwrap();
                quick.push(&nothing, &mut others).unwrap();
                assert_eq!(masks, others);
            }
            for magnitudes in sound.chunks_exact(block * bins) {
                whole.push(magnitudes, &mut masks).unwrap();
                quick.push(magnitudes, &mut others).unwrap();
                assert_eq!(masks, others, "{silent} silent frames");
            }
        }
    }

    /// A small network, run with 48 frames of lookahead.
    fn network(hop: usize, halo: Halo) -> Streaming {
        static NET: std::sync::LazyLock<Arc<crate::resunet::StreamingNet>> = std::sync::LazyLock::new(|| {
            let stage = |channels, time| StageConfig {
                channels,
                time,
                frequency: 2,
            };
            let config = ResUNetConfig {
                stft: StftConfig {
                    window: 128,
                    hop: 20,
                    kind: WindowKind::Hann,
                },
                stem: 4,
                stages: vec![
                    stage(4, 2),
                    stage(6, 2),
                    stage(8, 2),
                    stage(8, 2),
                    stage(8, 2),
                    stage(8, 1),
                ],
                middle: 8,
                ..ResUNetConfig::audiosep()
            };
            let threads = Arc::new(Threads::new(1));
            let net = procedural::streaming(config, Isa::best(), Precision::Fp32, threads);
            Arc::new(net.unwrap())
        });
        let settings = StreamSettings {
            hop,
            lookahead: 48,
            context: 0,
            halo,
        };
        Streaming::new("", "", NET.clone(), settings).unwrap()
    }

    /// All masks of a signal of `frames` frames, of which only the last 20 are no silence, of this level.
    fn at_the_end(separator: &dyn Separator, frames: usize, level: f32) -> Vec<Complex32> {
        let spec = separator.spec();
        let (bins, block) = (spec.stft.bins(), spec.block);
        let mut magnitudes = vec![level; (frames - 20) * bins];
        magnitudes.extend(procedural::uniform("end", 20 * bins).map(|value| 4.0 * value.abs()));
        let mut stream = separator.stream(&[condition(spec)]).unwrap();
        let mut masks = vec![Complex32::default(); block * bins];
        let mut out = Vec::new();
        for start in (0..frames + spec.lookahead).step_by(block) {
            let rest = &magnitudes[(start * bins).min(magnitudes.len())..];
            let there = rest.len().min(block * bins);
            let mut pushed = vec![0.0; block * bins];
            pushed[..there].copy_from_slice(&rest[..there]);
            if (start..start + block).contains(&frames) {
                stream.end_after(frames - start);
            }
            stream.push(&pushed, &mut masks).unwrap();
            out.extend_from_slice(&masks);
        }
        out[spec.lookahead * bins..][(frames - 20) * bins..frames * bins].to_vec()
    }

    #[test]
    fn a_sound_that_begins_in_the_last_block_is_heard() {
        let bundled = crate::bundled::separator().unwrap();
        // 1,505 is odd: the bundled model's last block has a frame beyond the end.
        for frames in [1500, 1505] {
            let computed = at_the_end(&*bundled, frames, HAIR);
            let error = difference(&at_the_end(&*bundled, frames, 0.0), &computed);
            assert!(error < 1e-5, "{frames} frames: {error:.1e}");
            for (hop, halo) in [(32, Halo::Once), (16, Halo::Recomputed)] {
                let network = network(hop, halo);
                let computed = at_the_end(&network, frames, 1.00001e-5);
                let error = difference(&at_the_end(&network, frames, 0.0), &computed);
                assert!(error < 1e-5, "{frames} frames, hop {hop}: {error:.1e}");
            }
        }
    }

    #[test]
    fn a_network_wakes_as_if_it_had_listened() {
        for (hop, halo) in [
            (32, Halo::Once),
            (32, Halo::Recomputed),
            (16, Halo::Recomputed),
            (48, Halo::Once),
        ] {
            let separator = network(hop, halo);
            let condition = condition(separator.spec());
            // Just above the floor, which counts as sound, and 1e-5 of it away.
            let computed = after(&separator, &condition, 2000, 1.00001e-5);
            let error = difference(&after(&separator, &condition, 2000, 0.0), &computed);
            assert!(error < 1e-5, "hop {hop}, {halo:?}: {error:.1e}");
        }
    }
}
