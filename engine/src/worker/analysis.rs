//! From the host's samples to spectra and magnitudes, with as much of their past as a new query needs.

use earmark_models::SeparatorSpec;
use earmark_models::stft::{Analyzer, Plan};
use num_complex::Complex32;

use super::trim::Level;
use crate::config::{ChannelMode, Trim};
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::resample::Resampler;

/// Downward resampling and analysis of every channel. Frames are counted from the stream's start.
pub(crate) struct Analysis {
    mode: ChannelMode,
    hop: usize,
    bins: usize,
    /// Frames per step.
    block: usize,
    /// Frames kept, a multiple of `block`.
    kept: usize,
    down: Vec<Resampler>,
    analyzers: Vec<Analyzer>,
    /// The current engine block at the model's rate, `[channel][steps · step]`.
    samples: Vec<Vec<f32>>,
    /// `[channel][kept · bins]`, frame t at t % kept.
    spectra: Vec<Vec<Complex32>>,
    /// What the separator hears, `[lane][kept · bins]`, frame t at t % kept.
    magnitudes: Vec<Vec<f32>>,
    level: Level,
    frames: u64,
}

impl Analysis {
    pub(crate) fn new(
        geometry: &Geometry,
        spec: &SeparatorSpec,
        plan: &Plan,
        channels: usize,
        mode: ChannelMode,
    ) -> Result<Analysis, EngineError> {
        let (hop, bins, block) = (spec.stft.hop, spec.stft.bins(), spec.block);
        // A new query begins `context` frames before the sample it belongs to, and that sample came in at most the
        // lookahead, one crossfade, the window and the block in work before the newest frame.
        let around = (geometry.lag + geometry.pad + geometry.model_chunk + geometry.model_rate / 20) / hop;
        let kept = spec.context + around + spec.stft.window.div_ceil(hop) + (geometry.steps + 4) * block;
        let kept = kept.next_multiple_of(block);
        let lanes = if mode == ChannelMode::Each { channels } else { 1 };
        let resampler = || {
            Resampler::new(
                geometry.host_rate,
                geometry.model_rate,
                geometry.chunk,
                geometry.model_chunk,
            )
        };
        Ok(Analysis {
            mode,
            hop,
            bins,
            block,
            kept,
            down: (0..channels).map(|_| resampler()).collect::<Result<_, _>>()?,
            analyzers: (0..channels).map(|_| plan.analyzer()).collect(),
            samples: vec![vec![0.0; geometry.steps * geometry.step]; channels],
            spectra: vec![vec![Complex32::default(); kept * bins]; channels],
            magnitudes: vec![vec![0.0; kept * bins]; lanes],
            level: Level::new(spec),
            frames: 0,
        })
    }

    /// Forgets everything; the next frame is frame 0.
    pub(crate) fn reset(&mut self) {
        self.down.iter_mut().for_each(Resampler::reset);
        self.analyzers.iter_mut().for_each(Analyzer::reset);
        self.level.reset();
        self.frames = 0;
    }

    /// Sets the level of the magnitudes of the frames to come.
    pub(crate) fn set_trim(&mut self, trim: Trim) {
        self.level.set(trim);
    }

    /// How many masks a frame needs: one for all channels, or one each.
    pub(crate) fn lanes(&self) -> usize {
        self.magnitudes.len()
    }

    /// Frames analysed so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// The oldest frame that is still kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.frames.saturating_sub(self.kept as u64)
    }

    /// Resamples one engine block, `[channel][sample]` at the host's rate.
    pub(crate) fn take(&mut self, samples: &[Vec<f32>]) -> Result<(), String> {
        for ((resampler, from), to) in self.down.iter_mut().zip(samples).zip(&mut self.samples) {
            resampler.process(from, to)?;
        }
        Ok(())
    }

    /// Analyses step `step` of the engine block taken last.
    pub(crate) fn step(&mut self, step: usize) {
        for frame in 0..self.block {
            let from = (step * self.block + frame) * self.hop;
            let at = (self.frames % self.kept as u64) as usize * self.bins;
            let row = at..at + self.bins;
            for ((analyzer, samples), spectra) in self
                .analyzers
                .iter_mut()
                .zip(&self.samples)
                .zip(&mut self.spectra)
            {
                analyzer.push(&samples[from..from + self.hop], &mut spectra[row.clone()]);
            }
            let kept = row.clone();
            match self.mode {
                ChannelMode::Each => {
                    for (magnitudes, spectra) in self.magnitudes.iter_mut().zip(&self.spectra) {
                        for (magnitude, x) in magnitudes[row.clone()].iter_mut().zip(&spectra[row.clone()]) {
                            *magnitude = x.norm();
                        }
                    }
                }
                ChannelMode::Linked => self.combine(row, |spectra, bin| {
                    let power: f32 = spectra.iter().map(|channel| channel[bin].norm_sqr()).sum();
                    (power / spectra.len() as f32).sqrt()
                }),
                ChannelMode::Mid => self.combine(row, |spectra, bin| {
                    let sum: Complex32 = spectra.iter().map(|channel| channel[bin]).sum();
                    sum.norm() / spectra.len() as f32
                }),
            }
            let newest = self
                .samples
                .iter()
                .flat_map(|samples| &samples[from..from + self.hop]);
            let energy: f32 = newest.map(|sample| sample * sample).sum();
            let factor = self.level.factor(energy / (self.samples.len() * self.hop) as f32);
            if factor != 1.0 {
                for magnitudes in &mut self.magnitudes {
                    magnitudes[kept.clone()]
                        .iter_mut()
                        .for_each(|magnitude| *magnitude *= factor);
                }
            }
            self.frames += 1;
        }
    }

    fn combine(&mut self, row: std::ops::Range<usize>, magnitude: impl Fn(&[Vec<Complex32>], usize) -> f32) {
        for bin in row {
            self.magnitudes[0][bin] = magnitude(&self.spectra, bin);
        }
    }

    /// Step `step` of the current engine block at the model's rate.
    pub(crate) fn samples(&self, channel: usize, step: usize) -> &[f32] {
        let len = self.block * self.hop;
        &self.samples[channel][step * len..(step + 1) * len]
    }

    /// Magnitudes of the frames of one step, which begin with a multiple of the step's frames, `[block, bins]`.
    pub(crate) fn magnitudes(&self, lane: usize, first: u64) -> &[f32] {
        let at = (first % self.kept as u64) as usize * self.bins;
        &self.magnitudes[lane][at..at + self.block * self.bins]
    }

    /// Magnitudes of one frame that is kept, `[bins]`.
    pub(crate) fn magnitude(&self, lane: usize, frame: i64) -> &[f32] {
        let at = frame.rem_euclid(self.kept as i64) as usize * self.bins;
        &self.magnitudes[lane][at..at + self.bins]
    }

    /// One channel's frame, `[bins]`, if it has been analysed and is still kept.
    pub(crate) fn spectrum(&self, channel: usize, frame: i64) -> Option<&[Complex32]> {
        let frame = u64::try_from(frame)
            .ok()
            .filter(|frame| (self.oldest()..self.frames).contains(frame))?;
        let at = (frame % self.kept as u64) as usize * self.bins;
        Some(&self.spectra[channel][at..at + self.bins])
    }
}
