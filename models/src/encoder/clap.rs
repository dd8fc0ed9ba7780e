//! LAION-CLAP's text tower, which AudioSep's queries come from (music_speech_audioset_epoch_15_esc_89.98).

use std::path::Path;
use std::sync::Arc;

use super::byte_pairs::BytePairs;
use super::clap_audio::CLAP_AUDIO;
use super::description::{Encoder, EncoderWeights, Tower};
use super::roberta::Roberta;
use super::roberta_config::RobertaConfig;
use super::tokenizer::is_blank;
use super::unit::unit;
use super::vectors::Vectors;
use crate::error::ModelError;
use crate::part::{Misfit, Part, Shapes};
use crate::place::Place;
use crate::separator::{Condition, EncoderKind, QueryEncoder};
use crate::tensor_file::TensorFile;

/// CLAP's text tower, in files.
static TOWER: Part = Part {
    title: "a text tower",
    stored: "text.",
    modules: &[],
    // In AudioSep's module, wrapped likewise, in LAION's checkpoints, or by itself: beside the audio tower.
    wrappers: &[
        "query_encoder.model.",
        "module.query_encoder.model.",
        "model.query_encoder.model.",
        "module.",
        "model.",
        "",
    ],
    roots: &["text_branch.", "text_projection."],
    unused_roots: &[],
    // Indices that are their own positions, and a table of zeros.
    unused_ends: &[".position_ids", ".token_type_ids"],
    example: "text_branch.embeddings.word_embeddings.weight",
    remedy: "LAION-CLAP's checkpoint (music_speech_audioset_epoch_15_esc_89.98.pt)",
};

/// RoBERTa's tokenizer: the bytes of its `tokenizer.json`.
static TOKENIZER: Part = Part {
    title: "a tokenizer",
    stored: "tokenizer",
    modules: &[],
    wrappers: &[],
    roots: &[],
    unused_roots: &[],
    unused_ends: &[],
    example: "",
    remedy: "the tokenizer.json of roberta-base",
};

/// LAION-CLAP's text tower, in a model's own file.
pub static CLAP: Encoder = Encoder {
    kind: EncoderKind::Clap,
    name: "clap",
    models: "AudioSep",
    beside: Some("resunet-film"),
    weights: EncoderWeights::File {
        tower: &TOWER,
        tokenizer: &TOKENIZER,
        recognize,
        accepts: |tokenizer, tower| BytePairs::from_json(tokenizer, tower.tokens, tower.max_tokens).map(drop),
    },
    vectors: Vectors::Unit,
    open: |place| match place {
        Place::File(path) => Ok(Arc::new(ClapEncoder::open(path)?)),
        Place::Bundled | Place::Procedural => Err(ModelError::Weights {
            reason: "a model that is there to be timed has no text encoder".into(),
        }),
    },
    audio: Some(&CLAP_AUDIO),
    image: None,
};

fn recognize(shapes: &Shapes) -> Result<Tower, Misfit> {
    let config = RobertaConfig::of(shapes)?;
    Ok(Tower {
        tensors: config.required(),
        condition_size: config.condition_size,
        tokens: config.words,
        max_tokens: max_tokens(&config),
    })
}

/// RoBERTa-base of twelve layers, its pooled first token, projected to 512 values and scaled to unit norm.
pub struct ClapEncoder {
    words: BytePairs,
    roberta: Roberta,
}

impl ClapEncoder {
    /// Tokens that are read, the first and last being marks, where the model has positions for so many; the published
    /// code cuts there.
    pub const MAX_TOKENS: usize = 512;

    /// Opens an imported model's file; see [`crate::imported`]. The weights stay there: 16-bit ones take the memory of
    /// one layer in 32 bits while a query is encoded, 30 MB, and none of it afterwards.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path) -> Result<ClapEncoder, ModelError> {
        let file = TensorFile::open(path)?;
        let tokenizer = file.bytes(TOKENIZER.stored)?;
        let roberta = Roberta::new(file, TOWER.stored)?;
        let words = BytePairs::from_json(&tokenizer, roberta.config().words, max_tokens(&roberta.config()));
        let words = words.map_err(|reason| ModelError::Weights {
            reason: format!("its tokenizer {reason}"),
        })?;
        Ok(ClapEncoder { words, roberta })
    }

    /// The token ids of a text, its first and last mark included.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses it.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.words.tokenize(text)?.ids)
    }
}

fn max_tokens(config: &RobertaConfig) -> usize {
    config.max_tokens().min(ClapEncoder::MAX_TOKENS)
}

impl QueryEncoder for ClapEncoder {
    fn kind(&self) -> EncoderKind {
        EncoderKind::Clap
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        // To this tokenizer, unlike to BERT's, spaces and invisible characters are tokens.
        if is_blank(text) {
            return Err(ModelError::EmptyQuery);
        }
        let values = self.roberta.project(&self.words.tokenize(text)?.ids)?;
        Ok(Condition {
            encoder: self.kind(),
            values: unit(values)?.into(),
        })
    }

    fn cut<'text>(&self, text: &'text str) -> Result<Option<&'text str>, ModelError> {
        let cut = self.words.tokenize(text)?.cut;
        Ok(cut.and_then(|end| text.get(..end)))
    }
}
