//! A dilated convolution in time on the steps of a stream.

use super::linear::Linear;
use super::patches::{DelayLine, take_newest};
use super::silu;
use super::{config::BlockConfig, film::Modulation};

/// x + out(SiLU(conv(modulation(x / rms(x))))).
pub(super) struct Block {
    pub(super) config: BlockConfig,
    /// Rows of a step, each of which goes through the same layers.
    pub(super) rows: usize,
    /// In [`TAPS`] pieces.
    pub(super) conv: Linear,
    pub(super) out: Linear,
    pub(super) gain: Vec<f32>,
    pub(super) film: Option<Linear>,
}

/// What a block keeps of a stream.
pub(super) struct BlockState {
    /// Steps by which its input lags behind the newest.
    pub(super) delay: usize,
    /// Of each query; of a block that no query reaches, one.
    histories: Box<[History]>,
}

/// What a block keeps of its input under a query.
struct History {
    /// `[span + steps, rows, channels]`: what the convolution reads, oldest first.
    inputs: Box<[f32]>,
    /// The block's input, waiting for the convolution that looks ahead.
    delayed: DelayLine,
}

/// Taps of a block's convolution.
pub(super) const TAPS: usize = 3;

/// Memory that all blocks share.
pub(super) struct Scratch {
    /// `[queries, steps, rows, channels]`.
    pub(super) hidden: Box<[f32]>,
}

impl Scratch {
    /// For so many rows of the steps of all queries together.
    pub(super) fn new(rows: usize, channels: usize) -> Scratch {
        Scratch {
            hidden: vec![0.0; rows * channels].into(),
        }
    }
}

impl BlockState {
    /// For pushes of `steps` steps of so many queries, of so many `values` each.
    pub(super) fn new(
        config: BlockConfig,
        delay: usize,
        queries: usize,
        steps: usize,
        values: usize,
    ) -> BlockState {
        let history = || History {
            inputs: vec![0.0; (config.span() + steps) * values].into(),
            delayed: DelayLine::new(config.ahead * values, steps * values),
        };
        BlockState {
            delay,
            histories: std::iter::repeat_with(history).take(queries).collect(),
        }
    }

    /// Replaces `x` `[queries, steps, rows, channels]` by the block's output for the steps `ahead` earlier, under each query's
    /// modulation. The first `unborn` steps lie before the signal, where the convolution reads zeros.
    pub(super) fn push(
        &mut self,
        block: &Block,
        modulations: &[Modulation],
        x: &mut [f32],
        unborn: usize,
        scratch: &mut Scratch,
    ) {
        let hidden = &mut scratch.hidden[..x.len()];
        let len = x.len() / self.histories.len();
        for (((history, modulation), x), hidden) in self
            .histories
            .iter_mut()
            .zip(modulations)
            .zip(x.chunks_exact(len))
            .zip(hidden.chunks_exact_mut(len))
        {
            history.push(block, modulation, x, unborn, hidden);
        }
        silu(hidden);
        block.out.apply(hidden, x);
        for (history, x) in self.histories.iter().zip(x.chunks_exact_mut(len)) {
            history.delayed.add_to(x);
        }
    }

    /// Takes over what one for pushes of another length keeps.
    pub(super) fn take_over(&mut self, other: &BlockState) {
        for (history, other) in self.histories.iter_mut().zip(&other.histories) {
            take_newest(&mut history.inputs, &other.inputs);
            history.delayed.take_over(&other.delayed);
        }
    }

    pub(super) fn reset(&mut self) {
        for history in &mut self.histories {
            history.inputs.fill(0.0);
            history.delayed.reset();
        }
    }
}

impl History {
    /// Takes `x` `[steps, rows, channels]` in, and writes what the convolution makes of each row into `hidden`, of the same
    /// shape.
    fn push(&mut self, block: &Block, modulation: &Modulation, x: &[f32], unborn: usize, hidden: &mut [f32]) {
        let channels = block.gain.len();
        self.inputs.copy_within(x.len().., 0);
        let newest = self.inputs.len() - x.len();
        modulation.normalise(x, &mut self.inputs[newest..]);
        let step = block.rows * channels;
        self.inputs[newest..][..unborn * step].fill(0.0);
        self.delayed.newest(x.len()).copy_from_slice(x);

        let dilation = block.config.dilation * step;
        // Rows lie one after another, and so do steps.
        let taps: [usize; TAPS] = std::array::from_fn(|tap| tap * dilation);
        block.conv.apply_pieces(&self.inputs, channels, &taps, hidden);
    }
}
