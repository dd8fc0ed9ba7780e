//! The residual blocks of the network (`ConvBlockRes`, `EncoderBlockRes1B`, `DecoderBlockRes1B`). Feature maps are
//! `[batch, channels, frames, bins]`.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::config::StageConfig;
use super::film::{Activation, Source, Trace};

/// A 1 × 1 convolution with bias.
pub(super) struct Pointwise {
    weight: Tensor,
    bias: Tensor,
}

impl Pointwise {
    pub(super) fn load(weights: VarBuilder, inputs: usize, outputs: usize) -> Result<Pointwise> {
        let bias = weights.get(outputs, "bias")?.reshape((1, outputs, 1, 1))?;
        Ok(Pointwise {
            weight: weights.get((outputs, inputs, 1, 1), "weight")?,
            bias,
        })
    }

    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.conv2d(&self.weight, 0, 1, 1, 1)?.broadcast_add(&self.bias)
    }
}

/// Two 3 × 3 convolutions, each after its activation, beside a shortcut that reads the raw input.
pub(super) struct ConvBlock {
    first: Activation,
    conv1: Tensor,
    second: Activation,
    conv2: Tensor,
    shortcut: Option<Pointwise>,
}

impl ConvBlock {
    fn load(source: &Source, inputs: usize, outputs: usize) -> Result<ConvBlock> {
        let conv = |name: &str, inputs| {
            source
                .base
                .get((outputs, inputs, 3, 3), &format!("{name}.weight"))
        };
        let shortcut = || Pointwise::load(source.base.pp("shortcut"), inputs, outputs);
        Ok(ConvBlock {
            first: Activation::load(source, 1, inputs)?,
            conv1: conv("conv1", inputs)?,
            second: Activation::load(source, 2, outputs)?,
            conv2: conv("conv2", outputs)?,
            shortcut: (inputs != outputs).then(shortcut).transpose()?,
        })
    }

    fn forward(&self, x: &Tensor, condition: &Tensor, trace: &mut Trace) -> Result<Tensor> {
        let h = self
            .first
            .forward(x, condition, trace)?
            .conv2d(&self.conv1, 1, 1, 1, 1)?;
        let h = self
            .second
            .forward(&h, condition, trace)?
            .conv2d(&self.conv2, 1, 1, 1, 1)?;
        match &self.shortcut {
            Some(shortcut) => shortcut.forward(x)? + h,
            None => x + h,
        }
    }
}

/// A block of the way down, and the average after it.
pub(super) struct EncoderBlock {
    conv: ConvBlock,
    pool: (usize, usize),
}

impl EncoderBlock {
    pub(super) fn load(source: &Source, inputs: usize, stage: StageConfig) -> Result<EncoderBlock> {
        let conv = ConvBlock::load(&source.part("conv_block1"), inputs, stage.channels)?;
        Ok(EncoderBlock {
            conv,
            pool: (stage.time, stage.frequency),
        })
    }

    /// The map before the average, which the decoder reads too, and after it.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        condition: &Tensor,
        trace: &mut Trace,
    ) -> Result<(Tensor, Tensor)> {
        let x = self.conv.forward(x, condition, trace)?;
        let pooled = if self.pool == (1, 1) {
            x.clone()
        } else {
            x.avg_pool2d_with_stride(self.pool, self.pool)?
        };
        Ok((x, pooled))
    }
}

/// A block of the way up: a transposed convolution that undoes an average, then a [`ConvBlock`] on its result and the
/// encoder's map.
pub(super) struct DecoderBlock {
    activation: Activation,
    /// `[outputs · time · frequency, inputs]`.
    upsampling: Tensor,
    outputs: usize,
    pool: (usize, usize),
    conv: ConvBlock,
}

impl DecoderBlock {
    /// The file also has a `bn2` and `beta2` here, which the published code never uses.
    pub(super) fn load(source: &Source, inputs: usize, mirrored: StageConfig) -> Result<DecoderBlock> {
        let StageConfig {
            channels: outputs,
            time,
            frequency,
        } = mirrored;
        let upsampling = source
            .base
            .get((inputs, outputs, time, frequency), "conv1.weight")?;
        Ok(DecoderBlock {
            activation: Activation::load(source, 1, inputs)?,
            upsampling: upsampling
                .permute((1, 2, 3, 0))?
                .reshape((outputs * time * frequency, inputs))?,
            outputs,
            pool: (time, frequency),
            conv: ConvBlock::load(&source.part("conv_block2"), 2 * outputs, outputs)?,
        })
    }

    pub(super) fn forward(
        &self,
        x: &Tensor,
        skip: &Tensor,
        condition: &Tensor,
        trace: &mut Trace,
    ) -> Result<Tensor> {
        let x = self.upsample(&self.activation.forward(x, condition, trace)?)?;
        self.conv.forward(&Tensor::cat(&[&x, skip], 1)?, condition, trace)
    }

    /// Stride and kernel are equal, so every input cell makes its own patch of output: a matrix product.
    fn upsample(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, inputs, frames, bins) = x.dims4()?;
        let (time, frequency) = self.pool;
        let cells = x.reshape((batch, inputs, frames * bins))?;
        let patches = self.upsampling.broadcast_matmul(&cells)?;
        patches
            .reshape(vec![batch, self.outputs, time, frequency, frames, bins])?
            .permute(vec![0, 1, 4, 2, 5, 3])?
            .reshape((batch, self.outputs, frames * time, bins * frequency))
    }
}
