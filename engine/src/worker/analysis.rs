//! From the host's samples to spectra and magnitudes, with as much of their past as a new query needs.

use earmark_controls::ChannelMode;
use earmark_models::SeparatorSpec;
use earmark_models::stft::{Analyzer, Plan};
use num_complex::Complex32;

use super::delay::Delay;
use super::trim::{ABSURD, Level};
use crate::config::Trim;
use crate::error::EngineError;
use crate::geometry::{Geometry, Origin};
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
    geometry: Geometry,
    /// Where the signal begins, if the stream began with it and the separator hears its reflection.
    origin: Option<Origin>,
    /// Where it ends, in samples at the model's rate as they are analysed.
    end: Option<usize>,
    down: Vec<Resampler>,
    /// `[channel]`, after the resamplers.
    alignment: Vec<Delay>,
    analyzers: Vec<Analyzer>,
    /// The current engine block at the model's rate, `[channel][steps · step]`.
    samples: Vec<Vec<f32>>,
    /// `[channel][kept · bins]`, frame t at t % kept.
    spectra: Vec<Vec<Complex32>>,
    /// A hop as it is analysed, `[hop]`.
    hop_in: Vec<f32>,
    /// What the separator hears, `[lane][kept · bins]`, frame t at t % kept.
    magnitudes: Vec<Vec<f32>>,
    level: Level,
    /// Hops of the current engine block, and those after it as far as the resampler reaches, that absurd samples ring in.
    absurd: Vec<bool>,
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
        let around = (geometry.alignment
            + geometry.algorithmic_delay
            + geometry.rounding
            + geometry.model_chunk
            + geometry.model_rate / 20)
            / hop;
        let kept = spec.context + around + spec.stft.window.div_ceil(hop) + (geometry.steps + 4) * block;
        let kept = kept.next_multiple_of(block);
        let hops = geometry.steps * block;
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
            geometry: *geometry,
            origin: None,
            end: None,
            alignment: (0..channels).map(|_| Delay::new(geometry.alignment)).collect(),
            hop_in: vec![0.0; hop],
            down: (0..channels).map(|_| resampler()).collect::<Result<_, _>>()?,
            analyzers: (0..channels).map(|_| plan.analyzer()).collect(),
            samples: vec![vec![0.0; geometry.steps * geometry.step]; channels],
            spectra: vec![vec![Complex32::default(); kept * bins]; channels],
            magnitudes: vec![vec![0.0; kept * bins]; lanes],
            level: Level::new(spec),
            absurd: vec![false; hops + (geometry.model_chunk + geometry.alignment).div_ceil(hop) + 1],
            frames: 0,
        })
    }

    /// Forgets everything; the next frame is frame 0. `whole` where the signal begins there, after its head.
    pub(crate) fn reset(&mut self, whole: bool) {
        self.origin = self.geometry.origin.filter(|_| whole);
        self.end = None;
        self.alignment.iter_mut().for_each(Delay::reset);
        self.down.iter_mut().for_each(Resampler::reset);
        self.analyzers.iter_mut().for_each(Analyzer::reset);
        self.level.reset();
        self.absurd.fill(false);
        self.frames = 0;
    }

    /// Sets the level of the magnitudes of the frames to come.
    pub(crate) fn set_trim(&mut self, trim: Trim) {
        self.level.set(trim);
    }

    /// The level is to be measured anew.
    pub(crate) fn forget_level(&mut self) {
        self.level.reset();
    }

    /// Whether the signal's edges are heard as they are: it began with the stream.
    pub(crate) fn is_whole(&self) -> bool {
        self.origin.is_some()
    }

    /// The first frame that the separator hears.
    pub(crate) fn first_frame(&self) -> u64 {
        self.origin.map_or(0, |origin| origin.frame as u64)
    }

    /// Says that the signal ends before the stream's sample `end` at the host's rate, which lies in the coming block.
    pub(crate) fn end(&mut self, end: usize) {
        let Geometry {
            leading_silence,
            up,
            down,
            ..
        } = self.geometry;
        self.end = self
            .origin
            .map(|origin| origin.sample + (end.saturating_sub(leading_silence) * down).div_ceil(up));
    }

    /// One past the signal's last frame, where that is known.
    pub(crate) fn end_frame(&self) -> Option<u64> {
        let (origin, end) = (self.origin?, self.end?);
        Some((origin.frame + (end - origin.sample) / self.hop + 1) as u64)
    }

    /// Silences what does not belong to the signal in samples from `position` on, as they are analysed.
    pub(crate) fn trim(&self, position: i64, samples: &mut [f32]) {
        let Some(origin) = self.origin else { return };
        let within = |sample: usize| (sample as i64 - position).clamp(0, samples.len() as i64) as usize;
        let (first, last) = (within(origin.sample), self.end.map_or(samples.len(), within));
        samples[..first].fill(0.0);
        samples[last..].fill(0.0);
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
        self.mark_absurd(samples);
        for ((resampler, from), to) in self.down.iter_mut().zip(samples).zip(&mut self.samples) {
            resampler.process(from, to)?;
        }
        let position = self.position();
        for (channel, delay) in self.alignment.iter_mut().enumerate() {
            delay.process(&mut self.samples[channel]);
        }
        // What a resampler rings before and after it is no part of the signal.
        let mut samples = std::mem::take(&mut self.samples);
        samples
            .iter_mut()
            .for_each(|channel| self.trim(position, channel));
        self.samples = samples;
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
            ..
        } = self.geometry;
        let hops = steps * self.block;
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

    /// The next sample to be analysed.
    fn position(&self) -> i64 {
        self.frames as i64 * self.hop as i64
    }

    /// Reads the hop at `from` of the current block into `hop_in`, with the signal's reflection after its end, and sets the
    /// analyser's past where it begins.
    fn read_hop(&mut self, channel: usize, from: usize) {
        self.hop_in
            .copy_from_slice(&self.samples[channel][from..from + self.hop]);
        let Some(origin) = self.origin else { return };
        let position = self.position() as usize;
        let analyzer = &mut self.analyzers[channel];
        if self.frames == origin.frame as u64 {
            analyzer.reflect_past(position - origin.sample, &self.hop_in);
        }
        let Some(end) = self.end else { return };
        for k in 0..self.hop {
            // Sample end − 1 + n is sample end − 1 − n, as far as a frame can ask for it.
            let n = (position + k + 1).saturating_sub(end);
            if n == 0 || n > self.geometry.half_window || end < origin.sample + 1 + n {
                continue;
            }
            let mirrored = end - 1 - n;
            self.hop_in[k] = match mirrored.checked_sub(position) {
                Some(earlier) => self.hop_in[earlier],
                None => analyzer.past(position - mirrored),
            };
        }
    }

    /// Analyses step `step` of the engine block taken last.
    pub(crate) fn step(&mut self, step: usize) {
        for frame in 0..self.block {
            let from = (step * self.block + frame) * self.hop;
            let at = (self.frames % self.kept as u64) as usize * self.bins;
            let row = at..at + self.bins;
            for channel in 0..self.analyzers.len() {
                self.read_hop(channel, from);
                self.analyzers[channel].push(&self.hop_in, &mut self.spectra[channel][row.clone()]);
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
            let power = energy / (self.samples.len() * self.hop) as f32;
            let factor = self.level.factor(power, self.absurd[from / self.hop]);
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
