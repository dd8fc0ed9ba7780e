//! The shape of RoBERTa with CLAP's projection, and of its tensors.

use crate::part::{Misfit, Required, Shapes, size};

/// The id of padding. Positions are counted from the one after it, and padding itself stands at its own.
pub(super) const PADDING: u32 = 1;
/// Values that each head of attention reads, in every published size.
pub(super) const HEAD: usize = 64;
/// Tokens of every text: the mark before and the mark after it.
const MARKS: usize = 2;
/// Most layers that are believed.
const MOST_LAYERS: usize = 64;
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

    /// The tower that tensors of these shapes are, by CLAP's own names. Which tensors it reads,
    /// [`RobertaConfig::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<RobertaConfig, Misfit> {
        let table = |name: &str| format!("text_branch.embeddings.{name}_embeddings.weight");
        let (word, position) = (table("word"), table("position"));
        let (words, hidden) = (size(shapes, &word, 2, 0)?, size(shapes, &word, 2, 1)?);
        if !hidden.is_multiple_of(HEAD) {
            return Err(Misfit::Shape(
                word,
                format!("a table of a multiple of {HEAD} columns"),
            ));
        }
        let config = RobertaConfig {
            words,
            positions: size(shapes, &position, 2, 0)?,
            layers: layers(shapes),
            hidden,
            inner: size(shapes, &format!("{}.intermediate.dense.weight", layer(0)), 2, 0)?,
            condition_size: size(shapes, "text_projection.2.weight", 2, 0)?,
        };
        if config.max_tokens() <= MARKS {
            let expected = format!("a table of more than {} rows", config.positions);
            return Err(Misfit::Shape(position, expected));
        }
        match config.missing_layer() {
            Some(missing) => Err(Misfit::Missing(format!(
                "{}.attention.self.query.weight",
                layer(missing)
            ))),
            None => Ok(config),
        }
    }

    /// [`RobertaConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
}

/// What the names of a layer's tensors begin with.
pub(super) fn layer(index: usize) -> String {
    format!("{LAYER}{index}")
}

/// The number of layers that there is any tensor of: what lacks a part must not pass for a shorter network.
fn layers(shapes: &Shapes) -> usize {
    let numbers = shapes.keys().filter_map(|name| {
        let rest = name.strip_prefix(LAYER)?;
        rest.split_once('.')?.0.parse::<usize>().ok()
    });
    numbers
        .filter(|&index| index < MOST_LAYERS)
        .map(|index| index + 1)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
