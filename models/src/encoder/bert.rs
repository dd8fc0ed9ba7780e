//! BERT (Hugging Face `transformers`, `models/bert/modeling_bert.py`), of the size of MiniLM-L6, for one text at a time.

use candle_core::{Device, Tensor};
use candle_nn::{LayerNorm, Module};

use super::layer::{Layer, Source, Widths, layer_norm};
use super::matrix::{self, Table};
use crate::error::ModelError;
use crate::weights::Weights;

/// Tokens of the vocabulary.
pub(super) const WORDS: usize = 30_522;

const POSITIONS: usize = 512;
const LAYERS: usize = 6;
/// Values of a token.
pub(super) const HIDDEN: usize = 384;
const WIDTHS: Widths = Widths {
    hidden: HIDDEN,
    heads: 12,
    inner: 1536,
    epsilon: 1e-12,
};

pub(super) struct Bert {
    words: Table,
    positions: Table,
    kinds: Table,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

impl Bert {
    pub(super) fn load(weights: &Weights) -> Result<Bert, ModelError> {
        let Widths { hidden, epsilon, .. } = WIDTHS;
        let table =
            |name: &str, rows| Table::load(weights, &format!("embeddings.{name}.weight"), rows, hidden);
        Ok(Bert {
            words: table("word_embeddings", WORDS)?,
            positions: table("position_embeddings", POSITIONS)?,
            kinds: table("token_type_embeddings", 2)?,
            norm: layer_norm(weights, "embeddings.LayerNorm", hidden, epsilon)?,
            layers: (0..LAYERS)
                .map(|index| Layer::load(weights, &format!("encoder.layer.{index}"), WIDTHS))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The mean over the tokens of the last layer, `[384]`. Ids are those of [`WORDS`] tokens, at most 512 of them.
    pub(super) fn mean_of_tokens(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let mut embedded = vec![0.0; ids.len() * WIDTHS.hidden];
        let rows = embedded.chunks_exact_mut(WIDTHS.hidden);
        for (position, (&id, out)) in ids.iter().zip(rows).enumerate() {
            self.words.add_row(id as usize, out);
            self.positions.add_row(position, out);
            self.kinds.add_row(0, out);
        }
        let embedded = Tensor::from_vec(embedded, (ids.len(), WIDTHS.hidden), &Device::Cpu)?;
        let mut x = self.norm.forward(&embedded)?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        Ok(x.mean(0)?.to_vec1()?)
    }
}

/// Matrices in 8 bits or in floats.
impl Source for Weights<'_> {
    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor, ModelError> {
        matrix::load(self, name, rows, columns)
    }

    fn vector(&self, name: &str, len: usize) -> Result<Tensor, ModelError> {
        Ok(Tensor::from_vec(self.floats(name, &[len])?, len, &Device::Cpu)?)
    }
}
