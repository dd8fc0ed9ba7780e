//! One query on one signal: every layer runs on the newest frames and keeps the columns that later frames need.

use std::sync::Arc;

use num_complex::Complex32;

use super::block::{BlockState, Scratch};
use super::config::STEP;
use super::net::{Modulations, Net};
use super::patches::{Columns, Late};
use super::silu;
use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, SeparatorSpec};

pub(super) struct BandMaskStream {
    spec: SeparatorSpec,
    net: Arc<Net>,
    modulations: Modulations,
    /// Frames read so far.
    read: usize,
    /// What the convolutions on the way down keep.
    down: [Columns; 3],
    /// What is added on the way up, waiting for the blocks that look ahead.
    late: [Late; 3],
    states: Vec<BlockState>,
    /// What the convolutions on the way up read.
    up: [Columns; 3],
    /// `[block, bands]`: powers on the way down, logits on the way up.
    bands: Box<[f32]>,
    /// `[block, bands / 2, channels]`: the larger of a map's and a gain's channels; likewise for a quarter and an eighth,
    /// by steps.
    maps: [Box<[f32]>; 3],
    /// `[steps, bands / 4, STEP · 2 · gains[0]]`: half of the bands before they are sorted by frame.
    pairs: Box<[f32]>,
    /// `[steps, channels]`.
    x: Box<[f32]>,
    scratch: Scratch,
}

