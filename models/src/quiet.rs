//! Streams that cost nothing while there is nothing to hear.

use num_complex::Complex32;

use crate::error::ModelError;
use crate::separator::{MaskStream, SeparatorSpec};

/// A stream that is not asked while the input has been silent for so long that its state can no longer change: what it
/// keeps is what silence leaves behind, the same after a second as after an hour. When sound returns it goes on from
/// there as if it had computed the silence.
pub(crate) struct Quiet<S> {
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
    /// The signal's end lies ahead or behind: nothing repeats itself any more.
    ended: bool,
    /// A block of silence, `[block · bins]`.
    nothing: Vec<f32>,
}

impl<S: MaskStream> Quiet<S> {
    /// Of a stream for so many queries. `settled` is the number of silent frames after which its state depends on nothing
    /// before them, `period` the number after which it is the same again.
    pub(crate) fn new(
        stream: S,
        spec: &SeparatorSpec,
        queries: usize,
        floor: f32,
        settled: usize,
        period: usize,
    ) -> Quiet<S> {
        Quiet {
            stream,
            spec: spec.clone(),
            queries,
            floor,
            settled,
            period,
            silent: 0,
            skipped: 0,
            ended: false,
            nothing: vec![0.0; spec.block * spec.stft.bins()],
        }
    }
}

impl<S: MaskStream> MaskStream for Quiet<S> {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.queries, magnitudes, masks)?;
        let block = self.spec.block;
        if self.ended && self.skipped == 0 {
            return self.stream.push(magnitudes, masks);
        }
        let silence = self.ended || magnitudes.iter().all(|&magnitude| magnitude <= self.floor);
        if !silence {
            // The stream must stand on its grid where it would stand.
            while !self.skipped.is_multiple_of(self.period) {
                self.stream.push(&self.nothing, masks)?;
                self.skipped -= block;
            }
            self.skipped = 0;
            self.silent = 0;
            return self.stream.push(magnitudes, masks);
        }
        if self.silent < self.settled {
            self.silent += block;
            return self.stream.push(magnitudes, masks);
        }
        self.skipped += block;
        // Whatever the mask of silence is, its product is silence.
        masks.fill(Complex32::default());
        Ok(())
    }

    fn skip_first(&mut self, frames: usize) {
        self.stream.skip_first(frames);
    }

    fn end_after(&mut self, frames: usize) {
        // Where silence is being skipped, all masks that are still owed are those of silence.
        self.ended = true;
        self.stream.end_after(frames);
    }

    fn reset(&mut self) {
        (self.silent, self.skipped, self.ended) = (0, 0, false);
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
    fn a_network_wakes_as_if_it_had_listened() {
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
        let net =
            procedural::streaming(config, Isa::best(), Precision::Fp32, Arc::new(Threads::new(1))).unwrap();
        let net = Arc::new(net);
        for (hop, halo) in [
            (32, Halo::Once),
            (32, Halo::Recomputed),
            (16, Halo::Recomputed),
            (48, Halo::Once),
        ] {
            let settings = StreamSettings {
                hop,
                lookahead: 48,
                context: 0,
                halo,
            };
            let separator = Streaming::new("", "", net.clone(), settings).unwrap();
            let condition = condition(separator.spec());
            // Just above the floor, which counts as sound, and 1e-5 of it away.
            let computed = after(&separator, &condition, 2000, 1.00001e-5);
            let error = difference(&after(&separator, &condition, 2000, 0.0), &computed);
            assert!(error < 1e-5, "hop {hop}, {halo:?}: {error:.1e}");
        }
    }
}
