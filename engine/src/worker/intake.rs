//! From the host's samples to the separator's rate, and the level at which it hears them.
//!
//! Everything here remembers for longer than a separator does, or for ever: it has to read a signal from its beginning. What comes
//! after it need not.

use earmark_models::SeparatorSpec;

use super::delay::Delay;
use super::edges::Edges;
use super::offset::Offset;
use super::trim::{ABSURD, Level};
use crate::config::Trim;
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::resample::Resampler;
use crate::sample::analysed;

/// Offset, downward resampling and level of every channel.
pub(crate) struct Intake {
    geometry: Geometry,
    hop: usize,
    edges: Edges,
    /// `[channel]`, at the host's rate.
    offsets: Vec<Offset>,
    down: Vec<Resampler>,
    /// `[channel]`, after the resamplers.
    alignment: Vec<Delay>,
    level: Level,
    /// Hops of the current engine block, and those after it as far as the resampler reaches, that absurd samples ring in.
    absurd: Vec<bool>,
    /// Engine blocks read.
    blocks: u64,
}

/// One engine block as the separator hears it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    /// At the model's rate, `[channel][steps · step]`.
    samples: Vec<Vec<f32>>,
    /// What the magnitudes of each of its frames are multiplied by.
    factors: Vec<f32>,
}

impl Taken {
    /// Room for a block of so many channels.
    pub(crate) fn new(geometry: &Geometry, hop: usize, channels: usize) -> Taken {
        let len = geometry.steps * geometry.step;
        Taken {
            samples: vec![vec![0.0; len]; channels],
            factors: vec![1.0; len / hop],
        }
    }

    /// The `len` samples from `from` on.
    pub(crate) fn samples(&self, channel: usize, from: usize, len: usize) -> &[f32] {
        &self.samples[channel][from..from + len]
    }

    /// What the magnitudes of its `frame`-th frame are multiplied by.
    pub(crate) fn factor(&self, frame: usize) -> f32 {
        self.factors[frame]
    }
}

impl Intake {
    pub(crate) fn new(
        geometry: &Geometry,
        spec: &SeparatorSpec,
        channels: usize,
    ) -> Result<Intake, EngineError> {
        let hop = spec.stft.hop;
        let hops = geometry.steps * geometry.step / hop;
        let resampler = || {
            Resampler::new(
                geometry.host_rate,
                geometry.model_rate,
                geometry.chunk,
                geometry.model_chunk,
            )
        };
        Ok(Intake {
            geometry: *geometry,
            hop,
            edges: Edges::default(),
            offsets: (0..channels).map(|_| Offset::new(geometry.host_rate)).collect(),
            down: (0..channels).map(|_| resampler()).collect::<Result<_, _>>()?,
            alignment: (0..channels).map(|_| Delay::new(geometry.alignment)).collect(),
            level: Level::new(spec),
            absurd: vec![false; hops + (geometry.model_chunk + geometry.alignment).div_ceil(hop) + 1],
            blocks: 0,
        })
    }

    /// Forgets everything. `whole` where the signal begins with the next block, after its head.
    pub(crate) fn reset(&mut self, whole: bool) {
        self.edges = Edges::of(&self.geometry, whole);
        self.offsets.iter_mut().for_each(Offset::reset);
        self.alignment.iter_mut().for_each(Delay::reset);
        self.down.iter_mut().for_each(Resampler::reset);
        self.level.reset();
        self.absurd.fill(false);
        self.blocks = 0;
    }

    /// The signal's edges, as far as they are known.
    pub(crate) fn edges(&self) -> Edges {
        self.edges
    }

    /// Sets the level of the magnitudes of the frames to come.
    pub(crate) fn set_trim(&mut self, trim: Trim) {
        self.level.set(trim);
    }

    /// Says that the signal ends before sample `end` of the coming block.
    pub(crate) fn end(&mut self, end: usize) {
        let begin = self.blocks as usize * self.geometry.block;
        self.edges.end_at(begin + end, &self.geometry);
    }

    /// Reads one engine block, `[channel][block]` at the host's rate, and leaves in it what belongs to a sound.
    pub(crate) fn take(&mut self, samples: &mut [Vec<f32>], taken: &mut Taken) -> Result<(), String> {
        for (offset, samples) in self.offsets.iter_mut().zip(&mut *samples) {
            for sample in &mut *samples {
                *sample = analysed(*sample);
            }
            if offset.remove(samples) {
                // It was measured with the offset in it.
                self.level.reset();
            }
        }
        self.mark_absurd(samples);
        let position = self.blocks as i64 * (self.geometry.steps * self.geometry.step) as i64;
        let channels = self.down.iter_mut().zip(&mut self.alignment);
        for ((resampler, delay), (from, to)) in channels.zip(samples.iter().zip(&mut taken.samples)) {
            resampler.process(from, to)?;
            delay.process(to);
            // What a resampler rings before and after it is no part of the signal.
            self.edges.trim(position, to);
        }
        self.measure(taken);
        self.blocks += 1;
        Ok(())
    }

    /// Notes where samples beyond reason are, and ring, in what is analysed.
    fn mark_absurd(&mut self, samples: &[Vec<f32>]) {
        let Geometry {
            up,
            down,
            alignment,
            model_chunk,
            steps,
            step,
            ..
        } = self.geometry;
        let hops = steps * step / self.hop;
        self.absurd.rotate_left(hops);
        let after = self.absurd.len() - hops;
        self.absurd[after..].fill(false);
        for channel in samples {
            for (k, _) in channel
                .iter()
                .enumerate()
                .filter(|(_, sample)| sample.abs() > ABSURD)
            {
                let first = k * down / up + alignment;
                self.absurd[first / self.hop..=(first + model_chunk) / self.hop].fill(true);
            }
        }
    }

    /// Turns the power of each hop into the factor of its frame.
    fn measure(&mut self, taken: &mut Taken) {
        let hop = self.hop;
        let values = (taken.samples.len() * hop) as f32;
        for (frame, factor) in taken.factors.iter_mut().enumerate() {
            let newest = taken
                .samples
                .iter()
                .flat_map(|samples| &samples[frame * hop..(frame + 1) * hop]);
            let energy: f32 = newest.map(|sample| sample * sample).sum();
            *factor = self.level.factor(energy / values, self.absurd[frame]);
        }
    }
}