impl BandMaskStream {
    pub(super) fn new(spec: SeparatorSpec, net: Arc<Net>, condition: &Condition) -> BandMaskStream {
        let config = &net.config;
        let (frames, steps, bands) = (spec.block, spec.block / STEP, config.bands());
        let zeros = |len: usize| -> Box<[f32]> { vec![0.0; len].into() };
        let mut delay = 0;
        let states = net.blocks.iter().map(|block| {
            let state = BlockState::new(block.config, delay, steps, config.channels);
            delay += block.config.ahead;
            state
        });
        let states = states.collect();
        let rows = [frames * bands / 2, steps * bands / 4, steps * bands / 8];
        let waiting = [spec.lookahead * bands / 2, delay * bands / 4, delay * bands / 8];
        let level = |n: usize| zeros(rows[n] * config.maps[n].max(config.gains[n]));
        let late = |n: usize| Late::new(waiting[n] * config.gains[n], rows[n] * config.gains[n]);
        BandMaskStream {
            modulations: net.modulations(&condition.values),
            read: 0,
            down: [
                net.down[0].columns(frames),
                net.down[1].columns(frames),
                net.down[2].columns(steps),
            ],
            late: [late(0), late(1), late(2)],
            states,
            up: [
                net.up[0].columns(frames),
                net.up[1].columns(steps),
                net.up[2].columns(steps),
            ],
            bands: zeros(frames * bands),
            maps: [level(0), level(1), level(2)],
            pairs: zeros(rows[0] * config.gains[0]),
            x: zeros(steps * config.channels),
            scratch: Scratch::new(steps, config.channels),
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

    /// From features to the channels of the newest steps, leaving what the way up will need.
    fn descend(&mut self) {
        let net = &*self.net;
        let lengths = self.lengths(net.config.maps);
        let [first, second, third] = &mut self.maps;
        let (first, second, third) = (
            &mut first[..lengths[0]],
            &mut second[..lengths[1]],
            &mut third[..lengths[2]],
        );
        net.down[0].push(&mut self.down[0], &self.bands, first);
        for frame in first.chunks_exact_mut(net.place.len()) {
            for (value, place) in frame.iter_mut().zip(&net.place) {
                *value += place;
            }
        }
        silu(first);
        net.down[1].push(&mut self.down[1], first, second);
        silu(second);
        net.down[2].push(&mut self.down[2], second, third);
        silu(third);
        for (((skip, late), map), outputs) in net
            .skip
            .iter()
            .zip(&mut self.late)
            .zip([&*first, &*second, &*third])
            .zip(net.config.gains)
        {
            let rows = map.len() / skip.inputs();
            skip.apply(map, late.newest(rows * outputs));
        }
        net.flat.apply(third, &mut self.x);
    }

    /// From the channels of some steps to the logits of their frames.
    fn ascend(&mut self) {
        let net = &*self.net;
        let lengths = self.lengths(net.config.gains);
        let [fine, middle, coarse] = &mut self.maps;
        let (fine, middle, coarse) = (
            &mut fine[..lengths[0]],
            &mut middle[..lengths[1]],
            &mut coarse[..lengths[2]],
        );
        self.modulations
            .output
            .normalise(&self.x, &mut self.scratch.hidden);
        silu(&mut self.scratch.hidden);
        net.unflat.apply(&self.scratch.hidden, coarse);
        self.late[2].add_to(coarse);
        self.modulations.up[1].apply(coarse);
        silu(coarse);
        net.up[2].push(&mut self.up[2], coarse, middle);
        self.late[1].add_to(middle);
        self.modulations.up[0].apply(middle);
        silu(middle);
        net.up[1].push(&mut self.up[1], middle, &mut self.pairs);
        // Of each quarter band: the frames of a step, each with two bands.
        let [channels, _, _] = net.config.gains;
        let frame = net.config.bands() / 2 * channels;
        for (step, pairs) in self.pairs.chunks_exact(STEP * frame).enumerate() {
            for (band, pairs) in pairs.chunks_exact(STEP * 2 * channels).enumerate() {
                for (n, pair) in pairs.chunks_exact(2 * channels).enumerate() {
                    let at = (step * STEP + n) * frame + band * 2 * channels;
                    fine[at..][..2 * channels].copy_from_slice(pair);
                }
            }
        }
        self.late[0].add_to(fine);
        silu(fine);
        net.up[0].push(&mut self.up[0], fine, &mut self.bands);
    }

    /// Values of the maps of half, a quarter and an eighth of the bands with so many channels.
    fn lengths(&self, channels: [usize; 3]) -> [usize; 3] {
        let (frames, steps, bands) = (self.spec.block, self.spec.block / STEP, self.net.config.bands());
        [
            frames * bands / 2 * channels[0],
            steps * bands / 4 * channels[1],
            steps * bands / 8 * channels[2],
        ]
    }
}

impl MaskStream for BandMaskStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(magnitudes, masks)?;
        self.features(magnitudes);
        self.descend();
        let net = self.net.clone();
        for ((block, modulation), state) in net
            .blocks
            .iter()
            .zip(&self.modulations.blocks)
            .zip(&mut self.states)
        {
            // Steps before the first: the block before this one is still waiting for what it looks ahead.
            let steps = self.spec.block / STEP;
            let unborn = state.delay.saturating_sub(self.read / STEP).min(steps);
            state.push(block, modulation, &mut self.x, unborn, &mut self.scratch);
        }
        self.ascend();

        let unborn = self.spec.lookahead.saturating_sub(self.read);
        let frames = masks.chunks_exact_mut(net.config.stft().bins());
        let logits = self.bands.chunks_exact(net.config.bands());
        for (frame, (masks, logits)) in frames.zip(logits).enumerate() {
            let bands = net.config.band_edges.windows(2);
            for ((logit, bias), edges) in logits.iter().zip(&net.bias).zip(bands) {
                let gain = if frame < unborn {
                    0.0
                } else {
                    (1.0 + (-logit - bias).exp()).powf(-net.config.sharpness)
                };
                masks[edges[0]..edges[1]].fill(Complex32::new(gain, 0.0));
            }
        }
        self.read = self.read.saturating_add(self.spec.block);
        Ok(())
    }

    fn reset(&mut self) {
        self.read = 0;
        self.states.iter_mut().for_each(BlockState::reset);
        self.late.iter_mut().for_each(Late::reset);
        self.down.iter_mut().for_each(Columns::reset);
    }
}
