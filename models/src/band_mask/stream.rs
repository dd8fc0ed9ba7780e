//! One query on one signal: the blocks run on the newest frames and keep the columns that later frames need.

use std::sync::Arc;

use num_complex::Complex32;

use super::net::{Block, Modulation, Net, silu};
use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, SeparatorSpec};

pub(super) struct BandMaskStream {
    spec: SeparatorSpec,
    net: Arc<Net>,
    modulations: Vec<Modulation>,
    states: Vec<BlockState>,
    /// Frames read so far.
    read: usize,
    /// `[block, bands]`.
    bands: Box<[f32]>,
    /// `[block, channels]`.
    x: Box<[f32]>,
    scratch: Scratch,
}

impl BandMaskStream {
    pub(super) fn new(spec: SeparatorSpec, net: Arc<Net>, condition: &Condition) -> BandMaskStream {
        let (frames, channels) = (spec.block, net.config.channels);
        let zeros = |len: usize| -> Box<[f32]> { vec![0.0; len].into() };
        let mut delay = 0;
        let states = net.blocks.iter().map(|block| {
            let state = BlockState {
                delay,
                inputs: zeros((block.config.span() + frames) * channels),
                late: zeros((block.config.ahead + frames) * channels),
            };
            delay += block.config.ahead;
            state
        });
        BandMaskStream {
            states: states.collect(),
            modulations: net.modulations(&condition.values),
            read: 0,
            bands: zeros(frames * net.config.bands()),
            x: zeros(frames * channels),
            scratch: Scratch {
                taps: zeros(frames * 3 * channels),
                hidden: zeros(frames * channels),
            },
            spec,
            net,
        }
    }

    /// Log power of each band, standardised, into `self.bands`.
    fn features(&mut self, magnitudes: &[f32]) {
        let config = &self.net.config;
        let frames = magnitudes.chunks_exact(config.stft().bins());
        for (features, frame) in self.bands.chunks_exact_mut(config.bands()).zip(frames) {
            for (band, (feature, edges)) in features.iter_mut().zip(config.band_edges.windows(2)).enumerate()
            {
                let bins = &frame[edges[0]..edges[1]];
                let mean = bins.iter().map(|m| m * m).sum::<f32>() / bins.len() as f32;
                let log = (mean + config.power_floor).log10();
                *feature = (log - self.net.feature_mean[band]) * self.net.feature_scale[band];
            }
        }
    }
}

impl MaskStream for BandMaskStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(magnitudes, masks)?;
        self.features(magnitudes);
        let net = &*self.net;
        let channels = net.config.channels;
        net.input.apply(&self.bands, &mut self.x);
        for ((block, modulation), state) in net.blocks.iter().zip(&self.modulations).zip(&mut self.states) {
            // Frames before the first: the block before this one is still waiting for what it looks ahead.
            let unborn = state.delay.saturating_sub(self.read).min(self.spec.block);
            state.push(
                block,
                modulation,
                &mut self.x,
                unborn,
                channels,
                &mut self.scratch,
            );
        }
        if let Some(modulation) = self.modulations.last() {
            modulation.normalise(&self.x, &mut self.scratch.hidden);
        }
        self.scratch
            .hidden
            .iter_mut()
            .for_each(|value| *value = silu(*value));
        net.output.apply(&self.scratch.hidden, &mut self.bands);

        let unborn = self.spec.lookahead.saturating_sub(self.read);
        let frames = masks.chunks_exact_mut(net.config.stft().bins());
        for (frame, (masks, logits)) in frames
            .zip(self.bands.chunks_exact(net.config.bands()))
            .enumerate()
        {
            for (logit, edges) in logits.iter().zip(net.config.band_edges.windows(2)) {
                let gain = if frame < unborn {
                    0.0
                } else {
                    1.0 / (1.0 + (-logit).exp())
                };
                masks[edges[0]..edges[1]].fill(Complex32::new(gain, 0.0));
            }
        }
        self.read = self.read.saturating_add(self.spec.block);
        Ok(())
    }

    fn reset(&mut self) {
        self.read = 0;
        for state in &mut self.states {
            state.inputs.fill(0.0);
            state.late.fill(0.0);
        }
    }
}

struct Scratch {
    /// `[block, 3·channels]`.
    taps: Box<[f32]>,
    /// `[block, channels]`.
    hidden: Box<[f32]>,
}

struct BlockState {
    /// Frames by which this block's input lags behind the magnitudes.
    delay: usize,
    /// `[span + block, channels]`: what the convolution reads, oldest first.
    inputs: Box<[f32]>,
    /// `[ahead + block, channels]`: the block's input, waiting for the convolution that looks ahead.
    late: Box<[f32]>,
}

impl BlockState {
    /// Replaces `x` `[frames, channels]` by the block's output for the frames `ahead` earlier. The first `unborn`
    /// frames lie before the signal, where the convolution reads zeros.
    fn push(
        &mut self,
        block: &Block,
        modulation: &Modulation,
        x: &mut [f32],
        unborn: usize,
        channels: usize,
        scratch: &mut Scratch,
    ) {
        self.inputs.copy_within(x.len().., 0);
        let newest = self.inputs.len() - x.len();
        modulation.normalise(x, &mut self.inputs[newest..]);
        self.inputs[newest..][..unborn * channels].fill(0.0);

        self.late.copy_within(x.len().., 0);
        let newest = self.late.len() - x.len();
        self.late[newest..].copy_from_slice(x);

        let dilation = block.config.dilation * channels;
        for (frame, taps) in scratch.taps.chunks_exact_mut(3 * channels).enumerate() {
            for (tap, values) in taps.chunks_exact_mut(channels).enumerate() {
                values.copy_from_slice(&self.inputs[frame * channels + tap * dilation..][..channels]);
            }
        }
        block.conv.apply(&scratch.taps, &mut scratch.hidden);
        scratch.hidden.iter_mut().for_each(|value| *value = silu(*value));
        block.out.apply(&scratch.hidden, x);
        for (x, late) in x.iter_mut().zip(&self.late) {
            *x += late;
        }
    }
}

impl Modulation {
    /// Each frame of `x` divided by its root mean square, scaled and shifted, into `y`; both `[frames, channels]`.
    fn normalise(&self, x: &[f32], y: &mut [f32]) {
        let channels = self.scale.len();
        for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
            let power = x.iter().map(|value| value * value).sum::<f32>() / channels as f32;
            let inverse = 1.0 / (power + 1e-6).sqrt();
            for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(&self.scale).zip(&self.shift) {
                *y = x * inverse * scale + shift;
            }
        }
    }
}
