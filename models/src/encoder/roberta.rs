//! RoBERTa (Hugging Face `transformers`, `models/roberta/modeling_roberta.py`) with its pooler and CLAP's projection
//! (LAION-CLAP, `open_clip/model.py`, `CLAP.encode_text`), for one text at a time.
//!
//! The weights stay on disk: of the embeddings only the rows of the text are read, and every layer is read when its turn
//! comes and dropped after it, so that encoding takes the memory of one layer and not of the network.

use candle_core::{Device, Tensor};
use candle_nn::Module;

use super::layer::{Layer, Source, Widths, layer_norm, linear};
use crate::error::ModelError;
use crate::tensor_file::TensorFile;

/// The id of padding. Positions are counted from the one after it, and padding itself stands at its own.
pub(super) const PADDING: u32 = 1;

/// Values that each head of attention reads, in every published size.
const HEAD: usize = 64;
const EPSILON: f64 = 1e-5;
/// Tokens of every text: the mark before and the mark after it.
const MARKS: usize = 2;
const LAYER: &str = "text_branch.encoder.layer.";

/// The shape of CLAP's text tower; the published one is [`RobertaConfig::clap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RobertaConfig {
    /// Tokens of the vocabulary.
    pub words: usize,
    /// Positions, the first two of which no token of a text has.
    pub positions: usize,
    /// Layers.
    pub layers: usize,
    /// Values of a token; a multiple of 64, each 64 of which are a head of attention.
    pub hidden: usize,
    /// Values between the two dense layers of a layer.
    pub inner: usize,
    /// Values of a condition.
    pub condition_size: usize,
}

impl RobertaConfig {
    /// RoBERTa-base with a projection to 512 values.
    pub fn clap() -> RobertaConfig {
        RobertaConfig {
            words: 50_265,
            positions: 514,
            layers: 12,
            hidden: 768,
            inner: 3072,
            condition_size: 512,
        }
    }

    /// Tokens that fit, the marks before and after the text among them.
    pub fn max_tokens(&self) -> usize {
        self.positions.saturating_sub(PADDING as usize + 1)
    }

    /// The first layer that is missing, counted from 0, where the width is that of a published tower: without its last
    /// layers it would pass for a smaller one.
    pub fn missing_layer(&self) -> Option<usize> {
        let published = RobertaConfig::clap();
        (self.hidden == published.hidden && self.layers < published.layers).then_some(self.layers)
    }

    /// Name and shape of every tensor that is read, by CLAP's own names.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let RobertaConfig { hidden, inner, .. } = *self;
        let mut tensors = Vec::new();
        let mut table = |name: &str, rows| {
            tensors.push((
                format!("text_branch.embeddings.{name}.weight"),
                vec![rows, hidden],
            ));
        };
        table("word_embeddings", self.words);
        table("position_embeddings", self.positions);
        table("token_type_embeddings", 1);
        let mut pair = |name: &str, shape: &[usize]| {
            tensors.push((format!("{name}.weight"), shape.to_vec()));
            tensors.push((format!("{name}.bias"), vec![shape[0]]));
        };
        pair("text_branch.embeddings.LayerNorm", &[hidden]);
        for index in 0..self.layers {
            let mut pair = |name: &str, shape: &[usize]| pair(&format!("{}.{name}", layer(index)), shape);
            for part in ["query", "key", "value"] {
                pair(&format!("attention.self.{part}"), &[hidden, hidden]);
            }
            pair("attention.output.dense", &[hidden, hidden]);
            pair("attention.output.LayerNorm", &[hidden]);
            pair("intermediate.dense", &[inner, hidden]);
            pair("output.dense", &[hidden, inner]);
            pair("output.LayerNorm", &[hidden]);
        }
        pair("text_branch.pooler.dense", &[hidden, hidden]);
        pair("text_projection.0", &[self.condition_size, hidden]);
        pair("text_projection.2", &[self.condition_size, self.condition_size]);
        tensors
    }

    /// The shape of the tower in a file, its names after `prefix`, with all its tensors checked.
    pub(crate) fn of(file: &TensorFile, prefix: &str) -> Result<RobertaConfig, ModelError> {
        let table = |name: &str| {
            let name = format!("{prefix}{name}.weight");
            match file.shape(&name)? {
                &[rows, columns] => Ok((rows, columns)),
                other => Err(file.refused(format!(
                    "holds the tensor {name} of shape {other:?}, which is no table"
                ))),
            }
        };
        let (words, hidden) = table("text_branch.embeddings.word_embeddings")?;
        let (positions, _) = table("text_branch.embeddings.position_embeddings")?;
        let (inner, _) = table(&format!("{}.intermediate.dense", layer(0)))?;
        let (condition_size, _) = table("text_projection.2")?;
        let config = RobertaConfig {
            words,
            positions,
            layers: layers(file, prefix)?,
            hidden,
            inner,
            condition_size,
        };
        let least = inner
            .min(condition_size)
            .min(config.max_tokens().saturating_sub(MARKS));
        if words == 0 || least == 0 {
            return Err(file.refused("has a text encoder that has no room for a word".into()));
        }
        if hidden == 0 || !hidden.is_multiple_of(HEAD) {
            let reason = format!(
                "has a text encoder of {hidden} values a token, where a multiple of {HEAD} is needed"
            );
            return Err(file.refused(reason));
        }
        if let Some(missing) = config.missing_layer() {
            let reason = format!(
                "has a text encoder of {missing} layers, where CLAP's has {}: the last ones are missing",
                RobertaConfig::clap().layers
            );
            return Err(file.refused(reason));
        }
        file.check(prefix, &config.required_tensors())?;
        Ok(config)
    }

    fn widths(&self) -> Widths {
        Widths {
            hidden: self.hidden,
            heads: self.hidden / HEAD,
            inner: self.inner,
            epsilon: EPSILON,
        }
    }
}

