//! A layer of BERT and its relatives (Hugging Face `transformers`, `modeling_bert.py`, `modeling_roberta.py`), for one
//! text at a time: attention, then two dense layers, each normalised after its sum with what it read.

use candle_core::{D, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{LayerNorm, Module};

use crate::error::ModelError;

/// Widths that all layers of an encoder share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    pub(super) hidden: usize,
    pub(super) heads: usize,
    /// Between the two dense layers.
    pub(super) inner: usize,
    /// Of the normalisations.
    pub(super) epsilon: f64,
}

/// Where tensors come from, by their Hugging Face names.
pub(super) trait Source {
    /// A matrix `[rows, columns]`.
    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor, ModelError>;

    /// A vector of `len` values.
    fn vector(&self, name: &str, len: usize) -> Result<Tensor, ModelError>;
}

pub(super) struct Layer {
    widths: Widths,
    query: Dense,
    key: Dense,
    value: Dense,
    attended: Dense,
    attention_norm: LayerNorm,
    inner: Dense,
    outer: Dense,
    norm: LayerNorm,
}

impl Layer {
    /// The layer `prefix`.
    pub(super) fn load(source: &impl Source, prefix: &str, widths: Widths) -> Result<Layer, ModelError> {
        let Widths {
            hidden,
            inner,
            epsilon,
            ..
        } = widths;
        let linear =
            |name: &str, outputs, inputs| linear(source, &format!("{prefix}.{name}"), outputs, inputs);
        let norm = |name: &str| layer_norm(source, &format!("{prefix}.{name}"), hidden, epsilon);
        Ok(Layer {
            widths,
            query: linear("attention.self.query", hidden, hidden)?,
            key: linear("attention.self.key", hidden, hidden)?,
            value: linear("attention.self.value", hidden, hidden)?,
            attended: linear("attention.output.dense", hidden, hidden)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            inner: linear("intermediate.dense", inner, hidden)?,
            outer: linear("output.dense", hidden, inner)?,
            norm: norm("output.LayerNorm")?,
        })
    }

    /// `x` `[tokens, hidden]`. No mask: there is one text and no padding.
    pub(super) fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let Widths { hidden, heads, .. } = self.widths;
        let (tokens, size) = (x.dim(0)?, hidden / heads);
        let split = |linear: &Dense| -> candle_core::Result<Tensor> {
            linear
                .forward(x)?
                .reshape((tokens, heads, size))?
                .transpose(0, 1)?
                .contiguous()
        };
        let scale = 1.0 / (size as f64).sqrt();
        let scores =
            (split(&self.query)?.matmul(&split(&self.key)?.transpose(D::Minus1, D::Minus2)?)? * scale)?;
        let attended = softmax_last_dim(&scores)?.matmul(&split(&self.value)?)?;
        let attended = attended.transpose(0, 1)?.reshape((tokens, hidden))?;
        let x = self
            .attention_norm
            .forward(&(self.attended.forward(&attended)? + x)?)?;
        let inner = self.inner.forward(&x)?.gelu_erf()?;
        self.norm.forward(&(self.outer.forward(&inner)? + &x)?)
    }
}

/// A dense layer, `x · weightᵀ + bias`.
///
/// Computed as `weight · xᵀ`: a text has few tokens, and the other way round the product's code would rearrange all weights
/// for each of them, which takes longer than the product itself.
pub(super) struct Dense {
    /// `[outputs, inputs]`.
    weight: Tensor,
    /// `[outputs, 1]`.
    bias: Tensor,
}

impl Module for Dense {
    /// `x` `[tokens, inputs]` gives `[tokens, outputs]`.
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let product = self.weight.matmul(&x.t()?)?;
        product.broadcast_add(&self.bias)?.t()?.contiguous()
    }
}

/// `name.weight` `[outputs, inputs]` and `name.bias`.
pub(super) fn linear(
    source: &impl Source,
    name: &str,
    outputs: usize,
    inputs: usize,
) -> Result<Dense, ModelError> {
    let weight = source.matrix(&format!("{name}.weight"), outputs, inputs)?;
    let bias = source.vector(&format!("{name}.bias"), outputs)?;
    let bias = bias.unsqueeze(1)?;
    Ok(Dense { weight, bias })
}

/// `name.weight` and `name.bias`.
pub(super) fn layer_norm(
    source: &impl Source,
    name: &str,
    len: usize,
    epsilon: f64,
) -> Result<LayerNorm, ModelError> {
    let weight = source.vector(&format!("{name}.weight"), len)?;
    let bias = source.vector(&format!("{name}.bias"), len)?;
    Ok(LayerNorm::new(weight, bias, epsilon))
}
