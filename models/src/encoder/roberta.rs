//! RoBERTa (Hugging Face `transformers`, `models/roberta/modeling_roberta.py`) with its pooler and CLAP's projection
//! (LAION-CLAP, `open_clip/model.py`, `CLAP.encode_text`), for one text at a time.
//!
//! The weights stay on disk: of the embeddings only the rows of the text are read, and every layer is read when its turn
//! comes and dropped after it, so that encoding takes the memory of one layer and not of the network.

use candle_core::{Device, Tensor};
use candle_nn::Module;

use super::layer::{Layer, Source, Widths, layer_norm, linear};
use super::roberta_config::{HEAD, PADDING, RobertaConfig, layer};
use crate::error::ModelError;
use crate::tensor_file::{Prefixed, TensorFile};
use crate::tensors::Tensors;

const EPSILON: f64 = 1e-5;

pub(super) struct Roberta {
    config: RobertaConfig,
    source: Prefixed,
}

impl Roberta {
    /// The tower in `file`, its names after `prefix`.
    pub(super) fn new(file: TensorFile, prefix: &'static str) -> Result<Roberta, ModelError> {
        let config = file.recognize(prefix, RobertaConfig::of)?;
        file.check(prefix, &config.required())?;
        let source = Prefixed::new(file, prefix);
        Ok(Roberta { config, source })
    }

    pub(super) fn config(&self) -> RobertaConfig {
        self.config
    }

    /// The projected embedding of these tokens, `[condition_size]`, not yet of unit norm.
    pub(super) fn project(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let (
            source,
            RobertaConfig {
                hidden,
                condition_size,
                ..
            },
        ) = (&self.source, self.config);
        let mut x = self.embed(ids)?;
        for index in 0..self.config.layers {
            x = Layer::load(source, &layer(index), widths(&self.config))?.forward(&x)?;
        }
        // The pooler reads the mark before the text.
        let first = x.narrow(0, 0, 1)?;
        let pooled = linear(source, "text_branch.pooler.dense", hidden, hidden)?
            .forward(&first)?
            .tanh()?;
        let narrow = linear(source, "text_projection.0", condition_size, hidden)?
            .forward(&pooled)?
            .relu()?;
        let projected =
            linear(source, "text_projection.2", condition_size, condition_size)?.forward(&narrow)?;
        Ok(projected.squeeze(0)?.to_vec1()?)
    }

    /// Sums of word, position and kind, normalised, `[tokens, hidden]`.
    fn embed(&self, ids: &[u32]) -> Result<Tensor, ModelError> {
        let hidden = self.config.hidden;
        let mut embedded = vec![0.0; ids.len() * hidden];
        let mut add = |name: &str, rows: &mut dyn Iterator<Item = usize>| {
            let name = format!("text_branch.embeddings.{name}.weight");
            self.source.add_rows(&name, rows, &mut embedded)
        };
        add("word_embeddings", &mut ids.iter().map(|&id| id as usize))?;
        add("position_embeddings", &mut positions(ids))?;
        add("token_type_embeddings", &mut ids.iter().map(|_| 0))?;
        let embedded = Tensor::from_vec(embedded, (ids.len(), hidden), &Device::Cpu)?;
        let norm = layer_norm(&self.source, "text_branch.embeddings.LayerNorm", hidden, EPSILON)?;
        Ok(norm.forward(&embedded)?)
    }
}

/// Where tokens stand: counted from the position after padding's, at which padding itself stays, wherever it is. A text can
/// name it.
fn positions(ids: &[u32]) -> impl Iterator<Item = usize> {
    let mut last = PADDING as usize;
    ids.iter().map(move |&id| {
        if id == PADDING {
            return PADDING as usize;
        }
        last += 1;
        last
    })
}

fn widths(config: &RobertaConfig) -> Widths {
    Widths {
        hidden: config.hidden,
        heads: config.hidden / HEAD,
        inner: config.inner,
        epsilon: EPSILON,
    }
}

impl Source for Prefixed {
    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor, ModelError> {
        let values = self.floats(name, &[rows, columns])?;
        Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
    }

    fn vector(&self, name: &str, len: usize) -> Result<Tensor, ModelError> {
        Ok(Tensor::from_vec(self.floats(name, &[len])?, len, &Device::Cpu)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_in_a_text_takes_no_position() {
        let given: Vec<usize> = positions(&[0, 40, PADDING, 41, PADDING, PADDING, 2]).collect();
        assert_eq!(given, [2, 3, 1, 4, 1, 1, 5]);
    }
}
