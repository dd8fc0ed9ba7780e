//! The uncased WordPiece tokenizer of BERT, built from its vocabulary.

use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, Tokenizer, TruncationParams};

use crate::error::ModelError;

const MARKS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

pub(super) struct WordPieces(Tokenizer);

impl WordPieces {
    /// `vocabulary` holds one token a line, `words` in all; texts are cut at `max_tokens`.
    pub(super) fn new(vocabulary: &str, words: usize, max_tokens: usize) -> Result<WordPieces, ModelError> {
        let refused = |reason: String| ModelError::Weights { reason };
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
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                ..Default::default()
            }))
            .map_err(|error| refused(error.to_string()))?;
        Ok(WordPieces(tokenizer))
    }

    pub(super) fn tokenize(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.0.encode(text, true);
        let encoding = encoding.map_err(|error| ModelError::Tokenize {
            text: text.into(),
            reason: error.to_string(),
        })?;
        Ok(encoding.get_ids().to_vec())
    }
}
