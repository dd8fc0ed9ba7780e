//! A dilated convolution in time on the steps of a stream.

use super::linear::Linear;
use super::patches::Late;
use super::silu;
use super::{config::BlockConfig, film::Modulation};

/// x + out(SiLU(conv(modulation(x / rms(x))))).
pub(super) struct Block {
    pub(super) config: BlockConfig,
    pub(super) conv: Linear,
    pub(super) out: Linear,
    pub(super) gain: Vec<f32>,
    pub(super) film: Option<Linear>,
}

/// What a block keeps of a stream.
pub(super) struct BlockState {
    /// Steps by which its input lags behind the newest.
    pub(super) delay: usize,
    /// `[span + steps, channels]`: what the convolution reads, oldest first.
    inputs: Box<[f32]>,
    /// The block's input, waiting for the convolution that looks ahead.
    late: Late,
}

/// Memory that all blocks share.
pub(super) struct Scratch {
    /// `[steps, 3·channels]`.
    taps: Box<[f32]>,
    /// `[steps, channels]`.
    pub(super) hidden: Box<[f32]>,
}

impl Scratch {
    pub(super) fn new(steps: usize, channels: usize) -> Scratch {
        Scratch {
            taps: vec![0.0; steps * 3 * channels].into(),
            hidden: vec![0.0; steps * channels].into(),
        }
    }
}

impl BlockState {
    /// For pushes of `steps` steps.
    pub(super) fn new(config: BlockConfig, delay: usize, steps: usize, channels: usize) -> BlockState {
        BlockState {
            delay,
            inputs: vec![0.0; (config.span() + steps) * channels].into(),
            late: Late::new(config.ahead * channels, steps * channels),
        }
    }

    /// Replaces `x` `[steps, channels]` by the block's output for the steps `ahead` earlier. The first `unborn` steps lie
    /// before the signal, where the convolution reads zeros.
    pub(super) fn push(
        &mut self,
        block: &Block,
        modulation: &Modulation,
        x: &mut [f32],
        unborn: usize,
        scratch: &mut Scratch,
    ) {
        let channels = block.gain.len();
        self.inputs.copy_within(x.len().., 0);
        let newest = self.inputs.len() - x.len();
        modulation.normalise(x, &mut self.inputs[newest..]);
        self.inputs[newest..][..unborn * channels].fill(0.0);
        self.late.newest(x.len()).copy_from_slice(x);

        let dilation = block.config.dilation * channels;
        for (step, taps) in scratch.taps.chunks_exact_mut(3 * channels).enumerate() {
            for (tap, values) in taps.chunks_exact_mut(channels).enumerate() {
                values.copy_from_slice(&self.inputs[step * channels + tap * dilation..][..channels]);
            }
        }
        block.conv.apply(&scratch.taps, &mut scratch.hidden);
        silu(&mut scratch.hidden);
        block.out.apply(&scratch.hidden, x);
        self.late.add_to(x);
    }

    pub(super) fn reset(&mut self) {
        self.inputs.fill(0.0);
        self.late.reset();
    }
}
