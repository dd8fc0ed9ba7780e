//! A batch of queries on one signal: every layer runs on the newest frames and keeps the columns that later frames need.

use std::ops::Range;
use std::sync::Arc;

use num_complex::Complex32;

use super::block::{BlockState, Scratch};
use super::config::STEP;
use super::film::Modulation;
use super::listener::ListenerState;
use super::net::{Modulations, Net};
use super::patches::{DelayLine, PastColumns};
use super::{SIGNAL_FRAMES, silu};
use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, SeparatorSpec};

pub(super) struct BandMaskStream {
    spec: SeparatorSpec,
    net: Arc<Net>,
    queries: usize,
    modulations: Arc<Modulations>,
    /// Frames read so far.
    read: usize,
    /// What the convolutions on the way down keep.
    down: [PastColumns; 3],
    /// What is added on the way up, the same for every query, waiting for the blocks that look ahead.
    delayed: [DelayLine; 3],
    states: Vec<BlockState>,
    listener: ListenerState,
    /// What the convolutions on the way up read.
    up: [PastColumns; 3],
    /// `[block, bands]` powers on the way down, `[queries, block, bands]` logits on the way up.
    bands: Box<[f32]>,
    /// `[block, bands / 2, channels of the map]` on the way down, `[queries, block, bands / 2, channels of the gains]` on the
    /// way up; likewise for a quarter and an eighth, by steps.
    maps: [Box<[f32]>; 3],
    /// `[queries, steps, bands / 4, STEP · 2 · gains[0]]`: half of the bands before they are sorted by frame.
    pairs: Box<[f32]>,
    /// `[queries, steps, channels]`, of which only the first query's are used before the queries part.
    x: Box<[f32]>,
    scratch: Scratch,
}

impl BandMaskStream {
    pub(super) fn new(spec: SeparatorSpec, net: Arc<Net>, conditions: &[Condition]) -> BandMaskStream {
        let modulations = Arc::new(net.modulations(conditions));
        BandMaskStream::modulated(spec, net, conditions.len(), modulations)
    }

    /// Of so many queries, which have become `modulations`.
    fn modulated(
        spec: SeparatorSpec,
        net: Arc<Net>,
        queries: usize,
        modulations: Arc<Modulations>,
    ) -> BandMaskStream {
        let config = &net.config;
        let (frames, steps, bands) = (spec.block, spec.block / STEP, config.bands());
        let zeros = |len: usize| -> Box<[f32]> { vec![0.0; len].into() };
        let mut delay = 0;
        let states = net
            .blocks
            .iter()
            .zip(&modulations.blocks)
            .map(|(block, modulations)| {
                let state = BlockState::new(block.config, delay, modulations.len(), steps, config.channels);
                delay += block.config.ahead;
                state
            });
        let states = states.collect();
        let rows = [frames * bands / 2, steps * bands / 4, steps * bands / 8];
        let bands_of_a_step = [bands / 8, config.gains[2]];
        let listener = ListenerState::new(&config.listener, delay, queries, steps, bands_of_a_step);
        let waiting = [spec.lookahead * bands / 2, delay * bands / 4, delay * bands / 8];
        let level = |n: usize| zeros(rows[n] * config.maps[n].max(queries * config.gains[n]));
        let delayed = |n: usize| DelayLine::new(waiting[n] * config.gains[n], rows[n] * config.gains[n]);
        BandMaskStream {
            queries,
            modulations,
            read: 0,
            down: net.descent.columns(frames),
            delayed: [delayed(0), delayed(1), delayed(2)],
            states,
            listener,
            up: [
                net.up[0].columns(queries * frames),
                net.up[1].columns(queries * steps),
                net.up[2].columns(queries * steps),
            ],
            bands: zeros(queries * frames * bands),
            maps: [level(0), level(1), level(2)],
            pairs: zeros(queries * rows[0] * config.gains[0]),
            x: zeros(queries * steps * config.channels),
            scratch: Scratch::new(queries * steps, config.channels),
            spec,
            net,
        }
    }

