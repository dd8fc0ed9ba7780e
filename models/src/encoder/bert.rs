//! BERT (Hugging Face `transformers`, `models/bert/modeling_bert.py`), of the size of MiniLM-L6, for one text at a time.

use candle_core::{D, Device, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{LayerNorm, Linear, Module};

use super::matrix::{self, Table};
use crate::error::ModelError;
use crate::weights::Weights;

/// Tokens of the vocabulary.
pub(super) const WORDS: usize = 30_522;

const POSITIONS: usize = 512;
const LAYERS: usize = 6;
const HIDDEN: usize = 384;
const HEADS: usize = 12;
const INNER: usize = 1536;
const EPSILON: f64 = 1e-12;

pub(super) struct Bert {
    words: Table,
    positions: Table,
    kinds: Table,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
}

impl Bert {
    pub(super) fn load(weights: &Weights) -> Result<Bert, ModelError> {
        let table =
            |name: &str, rows| Table::load(weights, &format!("embeddings.{name}.weight"), rows, HIDDEN);
        Ok(Bert {
            words: table("word_embeddings", WORDS)?,
            positions: table("position_embeddings", POSITIONS)?,
            kinds: table("token_type_embeddings", 2)?,
            norm: layer_norm(weights, "embeddings.LayerNorm")?,
            layers: (0..LAYERS)
                .map(|index| Layer::load(weights, &format!("encoder.layer.{index}")))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The mean over the tokens of the last layer, `[384]`. Ids are those of [`WORDS`] tokens, at most 512 of them.
    pub(super) fn mean_of_tokens(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let mut embedded = vec![0.0; ids.len() * HIDDEN];
        for (position, (&id, out)) in ids.iter().zip(embedded.chunks_exact_mut(HIDDEN)).enumerate() {
            self.words.add_row(id as usize, out);
            self.positions.add_row(position, out);
            self.kinds.add_row(0, out);
        }
        let mut x = self
            .norm
            .forward(&Tensor::from_vec(embedded, (ids.len(), HIDDEN), &Device::Cpu)?)?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        Ok(x.mean(0)?.to_vec1()?)
    }
}

impl Layer {
    fn load(weights: &Weights, prefix: &str) -> Result<Layer, ModelError> {
        let linear =
            |name: &str, outputs, inputs| linear(weights, &format!("{prefix}.{name}"), outputs, inputs);
        let norm = |name: &str| layer_norm(weights, &format!("{prefix}.{name}"));
        Ok(Layer {
            query: linear("attention.self.query", HIDDEN, HIDDEN)?,
            key: linear("attention.self.key", HIDDEN, HIDDEN)?,
            value: linear("attention.self.value", HIDDEN, HIDDEN)?,
            attended: linear("attention.output.dense", HIDDEN, HIDDEN)?,
            attention_norm: norm("attention.output.LayerNorm")?,
            inner: linear("intermediate.dense", INNER, HIDDEN)?,
            outer: linear("output.dense", HIDDEN, INNER)?,
            norm: norm("output.LayerNorm")?,
        })
    }

    /// `x` `[tokens, hidden]`. No mask: there is one text and no padding.
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let tokens = x.dim(0)?;
        let heads = |linear: &Linear| -> candle_core::Result<Tensor> {
            linear
                .forward(x)?
                .reshape((tokens, HEADS, HIDDEN / HEADS))?
                .transpose(0, 1)?
                .contiguous()
        };
        let scale = 1.0 / ((HIDDEN / HEADS) as f64).sqrt();
        let scores =
            (heads(&self.query)?.matmul(&heads(&self.key)?.transpose(D::Minus1, D::Minus2)?)? * scale)?;
        let attended = softmax_last_dim(&scores)?.matmul(&heads(&self.value)?)?;
        let attended = attended.transpose(0, 1)?.reshape((tokens, HIDDEN))?;
        let x = self
            .attention_norm
            .forward(&(self.attended.forward(&attended)? + x)?)?;
        let inner = self.inner.forward(&x)?.gelu_erf()?;
        self.norm.forward(&(self.outer.forward(&inner)? + &x)?)
    }
}

fn linear(weights: &Weights, name: &str, outputs: usize, inputs: usize) -> Result<Linear, ModelError> {
    let weight = matrix::load(weights, &format!("{name}.weight"), outputs, inputs)?;
    Ok(Linear::new(
        weight,
        Some(vector(weights, &format!("{name}.bias"), outputs)?),
    ))
}

fn layer_norm(weights: &Weights, name: &str) -> Result<LayerNorm, ModelError> {
    let weight = vector(weights, &format!("{name}.weight"), HIDDEN)?;
    Ok(LayerNorm::new(
        weight,
        vector(weights, &format!("{name}.bias"), HIDDEN)?,
        EPSILON,
    ))
}

fn vector(weights: &Weights, name: &str, len: usize) -> Result<Tensor, ModelError> {
    Ok(Tensor::from_vec(
        weights.floats(name, &[len])?,
        len,
        &Device::Cpu,
    )?)
}
