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
///
/// What the last blocks were assembled from is kept, so that they can be assembled once more when another voice is heard
/// in them: what the first samples of one are made of lies in the block before.
pub(crate) struct Output {
    geometry: Geometry,
    /// `[channel]`: D(x) delayed like M·D(x); x delayed like the target.
    model_delays: Vec<Delay>,
    host_delays: Vec<Delay>,
    up: Vec<Resampler>,
    /// What comes out of the delays, `[channel][past + steps · step]` and `[channel][kept · block]`, the current block last.
    analysed: Vec<Vec<f32>>,
    input: Vec<Vec<f32>>,
    /// M·D(x) − g·D(x), `[channel][past + steps · step]`, the current block last. The up-sampler reads it `rounding` late, which makes
    /// the delay a whole number of host samples; the chunk that it read last is what it still remembers.
    difference: Vec<Vec<f32>>,
    /// Gain at the model's rate, `[lane][past + steps · step]`, the current block last.
    gain: Vec<Vec<f32>>,
    /// Samples kept from before the block: those of the blocks that may be assembled once more, of the one before them, and what U and
    /// the padding reach back.
    past: usize,
    /// Where a host's sample lies in the gain: for each of those that lie otherwise, its whole samples and what is over.
    places: Vec<(usize, f32)>,
    /// Gain at the host's rate, and what is added to the input's share, `[block]`.
    share: Vec<f32>,
    target: Vec<f32>,
}

impl Output {
    /// One that keeps all blocks that may lie ready.
    pub(crate) fn new(geometry: &Geometry, channels: usize, lanes: usize) -> Result<Output, EngineError> {
        Output::keeping(geometry.ready(), geometry, channels, lanes)
    }

    fn keeping(
        kept: usize,
        geometry: &Geometry,
        channels: usize,
        lanes: usize,
    ) -> Result<Output, EngineError> {
        let delays = |len: usize| (0..channels).map(|_| Delay::new(len)).collect::<Vec<_>>();
        let resampler = || {
            Resampler::new(
                geometry.model_rate,
                geometry.host_rate,
                geometry.model_chunk,
                geometry.chunk,
            )
        };
        let len = geometry.steps * geometry.step;
        let past = (kept - 1) * len + len.max(geometry.model_chunk + geometry.rounding);
        // Sample i belongs to sample i · down / up of the gain.
        let Geometry { up, down, .. } = *geometry;
        let place = |sample: usize| (sample * down / up, (sample * down % up) as f32 / up as f32);
        Ok(Output {
            geometry: *geometry,
            model_delays: delays(geometry.algorithmic_delay),
            host_delays: delays(geometry.delay()),
            up: (0..channels).map(|_| resampler()).collect::<Result<_, _>>()?,
            analysed: vec![vec![0.0; past + len]; channels],
            input: vec![vec![0.0; kept * geometry.block]; channels],
            difference: vec![vec![0.0; past + len]; channels],
            gain: vec![vec![0.0; past + len]; lanes],
            past,
            places: (0..up).map(place).collect(),
            share: vec![0.0; geometry.block],
            target: vec![0.0; geometry.block],
        })
    }

    /// One whose input is delayed for several at once: only [`Output::begin`], [`Output::hear_of`] and [`Output::assemble`] are
    /// for it, and it is not assembled again.
    pub(crate) fn of_delayed(
        geometry: &Geometry,
        channels: usize,
        lanes: usize,
    ) -> Result<Output, EngineError> {
        Ok(Output {
            model_delays: Vec::new(),
            host_delays: Vec::new(),
            analysed: Vec::new(),
            input: Vec::new(),
            ..Output::keeping(1, geometry, channels, lanes)?
        })
    }

    pub(crate) fn reset(&mut self) {
        let delays = [&mut self.model_delays, &mut self.host_delays];
        delays.into_iter().flatten().for_each(Delay::reset);
        self.up.iter_mut().for_each(Resampler::reset);
        let kept = [
            &mut self.analysed,
            &mut self.input,
            &mut self.difference,
            &mut self.gain,
        ];
        kept.into_iter().flatten().for_each(|kept| kept.fill(0.0));
    }

    /// Begins with the next block.
    pub(crate) fn begin(&mut self) {
        let len = self.geometry.steps * self.geometry.step;
        let kept = [&mut self.analysed, &mut self.difference, &mut self.gain];
        kept.into_iter()
            .flatten()
            .for_each(|kept| kept.copy_within(len.., 0));
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
        let samples = self.step_samples(step as i64);
        for (channel, delay) in self.model_delays.iter_mut().enumerate() {
            let analysed = &mut self.analysed[channel][samples.clone()];
            analysed.copy_from_slice(taken.samples(channel, step * len, len));
            delay.process(analysed);
        }
        self.hear(step as i64, gain, wave);
    }

    /// Goes on by a block whose target nobody hears; `samples` is its input, `[channel][block]`.
    pub(crate) fn pass(&mut self, samples: &[Vec<f32>]) {
        let block = self.geometry.block;
        for ((delay, input), samples) in self.host_delays.iter_mut().zip(&mut self.input).zip(samples) {
            input.copy_within(block.., 0);
            let newest = input.len() - block;
            input[newest..].copy_from_slice(samples);
            delay.process(&mut input[newest..]);
        }
    }

    /// Replaces the block's input, `[channel][block]`, by its target.
    pub(crate) fn finish(&mut self, samples: &mut [Vec<f32>]) -> Result<(), String> {
        self.pass(samples);
        self.assemble_kept(0, samples)
    }

