//! What looks at every band by itself before the way up: dilated convolutions in time, each followed by attention across bands.

use super::attention::{Attention, Room};
use super::block::{Block, BlockState, Scratch};
use super::config::ListenerConfig;
use super::film::Modulation;
use super::linear::Linear;

/// A convolution in time and the attention after it.
pub(super) struct Layer {
    pub(super) block: Block,
    pub(super) attention: Attention,
}

/// What a layer hears of each query.
pub(super) struct LayerModulations {
    block: Vec<Modulation>,
    attention: Vec<Modulation>,
}

impl Layer {
    /// Of queries that the network has reduced to its own size.
    pub(super) fn modulations(&self, queries: &[Vec<f32>]) -> LayerModulations {
        let of = |film: Option<&Linear>, gain: &[f32]| {
            queries
                .iter()
                .map(|query| Modulation::new(film, gain, query))
                .collect()
        };
        LayerModulations {
            block: of(self.block.film.as_ref(), &self.block.gain),
            attention: of(Some(&self.attention.film), &self.attention.gain),
        }
    }
}

/// What a stream keeps of all layers.
pub(super) struct ListenerState {
    states: Vec<BlockState>,
    scratch: Scratch,
    room: Room,
}

impl ListenerState {
    /// For pushes of `steps` steps of so many queries, of `bands` bands of `channels` values, that come `delay` steps after the
    /// newest.
    pub(super) fn new(
        config: &ListenerConfig,
        delay: usize,
        queries: usize,
        steps: usize,
        [bands, channels]: [usize; 2],
    ) -> ListenerState {
        let state = |block| BlockState::new(block, delay, queries, steps, bands * channels);
        // A network without one needs no memory for it.
        let all = if config.is_missing() { 0 } else { queries * steps };
        ListenerState {
            states: config.blocks().map(state).collect(),
            scratch: Scratch::new(all * bands, channels),
            room: Room::new(all, bands, channels),
        }
    }

    /// Replaces `x` `[queries, steps, bands, channels]` by what the layers make of it. The first `unborn` steps lie before the
    /// signal.
    pub(super) fn push(
        &mut self,
        layers: &[Layer],
        modulations: &[LayerModulations],
        x: &mut [f32],
        unborn: usize,
    ) {
        for ((layer, state), modulations) in layers.iter().zip(&mut self.states).zip(modulations) {
            state.push(&layer.block, &modulations.block, x, unborn, &mut self.scratch);
            layer.attention.apply(&modulations.attention, x, &mut self.room);
        }
    }

    /// Takes over what one for pushes of another length keeps.
    pub(super) fn take_over(&mut self, other: &ListenerState) {
        for (state, other) in self.states.iter_mut().zip(&other.states) {
            state.take_over(other);
        }
    }

    pub(super) fn reset(&mut self) {
        self.states.iter_mut().for_each(BlockState::reset);
    }
}
