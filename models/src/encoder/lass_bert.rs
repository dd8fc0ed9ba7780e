//! LASS-Net's text encoder (liuxubo717/LASS at 8979776, `model/text_encoder.py`): BERT-mini, trained along with the
//! separator and so part of its checkpoint.

use std::path::Path;
use std::sync::Arc;

use candle_nn::Module;

use super::bert::Bert;
use super::description::{Encoder, EncoderWeights, Tower};
use super::lass_config::LassBertConfig;
use super::layer::{Dense, linear};
use super::tokenizer::WordPieces;
use super::vectors::Vectors;
use crate::embedded;
use crate::error::ModelError;
use crate::part::Part;
use crate::place::Place;
use crate::separator::{Condition, EncoderKind, QueryEncoder};
use crate::tensor_file::{Prefixed, TensorFile};

/// LASS-Net's text encoder, in files.
static TOWER: Part = Part {
    title: "a text encoder",
    stored: "bert.",
    // The published checkpoint is of a network that was spread over several cards.
    modules: &["module.text_embedder.", "text_embedder."],
    wrappers: &[],
    roots: &["bert_layer.", "linear_layer."],
    unused_roots: &[],
    // Indices that are their own positions, and a table of zeros.
    unused_ends: &[".position_ids", ".token_type_ids"],
    example: "module.text_embedder.bert_layer.embeddings.word_embeddings.weight",
    remedy: "LASS-Net's checkpoint (LASSNet.pt)",
};

/// LASS-Net's text encoder, in a model's own file.
pub static LASS_BERT: Encoder = Encoder {
    kind: EncoderKind::LassBert,
    name: "lass-bert",
    models: "LASS-Net",
    beside: Some("lass"),
    weights: EncoderWeights::FileWithoutTokenizer {
        tower: &TOWER,
        recognize: |shapes| {
            let config = LassBertConfig::of(shapes)?;
            Ok(Tower {
                tensors: config.required(),
                condition_size: config.condition_size,
                tokens: config.bert().words,
                max_tokens: config.positions,
            })
        },
    },
    vectors: Vectors::Positive,
    open: |place| match place {
        Place::File(path) => Ok(Arc::new(LassBertEncoder::open(path)?)),
        Place::Bundled | Place::Procedural => Err(ModelError::Weights {
            reason: "a model that is there to be timed has no text encoder".into(),
        }),
    },
    audio: None,
    image: None,
};

/// BERT-mini of four layers, the mark before the text, one dense layer and a ReLU: 256 values of 0 and more.
pub struct LassBertEncoder {
    words: WordPieces,
    bert: Bert,
    dense: Dense,
}

impl LassBertEncoder {
    /// Opens an imported model's file; see [`crate::imported`]. The weights become 32-bit floats in memory, 45 MB of the
    /// published ones.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path) -> Result<LassBertEncoder, ModelError> {
        let file = TensorFile::open(path)?;
        let config = file.recognize(TOWER.stored, LassBertConfig::of)?;
        file.check(TOWER.stored, &config.required())?;
        let (source, shape) = (Prefixed::new(file, TOWER.stored), config.bert());
        // The mark after a text, which this tokenizer adds and the network does not read, takes no position.
        let words = WordPieces::new(embedded::MINILM_VOCABULARY, shape.words, shape.positions + 1)?;
        Ok(LassBertEncoder {
            words,
            bert: Bert::load(&source, "bert_layer.", &shape)?,
            dense: linear(&source, "linear_layer.0", config.condition_size, config.hidden)?,
        })
    }

    /// The token ids of a text, the mark before it included. The published code asks for no marks and writes that one
    /// before the text: there is none after it.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses it.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let mut ids = self.words.tokenize(text)?.ids;
        ids.pop();
        Ok(ids)
    }
}

impl QueryEncoder for LassBertEncoder {
    fn kind(&self) -> EncoderKind {
        EncoderKind::LassBert
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        let ids = self.tokenize(text)?;
        if ids.len() < 2 {
            return Err(ModelError::EmptyQuery);
        }
        let first = self.bert.tokens(&ids)?.narrow(0, 0, 1)?;
        let mut values: Vec<f32> = self.dense.forward(&first)?.squeeze(0)?.to_vec1()?;
        if values.iter().any(|value| !value.is_finite()) {
            let reason = "its encoder computes numbers without bounds".into();
            return Err(ModelError::Weights { reason });
        }
        values.iter_mut().for_each(|value| *value = value.max(0.0));
        Ok(Condition {
            encoder: self.kind(),
            values: values.into(),
        })
    }

    fn cut<'text>(&self, text: &'text str) -> Result<Option<&'text str>, ModelError> {
        let cut = self.words.tokenize(text)?.cut;
        Ok(cut.and_then(|end| text.get(..end)))
    }
}
