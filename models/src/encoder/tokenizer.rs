//! The uncased WordPiece tokenizer of BERT, built from its vocabulary, and what it shares with others.

use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, NormalizedString, Normalizer, Tokenizer, TruncationParams};

use crate::error::ModelError;

const MARKS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// A text as an encoder reads it.
pub(super) struct Tokens {
    /// Marks included.
    pub(super) ids: Vec<u32>,
    /// Where in the text, in bytes, the last token ends; `None` where nothing of it was left out.
    pub(super) cut: Option<usize>,
}

pub(super) struct WordPieces(Tokenizer);

impl WordPieces {
    /// `vocabulary` holds one token a line, `words` in all; texts are cut at `max_tokens`.
    pub(super) fn new(vocabulary: &str, words: usize, max_tokens: usize) -> Result<WordPieces, ModelError> {
        let vocabulary =
            WordPiece::read_bytes(vocabulary.as_bytes()).map_err(|error| refused(error.to_string()))?;
        if vocabulary.len() != words || vocabulary.values().any(|&id| id as usize >= words) {
            return Err(refused(format!(
                "its vocabulary has {} words, not {words}",
                vocabulary.len()
            )));
        }
        let id = |mark: &str| -> Result<(String, u32), ModelError> {
            let id = vocabulary
                .get(mark)
                .ok_or_else(|| refused(format!("its vocabulary lacks {mark}")))?;
            Ok((mark.to_owned(), *id))
        };
        let marks = BertProcessing::new(id("[SEP]")?, id("[CLS]")?);
        let model = WordPiece::builder()
            .vocab(vocabulary)
            .unk_token("[UNK]".into())
            .build();
        let mut tokenizer = Tokenizer::new(model.map_err(|error| refused(error.to_string()))?);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(true, true, None, true)))
            .map_err(|error| refused(error.to_string()))?
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_post_processor(Some(marks));
        tokenizer
            .add_special_tokens(MARKS.map(|mark| AddedToken::from(mark, true)))
            .map_err(|error| refused(error.to_string()))?;
        cut_at(&mut tokenizer, max_tokens)?;
        Ok(WordPieces(tokenizer))
    }

    pub(super) fn tokenize(&self, text: &str) -> Result<Tokens, ModelError> {
        tokenize(&self.0, text)
    }
}

/// Makes it leave out what comes after `max_tokens`, the last mark excepted.
pub(super) fn cut_at(tokenizer: &mut Tokenizer, max_tokens: usize) -> Result<(), ModelError> {
    let truncation = TruncationParams {
        max_length: max_tokens,
        ..Default::default()
    };
    tokenizer
        .with_truncation(Some(truncation))
        .map(drop)
        .map_err(|error| refused(error.to_string()))
}

pub(super) fn tokenize(tokenizer: &Tokenizer, text: &str) -> Result<Tokens, ModelError> {
    let encoding = tokenizer
        .encode(text, true)
        .map_err(|error| ModelError::Tokenize {
            text: text.into(),
            reason: error.to_string(),
        })?;
    let end = || encoding.get_offsets().iter().map(|&(_, end)| end).max();
    let cut = (!encoding.get_overflowing().is_empty()).then(end).flatten();
    Ok(Tokens {
        ids: encoding.get_ids().to_vec(),
        cut,
    })
}

/// Whether a text has nothing but spaces and what cannot be seen.
pub(super) fn is_blank(text: &str) -> bool {
    let mut text = NormalizedString::from(text);
    let visible = BertNormalizer::new(true, false, Some(false), false).normalize(&mut text);
    visible.is_ok() && text.get().trim().is_empty()
}

fn refused(reason: String) -> ModelError {
    ModelError::Weights { reason }
}
