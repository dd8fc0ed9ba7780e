//! CLIP's tokenizer (`clip/simple_tokenizer.py`): byte-level BPE of words in lower case, built from its vocabulary and its merges.
//!
//! The published code repairs broken encodings (`ftfy`) and HTML's entities first; here a text is read as it is written.

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::{Lowercase, NFC, Replace, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

use super::super::byte_pairs::{check_merges, read};
use super::super::tokenizer::{Tokens, cut_at, tokenize};
use crate::error::ModelError;

/// The marks before and after a text: the last two of the vocabulary.
pub(in crate::encoder) const MARKS: [&str; 2] = ["<|startoftext|>", "<|endoftext|>"];
/// What the last symbol of a word ends with.
const END_OF_WORD: &str = "</w>";
/// What a text is cut into before it is read.
const WORDS: &str =
    r"(?i)<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

pub(in crate::encoder) struct ClipWords(Tokenizer);

impl ClipWords {
    /// `json` is a `tokenizer.json`, whose vocabulary has `words` tokens; texts are cut at `max_tokens`.
    ///
    /// # Errors
    /// Why it cannot be used; the reason goes on after "it".
    pub(super) fn from_json(json: &[u8], words: usize, max_tokens: usize) -> Result<ClipWords, String> {
        let (vocab, merges) = read(json, words)?;
        let mut tokenizer = build(vocab, merges)?;
        cut_at(&mut tokenizer, max_tokens).map_err(ModelError::reason)?;
        Ok(ClipWords(tokenizer))
    }

    pub(super) fn tokenize(&self, text: &str) -> Result<Tokens, ModelError> {
        tokenize(&self.0, text)
    }
}

/// The tokenizer, or why there is none; the reason goes on after "it".
pub(in crate::encoder) fn build(
    vocabulary: Vocab,
    merges: Vec<(String, String)>,
) -> Result<Tokenizer, String> {
    let words = vocabulary.len() as u32;
    let first = words.saturating_sub(MARKS.len() as u32);
    for (mark, id) in MARKS.into_iter().zip(first..) {
        if vocabulary.get(mark) != Some(&id) {
            return Err(format!("has no token {mark} of number {id}, as CLIP's has"));
        }
    }
    check_merges(&vocabulary, &merges)?;
    let reason = |error: tokenizers::Error| error.to_string();
    // Texts are short and seldom: nothing is kept of them.
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .end_of_word_suffix(END_OF_WORD.into())
        .cache_capacity(0);
    let mut tokenizer = Tokenizer::new(model.build().map_err(reason)?);
    let regex = |text: &str| SplitPattern::Regex(text.into());
    let words = Split::new(regex(WORDS), SplitDelimiterBehavior::Removed, true).map_err(reason)?;
    let spaces = Replace::new(
        tokenizers::normalizers::replace::ReplacePattern::Regex(r"\s+".into()),
        " ",
    );
    let normalizer = Normalizers::new(vec![NFC.into(), spaces.map_err(reason)?.into(), Lowercase.into()]);
    let bytes = ByteLevel::new(false, true, false);
    let [start, end] = MARKS.map(str::to_owned);
    let marks = RobertaProcessing::new((end, first + 1), (start, first));
    tokenizer
        .with_normalizer(Some(normalizer))
        .map_err(reason)?
        .with_pre_tokenizer(Some(Sequence::new(vec![words.into(), bytes.into()])))
        .with_post_processor(Some(marks.add_prefix_space(false).trim_offsets(false)));
    tokenizer
        .add_special_tokens(MARKS.map(|mark| AddedToken::from(mark, true)))
        .map_err(reason)?;
    Ok(tokenizer)
}
