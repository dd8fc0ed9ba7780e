//! Dense layers and normalisations of rows of values.

use earmark_kernels::{Format, Init, Isa, Matrix, Rows, Threads, multiply};
use parking_lot::Mutex;

use crate::error::ModelError;
use crate::tensors::Tensors;

const EPSILON: f32 = 1e-5;
/// Rows that a thread computes at a time: few, so that what must be ready in time soon gets its turn on the same threads.
const ROWS: usize = 64;

/// A dense layer, `x · weightᵀ + bias`.
pub(super) struct Dense {
    matrix: Matrix,
    bias: Option<Vec<f32>>,
}

impl Dense {
    /// `name.weight`, `outputs` rows of `inputs` values in all, of whatever shape; and `name.bias`.
    pub(super) fn load(source: &dyn Tensors, name: &str, shape: &[usize]) -> Result<Dense, ModelError> {
        let bias = source.floats(&format!("{name}.bias"), &shape[..1])?;
        Ok(Dense {
            bias: Some(bias),
            ..Dense::without_bias(source, name, shape)?
        })
    }

    /// `name.weight` alone.
    pub(super) fn without_bias(
        source: &dyn Tensors,
        name: &str,
        shape: &[usize],
    ) -> Result<Dense, ModelError> {
        let weight = source.floats(&format!("{name}.weight"), shape)?;
        let (outputs, inputs) = (shape[0], shape[1..].iter().product());
        let value = |input: usize, output: usize| weight[output * inputs + input];
        Ok(Dense::of(inputs, outputs, None, value))
    }

    /// Of the weights `value(input, output)`, wherever they come from.
    pub(super) fn of(
        inputs: usize,
        outputs: usize,
        bias: Option<Vec<f32>>,
        value: impl Fn(usize, usize) -> f32,
    ) -> Dense {
        Dense {
            matrix: Matrix::pack(Isa::best(), Format::Fp32, inputs, outputs, value),
            bias,
        }
    }

    /// `x` `[rows, inputs]` gives `[rows, outputs]`; `then` changes some rows of it at a time.
    pub(super) fn apply(&self, threads: &Threads, x: &[f32], then: impl Fn(&mut [f32]) + Sync) -> Vec<f32> {
        let (inputs, outputs) = (self.matrix.depth(), self.matrix.columns());
        let mut out = vec![0.0; x.len() / inputs * outputs];
        let parts = x.chunks(ROWS * inputs).zip(out.chunks_mut(ROWS * outputs));
        let parts: Vec<_> = parts.map(|(x, out)| (x, Mutex::new(out))).collect();
        threads.run(parts.len(), |part| {
            let (x, out) = &parts[part];
            let mut out = out.lock();
            let init = self.bias.as_deref().map_or(Init::Zero, Init::Bias);
            let (rows, read) = (
                x.len() / inputs,
                Rows {
                    values: x,
                    stride: inputs,
                },
            );
            multiply(read, &self.matrix, &mut out, outputs, rows, init);
            then(&mut out);
        });
        out
    }
}

/// Normalises rows by their own mean and variance.
pub(super) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl LayerNorm {
    /// `name.weight` and `name.bias`, of `len` values.
    pub(super) fn load(source: &dyn Tensors, name: &str, len: usize) -> Result<LayerNorm, ModelError> {
        Ok(LayerNorm {
            weight: source.floats(&format!("{name}.weight"), &[len])?,
            bias: source.floats(&format!("{name}.bias"), &[len])?,
        })
    }

    /// `x` `[rows, len]`, normalised in place.
    pub(super) fn apply(&self, x: &mut [f32]) {
        let len = self.weight.len() as f32;
        for row in x.chunks_exact_mut(self.weight.len()) {
            let mean = row.iter().sum::<f32>() / len;
            let variance = row
                .iter()
                .map(|value| (value - mean) * (value - mean))
                .sum::<f32>()
                / len;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            for (value, (weight, bias)) in row.iter_mut().zip(self.weight.iter().zip(&self.bias)) {
                *value = (*value - mean) * scale * weight + bias;
            }
        }
    }

    /// As [`LayerNorm::apply`], into a copy.
    pub(super) fn of(&self, x: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        self.apply(&mut out);
        out
    }
}

/// GELU by the error function, in place.
pub(super) fn gelu(values: &mut [f32]) {
    earmark_kernels::gelu(Isa::best(), values);
}

/// `x · σ(1.702 x)`, in place: what CLIP's towers were trained with for GELU.
pub(super) fn quick_gelu(values: &mut [f32]) {
    for value in values {
        *value /= 1.0 + (-1.702 * *value).exp();
    }
}
