//! From masked model-rate samples back to the target at the host's rate.
//!
//! The target is U(M·D(x)) + g·(x − U(D(x))). Up-sampling is linear and g changes slowly against the up-sampler's few
//! milliseconds, so it is computed as **g·x + U(M·D(x) − g·D(x))**, with one up-sampling per channel instead of two. Where M
//! and g are 1 the bracket is the rounding error of the transform, and the target is x; where both are 0 it is exactly 0.

use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::resample::Resampler;

use super::delay::Delay;
use super::intake::Taken;

/// Assembly of one engine block after the other.
pub(crate) struct Output {
    geometry: Geometry,
    /// `[channel]`: D(x) delayed like M·D(x); what makes the sum whole; x delayed like the target.
    model_delays: Vec<Delay>,
    roundings: Vec<Delay>,
    host_delays: Vec<Delay>,
    up: Vec<Resampler>,
    /// M·D(x) − g·D(x), `[channel][steps · step]`.
    difference: Vec<Vec<f32>>,
    /// Gain at the model's rate, `[lane][past + steps · step]`, the current block last.
    gain: Vec<Vec<f32>>,
    /// Samples of gain kept from before the block: what U and the padding delay.
    past: usize,
    /// `[step]`.
    mixed: Vec<f32>,
    /// `[block]`.
    target: Vec<f32>,
}

impl Output {
    pub(crate) fn new(geometry: &Geometry, channels: usize, lanes: usize) -> Result<Output, EngineError> {
        let delays = |len: usize| (0..channels).map(|_| Delay::new(len)).collect::<Vec<_>>();
        let resampler = || {
            Resampler::new(
                geometry.model_rate,
                geometry.host_rate,
                geometry.model_chunk,
                geometry.chunk,
            )
        };
        let past = geometry.model_chunk / 2 + geometry.rounding;
        let len = geometry.steps * geometry.step;
        Ok(Output {
            geometry: *geometry,
            model_delays: delays(geometry.algorithmic_delay),
            roundings: delays(geometry.rounding),
            host_delays: delays(geometry.delay()),
            up: (0..channels).map(|_| resampler()).collect::<Result<_, _>>()?,
            difference: vec![vec![0.0; len]; channels],
            gain: vec![vec![0.0; past + len]; lanes],
            past,
            mixed: vec![0.0; geometry.step],
            target: vec![0.0; geometry.block],
        })
    }

    pub(crate) fn reset(&mut self) {
        let delays = [&mut self.model_delays, &mut self.roundings, &mut self.host_delays];
        delays.into_iter().flatten().for_each(Delay::reset);
        self.up.iter_mut().for_each(Resampler::reset);
        self.gain.iter_mut().for_each(|gain| gain.fill(0.0));
    }

    /// Takes step `step` of a block: what was taken in, and what is heard of it. `gain` writes that of a lane and `wave` the
    /// masked signal of a channel, each over the samples of the step.
    pub(crate) fn step(
        &mut self,
        taken: &Taken,
        step: usize,
        gain: impl Fn(usize, &mut [f32]),
        wave: impl Fn(usize, &mut [f32]),
    ) {
        let len = self.geometry.step;
        let samples = step * len..(step + 1) * len;
        for (lane, to) in self.gain.iter_mut().enumerate() {
            gain(lane, &mut to[self.past..][samples.clone()]);
        }
        for (channel, difference) in self.difference.iter_mut().enumerate() {
            let difference = &mut difference[samples.clone()];
            difference.copy_from_slice(taken.samples(channel, step * len, len));
            self.model_delays[channel].process(difference);
            wave(channel, &mut self.mixed);
            let gain =
                &self.gain[if self.gain.len() == 1 { 0 } else { channel }][self.past..][samples.clone()];
            for ((d, m), g) in difference.iter_mut().zip(&self.mixed).zip(gain) {
                *d = m - g * *d;
            }
        }
    }

    /// Goes on by a block whose target nobody hears; `samples` is its input, `[channel][block]`, and is overwritten.
    pub(crate) fn pass(&mut self, samples: &mut [Vec<f32>]) {
        for (channel, samples) in samples.iter_mut().enumerate() {
            self.host_delays[channel].process(samples);
            self.roundings[channel].process(&mut self.difference[channel]);
        }
        self.keep_gain();
    }

    /// Replaces the block's input, `[channel][block]`, by its target.
    pub(crate) fn finish(&mut self, samples: &mut [Vec<f32>]) -> Result<(), String> {
        let Geometry { up, down, .. } = self.geometry;
        for (channel, samples) in samples.iter_mut().enumerate() {
            self.host_delays[channel].process(samples);
            self.roundings[channel].process(&mut self.difference[channel]);
            self.up[channel].process(&self.difference[channel], &mut self.target)?;
            let gain = &self.gain[if self.gain.len() == 1 { 0 } else { channel }];
            // Sample i belongs to model sample i · down / up − past of this block.
            let (mut whole, mut part) = (0, 0);
            for (x, upsampled) in samples.iter_mut().zip(&self.target) {
                let g = if part == 0 {
                    gain[whole]
                } else {
                    gain[whole] + (gain[whole + 1] - gain[whole]) * (part as f32 / up as f32)
                };
                *x = g * *x + upsampled;
                part += down;
                while part >= up {
                    (whole, part) = (whole + 1, part - up);
                }
            }
        }
        self.keep_gain();
        Ok(())
    }

    fn keep_gain(&mut self) {
        let kept = self.geometry.steps * self.geometry.step;
        self.gain.iter_mut().for_each(|gain| gain.copy_within(kept.., 0));
    }
}
