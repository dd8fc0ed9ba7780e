//! The shape of LASS-Net's text encoder, and of its tensors.

use super::bert::BertShape;
use super::layer::Widths;
use crate::part::{Misfit, Required, Shapes, size};

/// Values that each head of attention reads, in every published size of BERT.
const HEAD: usize = 64;
/// Most layers that are believed.
const MOST_LAYERS: usize = 64;
const LAYER: &str = "bert_layer.encoder.layer.";
const WORDS: &str = "bert_layer.embeddings.word_embeddings.weight";
const POSITIONS: &str = "bert_layer.embeddings.position_embeddings.weight";
/// The fewest positions: one for the mark before a text, and one for a word.
const FEWEST_POSITIONS: usize = 2;

/// The shape of LASS-Net's text encoder, a BERT and one dense layer; the published one is [`LassBertConfig::published`]. Its
/// vocabulary is BERT's, of 30,522 tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LassBertConfig {
    /// Tokens of a text, at most.
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

impl LassBertConfig {
    /// BERT-mini (`prajjwal1/bert-mini`) with a dense layer of 256 values.
    pub fn published() -> LassBertConfig {
        LassBertConfig {
            positions: 512,
            layers: 4,
            hidden: 256,
            inner: 1024,
            condition_size: 256,
        }
    }

    pub(super) fn bert(&self) -> BertShape {
        BertShape {
            words: BertShape::MINILM.words,
            positions: self.positions,
            layers: self.layers,
            widths: Widths {
                hidden: self.hidden,
                heads: self.hidden / HEAD,
                inner: self.inner,
                epsilon: BertShape::EPSILON,
            },
        }
    }

    /// Name and shape of every tensor that is read, by the names of LASS-Net's `text_embedder`.
    pub fn required_tensors(&self) -> Vec<(String, Vec<usize>)> {
        let LassBertConfig { hidden, inner, .. } = *self;
        let mut tensors = vec![
            (WORDS.into(), vec![self.bert().words, hidden]),
            (POSITIONS.into(), vec![self.positions, hidden]),
            (
                "bert_layer.embeddings.token_type_embeddings.weight".into(),
                vec![BertShape::KINDS, hidden],
            ),
        ];
        let mut pair = |name: &str, shape: &[usize]| {
            tensors.push((format!("{name}.weight"), shape.to_vec()));
            tensors.push((format!("{name}.bias"), vec![shape[0]]));
        };
        pair("bert_layer.embeddings.LayerNorm", &[hidden]);
        for index in 0..self.layers {
            let mut pair = |name: &str, shape: &[usize]| pair(&format!("{LAYER}{index}.{name}"), shape);
            for part in ["query", "key", "value"] {
                pair(&format!("attention.self.{part}"), &[hidden, hidden]);
            }
            pair("attention.output.dense", &[hidden, hidden]);
            pair("attention.output.LayerNorm", &[hidden]);
            pair("intermediate.dense", &[inner, hidden]);
            pair("output.dense", &[hidden, inner]);
            pair("output.LayerNorm", &[hidden]);
        }
        pair("linear_layer.0", &[self.condition_size, hidden]);
        tensors
    }

    /// The tower that tensors of these shapes are. Which tensors it reads, [`LassBertConfig::required_tensors`] says.
    ///
    /// # Errors
    /// The [`Misfit`].
    pub fn of(shapes: &Shapes) -> Result<LassBertConfig, Misfit> {
        let (words, hidden) = (size(shapes, WORDS, 2, 0)?, size(shapes, WORDS, 2, 1)?);
        let known = BertShape::MINILM.words;
        if words != known || !hidden.is_multiple_of(HEAD) {
            let expected = format!("a table of {known} rows and a multiple of {HEAD} columns");
            return Err(Misfit::Shape(WORDS.into(), expected));
        }
        let config = LassBertConfig {
            positions: size(shapes, POSITIONS, 2, 0)?,
            layers: layers(shapes),
            hidden,
            inner: size(shapes, &format!("{LAYER}0.intermediate.dense.weight"), 2, 0)?,
            condition_size: size(shapes, "linear_layer.0.weight", 2, 0)?,
        };
        if config.positions < FEWEST_POSITIONS {
            let expected = format!("a table of at least {FEWEST_POSITIONS} rows");
            return Err(Misfit::Shape(POSITIONS.into(), expected));
        }
        // Without its last layers the published tower would pass for a smaller one.
        let published = LassBertConfig::published();
        if hidden == published.hidden && config.layers < published.layers {
            let missing = format!("{LAYER}{}.attention.self.query.weight", config.layers);
            return Err(Misfit::Missing(missing));
        }
        Ok(config)
    }

    /// [`LassBertConfig::required_tensors`], as parts are described.
    pub(super) fn required(&self) -> Vec<Required> {
        self.required_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }
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
    fn the_published_tower_is_bert_mini_with_one_dense_layer() {
        let config = LassBertConfig::published();
        let tensors = config.required_tensors();
        let values: usize = tensors
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        // BERT-mini's 11,170,560 less its pooler, which has as many values as the dense layer in its place.
        assert_eq!(values, 11_170_560);
        let shapes: Shapes = tensors.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        assert_eq!(LassBertConfig::of(&shapes), Ok(config));
    }
}