    /// From features to the channels of the newest steps, leaving what the way up will need.
    fn descend(&mut self) {
        let net = &*self.net;
        let lengths = self.lengths(1, net.config.maps);
        let [first, second, third] = &mut self.maps;
        let (first, second, third) = (
            &mut first[..lengths[0]],
            &mut second[..lengths[1]],
            &mut third[..lengths[2]],
        );
        let bands = self.spec.block * net.config.bands();
        let maps = [&mut *first, &mut *second, &mut *third];
        net.descent.push(&mut self.down, &self.bands[..bands], maps);
        for (((skip, delayed), map), outputs) in net
            .skip
            .iter()
            .zip(&mut self.delayed)
            .zip([&*first, &*second, &*third])
            .zip(net.config.gains)
        {
            let rows = map.len() / skip.inputs();
            skip.apply(map, delayed.newest(rows * outputs));
        }
        let x = self.x.len() / self.queries;
        net.descent.flat.apply(third, &mut self.x[..x]);
    }

    /// The channels of the newest steps through some blocks: those of one query where the blocks are the same for all.
    fn run(&mut self, blocks: Range<usize>, queries: usize) {
        let steps = self.spec.block / STEP;
        let x = &mut self.x[..queries * steps * self.net.config.channels];
        for index in blocks {
            let state = &mut self.states[index];
            // Steps before the first: the block before this one is still waiting for what it looks ahead.
            let unborn = state.delay.saturating_sub(self.read / STEP).min(steps);
            let (block, modulations) = (&self.net.blocks[index], &self.modulations.blocks[index]);
            state.push(block, modulations, x, unborn, &mut self.scratch);
        }
    }

    /// From magnitudes to the channels of the newest steps, as they are before the first steered block.
    fn recognise(&mut self, magnitudes: &[f32]) {
        self.net
            .descent
            .features(&self.net.config, magnitudes, &mut self.bands);
        self.descend();
        self.run(0..self.net.unsteered(), 1);
    }

    /// Reads the next `spec.block` frames without separating them. Returns what the half of the network that knows no query makes
    /// of as many, those [`Net::unsteered_ahead`] steps earlier: `[steps, channels]`.
    pub(super) fn hear(&mut self, magnitudes: &[f32]) -> &[f32] {
        self.recognise(magnitudes);
        self.read = self.read.saturating_add(self.spec.block);
        &self.x[..self.x.len() / self.queries]
    }

    /// From here on every query has channels of its own.
    fn part(&mut self) {
        let (first, others) = self.x.split_at_mut(self.x.len() / self.queries);
        for x in others.chunks_exact_mut(first.len()) {
            x.copy_from_slice(first);
        }
    }

    /// From the channels of some steps to the logits of their frames, of all queries.
    fn ascend(&mut self) {
        let net = &*self.net;
        let lengths = self.lengths(self.queries, net.config.gains);
        let [fine, middle, coarse] = &mut self.maps;
        let (fine, middle, coarse) = (
            &mut fine[..lengths[0]],
            &mut middle[..lengths[1]],
            &mut coarse[..lengths[2]],
        );
        let channels = self.x.len() / self.queries;
        let (x, hidden) = (self.x.chunks_exact(channels), &mut self.scratch.hidden);
        for ((modulation, x), hidden) in self
            .modulations
            .output
            .iter()
            .zip(x)
            .zip(hidden.chunks_exact_mut(channels))
        {
            modulation.normalise(x, hidden);
        }
        silu(hidden);
        net.unflat.apply(hidden, coarse);
        join(coarse, &self.delayed[2], &self.modulations.up[1]);
        let steps = self.spec.block / STEP;
        let unborn = (self.spec.lookahead / STEP)
            .saturating_sub(self.read / STEP)
            .min(steps);
        self.listener
            .push(&net.listener, &self.modulations.listener, coarse, unborn);
        net.up[2].push(&mut self.up[2], coarse, middle);
        join(middle, &self.delayed[1], &self.modulations.up[0]);
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
        for fine in fine.chunks_exact_mut(lengths[0] / self.queries) {
            self.delayed[0].add_to(fine);
        }
        silu(fine);
        net.up[0].push(&mut self.up[0], fine, &mut self.bands);
    }

    /// Takes over the state of a stream of the same queries in blocks of another length.
    fn take_over(&mut self, other: &BandMaskStream) {
        let columns = self
            .down
            .iter_mut()
            .zip(&other.down)
            .chain(self.up.iter_mut().zip(&other.up));
        columns.for_each(|(columns, other)| columns.take_over(other));
        let delayed = self.delayed.iter_mut().zip(&other.delayed);
        delayed.for_each(|(delayed, other)| delayed.take_over(other));
        let states = self.states.iter_mut().zip(&other.states);
        states.for_each(|(state, other)| state.take_over(other));
        self.listener.take_over(&other.listener);
        self.read = other.read;
    }