fn layer(index: usize) -> String {
    format!("{LAYER}{index}")
}

/// The number of layers that a file has any tensor of: one that lacks a part must not pass for a shorter network.
fn layers(file: &TensorFile, prefix: &str) -> Result<usize, ModelError> {
    let index = |name: &str| -> Option<usize> {
        let name = name.strip_prefix(prefix)?.strip_prefix(LAYER)?;
        name.split_once('.')?.0.parse().ok()
    };
    let names = file.names();
    match names.iter().filter_map(|name| index(name)).max() {
        Some(last) if last < names.len() => Ok(last + 1),
        _ => Err(file.refused("lacks layers of its text encoder".into())),
    }
}

pub(super) struct Roberta {
    config: RobertaConfig,
    source: Prefixed,
}

impl Roberta {
    /// The tower in `file`, its names after `prefix`.
    pub(super) fn new(file: TensorFile, prefix: &'static str) -> Result<Roberta, ModelError> {
        let config = RobertaConfig::of(&file, prefix)?;
        let source = Prefixed { file, prefix };
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
            x = Layer::load(source, &layer(index), self.config.widths())?.forward(&x)?;
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
        let Prefixed { file, prefix } = &self.source;
        let hidden = self.config.hidden;
        let mut embedded = vec![0.0; ids.len() * hidden];
        let mut add = |name: &str, rows: &mut dyn Iterator<Item = usize>| {
            let name = format!("{prefix}text_branch.embeddings.{name}.weight");
            file.add_rows(&name, rows, &mut embedded)
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

/// The part of a file whose names begin with `prefix`.
struct Prefixed {
    file: TensorFile,
    prefix: &'static str,
}

impl Source for Prefixed {
    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Tensor, ModelError> {
        let values = self
            .file
            .floats(&format!("{}{name}", self.prefix), &[rows, columns])?;
        Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
    }

    fn vector(&self, name: &str, len: usize) -> Result<Tensor, ModelError> {
        let values = self.file.floats(&format!("{}{name}", self.prefix), &[len])?;
        Ok(Tensor::from_vec(values, len, &Device::Cpu)?)
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

    #[test]
    fn the_published_tower_is_roberta_base_with_its_projection() {
        let config = RobertaConfig::clap();
        let values: usize = config
            .required_tensors()
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        // RoBERTa-base with its pooler, and the two matrices of the projection.
        assert_eq!(values, 124_645_632 + 769 * 512 + 513 * 512);
        assert_eq!(config.max_tokens(), 512);
    }
}
