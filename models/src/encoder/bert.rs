//! BERT (Hugging Face `transformers`, `models/bert/modeling_bert.py`) without its pooler, for one text at a time.

use candle_core::{Device, Tensor};
use candle_nn::{LayerNorm, Module};

use super::layer::{Layer, Source, Widths, layer_norm};
use super::matrix::{self, Table};
use crate::error::ModelError;
use crate::tensor_file::Prefixed;
use crate::tensors::Tensors;
use crate::weights::Weights;

/// The shape of a BERT.
#[derive(Debug, Clone, Copy)]
pub(super) struct BertShape {
    /// Tokens of the vocabulary.
    pub(super) words: usize,
    /// Tokens of a text, at most.
    pub(super) positions: usize,
    pub(super) layers: usize,
    pub(super) widths: Widths,
}

impl BertShape {
    /// Texts of a pair, which tokens are told apart by; here all are of the first.
    pub(super) const KINDS: usize = 2;
    /// Of the normalisations, in every published size.
    pub(super) const EPSILON: f64 = 1e-12;

    /// MiniLM-L6.
    pub(super) const MINILM: BertShape = BertShape {
        words: 30_522,
        positions: 512,
        layers: 6,
        widths: Widths {
            hidden: 384,
            heads: 12,
            inner: 1536,
            epsilon: Self::EPSILON,
        },
    };
}

pub(super) struct Bert {
    hidden: usize,
    words: Table,
    positions: Table,
    kinds: Table,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

impl Bert {
    /// That of this shape; its names in the source begin with `prefix`.
    pub(super) fn load(
        source: &impl TableSource,
        prefix: &str,
        shape: &BertShape,
    ) -> Result<Bert, ModelError> {
        let Widths { hidden, epsilon, .. } = shape.widths;
        let table =
            |name: &str, rows| source.table(&format!("{prefix}embeddings.{name}.weight"), rows, hidden);
        let layer = |index| Layer::load(source, &format!("{prefix}encoder.layer.{index}"), shape.widths);
        Ok(Bert {
            hidden,
            words: table("word_embeddings", shape.words)?,
            positions: table("position_embeddings", shape.positions)?,
            kinds: table("token_type_embeddings", BertShape::KINDS)?,
            norm: layer_norm(source, &format!("{prefix}embeddings.LayerNorm"), hidden, epsilon)?,
            layers: (0..shape.layers).map(layer).collect::<Result<_, _>>()?,
        })
    }

    /// The tokens after the last layer, `[tokens, hidden]`. Ids are those of the vocabulary, at most as many as there are
    /// positions.
    pub(super) fn tokens(&self, ids: &[u32]) -> Result<Tensor, ModelError> {
        let hidden = self.hidden;
        let mut embedded = vec![0.0; ids.len() * hidden];
        let rows = embedded.chunks_exact_mut(hidden);
        for (position, (&id, out)) in ids.iter().zip(rows).enumerate() {
            self.words.add_row(id as usize, out);
            self.positions.add_row(position, out);
            self.kinds.add_row(0, out);
        }
        let embedded = Tensor::from_vec(embedded, (ids.len(), hidden), &Device::Cpu)?;
        let mut x = self.norm.forward(&embedded)?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        Ok(x)
    }
}

/// A source that has tables too.
pub(super) trait TableSource: Source {
    /// A table `[rows, columns]`.
    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table, ModelError>;
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

impl TableSource for Weights<'_> {
    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table, ModelError> {
        Table::load(self, name, rows, columns)
    }
}

impl TableSource for Prefixed {
    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table, ModelError> {
        Ok(Table::of_floats(self.floats(name, &[rows, columns])?, columns))
    }
}