    /// Reads a block for the state that it leaves, after which `left` more frames are read before any mask is heard. What only reaches
    /// masks that are not heard is left out.
    fn pass(&mut self, magnitudes: &[f32], left: usize) {
        self.net
            .descent
            .features(&self.net.config, magnitudes, &mut self.bands);
        self.descend();
        let (unsteered, needed) = (self.net.unsteered(), self.net.needed(left / STEP));
        self.run(0..needed.min(unsteered), 1);
        if needed > unsteered {
            self.part();
            self.run(unsteered..needed.min(self.net.blocks.len()), self.queries);
        }
        if needed > self.net.blocks.len() {
            self.ascend();
        }
        self.read = self.read.saturating_add(self.spec.block);
    }

    /// Values of the maps of half, a quarter and an eighth of the bands with so many channels, of so many queries.
    fn lengths(&self, queries: usize, channels: [usize; 3]) -> [usize; 3] {
        let (frames, steps, bands) = (self.spec.block, self.spec.block / STEP, self.net.config.bands());
        [
            queries * frames * bands / 2 * channels[0],
            queries * steps * bands / 4 * channels[1],
            queries * steps * bands / 8 * channels[2],
        ]
    }
}

/// Adds to the maps of all queries what has waited for them, modulates each and activates them.
fn join(maps: &mut [f32], delayed: &DelayLine, modulations: &[Modulation]) {
    let len = maps.len() / modulations.len();
    for (map, modulation) in maps.chunks_exact_mut(len).zip(modulations) {
        delayed.add_to(map);
        modulation.apply(map);
    }
    silu(maps);
}

impl MaskStream for BandMaskStream {
    fn push(&mut self, magnitudes: &[f32], masks: &mut [Complex32]) -> Result<(), ModelError> {
        self.spec.check_block(self.queries, magnitudes, masks)?;
        let unborn = self.spec.lookahead.saturating_sub(self.read);
        self.pass(magnitudes, 0);
        let net = &*self.net;
        let frames = masks.chunks_exact_mut(net.config.stft().bins());
        let logits = self.bands.chunks_exact(net.config.bands());
        for (frame, (masks, logits)) in frames.zip(logits).enumerate() {
            let bands = net.config.band_edges.windows(2);
            for ((logit, bias), edges) in logits.iter().zip(&net.bias).zip(bands) {
                let gain = if frame % self.spec.block < unborn {
                    0.0
                } else {
                    (1.0 + (-logit - bias).exp()).powf(-net.config.sharpness)
                };
                masks[edges[0]..edges[1]].fill(Complex32::new(gain, 0.0));
            }
        }
        Ok(())
    }

    /// Many steps go through a layer at once, which takes a fraction of the time of one after the other, and each layer reads only as much as
    /// what comes after it remembers.
    fn catch_up(&mut self, magnitudes: &[f32], following: usize) -> Result<bool, ModelError> {
        let block = SIGNAL_FRAMES * self.net.config.stft().bins();
        let (long, rest) = magnitudes.split_at(magnitudes.len() / block * block);
        let blocks = self.spec.block * self.net.config.stft().bins();
        if self.spec.block >= SIGNAL_FRAMES || long.is_empty() || !rest.len().is_multiple_of(blocks) {
            return Ok(false);
        }
        let frames = |values: &[f32]| values.len() / self.net.config.stft().bins();
        let spec = SeparatorSpec {
            block: SIGNAL_FRAMES,
            ..self.spec.clone()
        };
        let (net, modulations) = (self.net.clone(), self.modulations.clone());
        let mut stream = BandMaskStream::modulated(spec, net, self.queries, modulations);
        stream.take_over(self);
        let mut left = frames(magnitudes) + following;
        for magnitudes in long.chunks_exact(block) {
            left -= SIGNAL_FRAMES;
            stream.pass(magnitudes, left);
        }
        self.take_over(&stream);
        for magnitudes in rest.chunks_exact(blocks) {
            left -= self.spec.block;
            self.pass(magnitudes, left);
        }
        Ok(true)
    }

    fn reset(&mut self) {
        self.read = 0;
        self.states.iter_mut().for_each(BlockState::reset);
        self.listener.reset();
        self.delayed.iter_mut().for_each(DelayLine::reset);
        self.down.iter_mut().for_each(PastColumns::reset);
    }
}
