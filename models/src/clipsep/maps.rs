//! Feature maps: `[frames, rows, channels]`, the channels padded to whole lines; as many frames as rows.

use earmark_kernels::Buffer;

/// A square map.
pub(super) struct Map {
    /// Frames, and rows of each.
    pub(super) side: usize,
    /// Values of a row, those that pad it among them.
    pub(super) channels: usize,
    pub(super) values: Buffer,
}

impl Map {
    pub(super) fn zeros(side: usize, channels: usize) -> Map {
        Map {
            side,
            channels,
            values: Buffer::zeros(side * side * channels),
        }
    }

    /// Values of a frame.
    pub(super) fn frame(&self) -> usize {
        self.side * self.channels
    }
}

/// What a normalisation by learnt means and variances does to each channel: a factor and a summand.
pub(super) struct Affine {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

impl Affine {
    const EPSILON: f32 = 1e-5;

    /// Reads that of this name.
    pub(super) fn load(
        tensors: &dyn crate::tensors::Tensors,
        name: &str,
        channels: usize,
    ) -> Result<Affine, crate::ModelError> {
        let read = |value: &str| tensors.floats(&format!("{name}.{value}"), &[channels]);
        let (weight, bias) = (read("weight")?, read("bias")?);
        let (mean, variance) = (read("running_mean")?, read("running_var")?);
        let scale: Vec<f32> = weight
            .iter()
            .zip(variance)
            .map(|(weight, variance)| weight / (variance + Self::EPSILON).sqrt())
            .collect();
        let shift = bias.iter().zip(mean.iter().zip(&scale));
        let shift = shift.map(|(bias, (mean, scale))| bias - mean * scale).collect();
        Ok(Affine { scale, shift })
    }

    /// That which changes nothing.
    pub(super) fn identity(channels: usize) -> Affine {
        Affine {
            scale: vec![1.0; channels],
            shift: vec![0.0; channels],
        }
    }
}
