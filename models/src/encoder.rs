//! Encoders: a query, in words or as an example of a sound, becomes the vector that a separator was trained with.

mod audioset;
mod bert;
mod byte_pairs;
mod clap;
mod clap_audio;
mod clip;
mod cnn14;
mod cnn14_audio;
mod dense;
mod description;
mod example;
mod excerpts;
mod htsat;
mod lass_bert;
mod lass_config;
mod layer;
mod matrix;
mod mel;
mod roberta;
mod roberta_config;
mod segments;
mod sounds_alone;
mod tokenizer;
mod unit;
mod vectors;

pub(crate) use audioset::CLASSES as AUDIOSET_CLASSES;
pub use audioset::{AudiosetWords, Classes, Taken};
pub use byte_pairs::tokenizer_json;
pub use clap::{CLAP, ClapEncoder};
pub use clap_audio::ClapAudioEncoder;
pub use clip::{
    CLIP, CLIPSEP, ClipEncoder, ClipImageConfig, ClipImageEncoder, ClipLayout, ClipTextConfig, Picture,
};
pub use cnn14::Cnn14Config;
pub(crate) use cnn14_audio::TAGS;
pub use cnn14_audio::{Cnn14Encoder, Gives};
pub use description::{
    AudioShape, AudioTower, Encoder, EncoderWeights, ImageTower, SideShape, SideTower, Tower,
};
pub use htsat::HtsatConfig;
pub use lass_bert::{LASS_BERT, LassBertEncoder};
pub use lass_config::LassBertConfig;
pub use roberta_config::RobertaConfig;
pub use sounds_alone::CNN14;
pub(crate) use sounds_alone::CNN14_SIZE;
pub use vectors::Vectors;

use bert::{Bert, BertShape};
pub(crate) use example::example;
use tokenizer::WordPieces;
pub(crate) use unit::unit;

use crate::error::ModelError;
use crate::separator::{Condition, EncoderKind, QueryEncoder};
use crate::weights::Weights;

/// Tokens of a text without words: the mark before and the mark after it.
const MARKS: usize = 2;

/// all-MiniLM-L6-v2 of sentence-transformers: a BERT of six layers, the mean over its tokens, scaled to unit norm.
pub struct MiniLm {
    words: WordPieces,
    bert: Bert,
}

impl MiniLm {
    /// Values of a condition.
    pub const CONDITION_SIZE: usize = BertShape::MINILM.widths.hidden;

    /// Tokens that are read, the first and last being marks; the model was trained to be cut there.
    pub const MAX_TOKENS: usize = 256;

    /// Reads the weights by their Hugging Face names, in 32 bits or as `training/quantize_minilm.py` writes them, and
    /// the vocabulary, one token a line.
    ///
    /// Matrices in 8 bits become 32-bit floats here, once, but the 30,522 word vectors stay in 8 bits: 55 MB in all.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or of another shape, or the vocabulary is not of its length.
    pub fn from_safetensors(weights: &[u8], vocabulary: &str) -> Result<MiniLm, ModelError> {
        let shape = BertShape::MINILM;
        let bert = Bert::load(&Weights::new(weights)?, "", &shape)?;
        let words = WordPieces::new(vocabulary, shape.words, Self::MAX_TOKENS)?;
        Ok(MiniLm { words, bert })
    }

    /// The token ids of a text, its first and last mark included.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses it.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.words.tokenize(text)?.ids)
    }
}

impl QueryEncoder for MiniLm {
    fn kind(&self) -> EncoderKind {
        EncoderKind::MiniLm
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        let ids = self.tokenize(text)?;
        if ids.len() <= MARKS {
            return Err(ModelError::EmptyQuery);
        }
        let values = self.bert.tokens(&ids)?.mean(0)?.to_vec1()?;
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