    /// Assembles the block that is so many `before` the last one of which the input was passed.
    fn assemble_kept(&mut self, before: usize, samples: &mut [Vec<f32>]) -> Result<(), String> {
        let block = self.geometry.block;
        let input = std::mem::take(&mut self.input);
        let kept = |channel: &Vec<f32>| channel.len() - (before + 1) * block;
        let parts = input.iter().map(|channel| &channel[kept(channel)..][..block]);
        let assembled = self.assemble_before(before, parts, samples);
        self.input = input;
        assembled
    }

    /// Assembles the last blocks once more, as many as may lie ready at most, with what is heard of them and of the block before by now, each into its samples of
    /// `blocks`, `[channel][block]`: `hear` tells [`Output::hear`] about each of these `steps`, counted from the last block's first.
    pub(crate) fn again<'a>(
        &mut self,
        steps: std::ops::Range<i64>,
        hear: impl Fn(&mut Output, i64),
        blocks: impl ExactSizeIterator<Item = &'a mut [Vec<f32>]>,
    ) -> Result<(), String> {
        let Geometry {
            chunk,
            model_chunk,
            rounding,
            ..
        } = self.geometry;
        for step in steps {
            hear(self, step);
        }
        let count = blocks.len();
        let first = self.past - (count - 1) * self.geometry.steps * self.geometry.step;
        let read = first - rounding - model_chunk;
        for (up, difference) in self.up.iter_mut().zip(&self.difference) {
            up.reset();
            up.process(&difference[read..][..model_chunk], &mut self.target[..chunk])?;
        }
        for (index, samples) in blocks.enumerate() {
            self.assemble_kept(count - 1 - index, samples)?;
        }
        Ok(())
    }

    /// Takes what is heard of step `step` of the block, or of those before where it is negative: see [`Output::step`].
    pub(crate) fn hear(
        &mut self,
        step: i64,
        gain: impl Fn(usize, &mut [f32]),
        wave: impl Fn(usize, &mut [f32]),
    ) {
        let samples = self.step_samples(step);
        let analysed = std::mem::take(&mut self.analysed);
        self.hear_of(step, |channel| &analysed[channel][samples.clone()], gain, wave);
        self.analysed = analysed;
    }

    /// The same, given D(x) of each channel, as late as M·D(x), over the samples of the step.
    pub(crate) fn hear_of<'a>(
        &mut self,
        step: i64,
        analysed: impl Fn(usize) -> &'a [f32],
        gain: impl Fn(usize, &mut [f32]),
        wave: impl Fn(usize, &mut [f32]),
    ) {
        let samples = self.step_samples(step);
        for (lane, to) in self.gain.iter_mut().enumerate() {
            gain(lane, &mut to[samples.clone()]);
        }
        for (channel, difference) in self.difference.iter_mut().enumerate() {
            let lane = if self.gain.len() == 1 { 0 } else { channel };
            let gain = &self.gain[lane][samples.clone()];
            let difference = &mut difference[samples.clone()];
            wave(channel, difference);
            for ((d, x), g) in difference.iter_mut().zip(analysed(channel)).zip(gain) {
                *d -= g * x;
            }
        }
    }

    /// Where step `step` of the block lies, or of those before where it is negative.
    fn step_samples(&self, step: i64) -> std::ops::Range<usize> {
        let first = (self.past as i64 + step * self.geometry.step as i64) as usize;
        first..first + self.geometry.step
    }

    /// Writes the block's target, given its input as late as the target: both `[channel][block]`.
    pub(crate) fn assemble(&mut self, input: &[Vec<f32>], samples: &mut [Vec<f32>]) -> Result<(), String> {
        self.assemble_before(0, input.iter().map(Vec::as_slice), samples)
    }

    /// The same of the block that is so many `before` the current one.
    fn assemble_before<'a>(
        &mut self,
        before: usize,
        input: impl Iterator<Item = &'a [f32]>,
        samples: &mut [Vec<f32>],
    ) -> Result<(), String> {
        let Geometry {
            model_chunk,
            rounding,
            ..
        } = self.geometry;
        let len = self.geometry.steps * self.geometry.step;
        let first = self.past - before * len - rounding;
        for (channel, (samples, input)) in samples.iter_mut().zip(input).enumerate() {
            let difference = &self.difference[channel][first..][..len];
            self.up[channel].process(difference, &mut self.target)?;
            // One lane is that of all channels.
            if let Some(gain) = self.gain.get(channel) {
                let gain = &gain[first - model_chunk / 2..];
                resample_gain(gain, &self.places, self.geometry.down, &mut self.share);
            }
            let parts = input.iter().zip(&self.share).zip(&self.target);
            for (out, ((x, g), upsampled)) in samples.iter_mut().zip(parts) {
                *out = g * x + upsampled;
            }
        }
        Ok(())
    }
}

/// The gain at the host's rate: `down` of its samples for as many of the host's as there are places.
fn resample_gain(gain: &[f32], places: &[(usize, f32)], down: usize, out: &mut [f32]) {
    for (index, out) in out.chunks_mut(places.len()).enumerate() {
        let gain = &gain[index * down..];
        for (out, &(whole, over)) in out.iter_mut().zip(places) {
            *out = match over {
                0.0 => gain[whole],
                _ => gain[whole] + (gain[whole + 1] - gain[whole]) * over,
            };
        }
    }
}
