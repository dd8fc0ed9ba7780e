//! The byte-level BPE tokenizer of RoBERTa (and GPT-2), built from its vocabulary and its merges.

use serde::Deserialize;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Tokenizer};

use super::clip::words;
use super::roberta_config::PADDING;
use super::tokenizer::{Tokens, cut_at, tokenize};
use crate::error::ModelError;

/// Marks that the encoder relies on, and the ids that it was trained with.
const MARKS: [(&str, u32); 3] = [("<s>", 0), ("<pad>", PADDING), ("</s>", 2)];

pub(super) struct BytePairs(Tokenizer);

impl BytePairs {
    /// `json` is a `tokenizer.json`, whose vocabulary has `words` tokens; texts are cut at `max_tokens`.
    ///
    /// # Errors
    /// Why it cannot be used; the reason goes on after "it".
    pub(super) fn from_json(json: &[u8], words: usize, max_tokens: usize) -> Result<BytePairs, String> {
        let (vocab, merges) = read(json, words)?;
        let mut tokenizer = build(vocab, merges)?;
        cut_at(&mut tokenizer, max_tokens).map_err(ModelError::reason)?;
        Ok(BytePairs(tokenizer))
    }

    pub(super) fn tokenize(&self, text: &str) -> Result<Tokens, ModelError> {
        tokenize(&self.0, text)
    }
}

/// Vocabulary and merges of a `tokenizer.json`, whose vocabulary has `words` tokens.
///
/// # Errors
/// Why they cannot be used; the reason goes on after "it".
pub(super) fn read(json: &[u8], words: usize) -> Result<(Vocab, Vec<(String, String)>), String> {
    let file: File =
        serde_json::from_slice(json).map_err(|error| format!("is no byte-level BPE ({error})"))?;
    let Model {
        r#type,
        vocab,
        merges,
    } = file.model;
    if let Some(kind) = r#type.filter(|kind| kind != "BPE") {
        return Err(format!("splits by {kind} where BPE is needed"));
    }
    if vocab.len() != words || vocab.values().any(|&id| id as usize >= words) {
        return Err(format!("has {} tokens, not {words}", vocab.len()));
    }
    let merges = merges.into_iter().map(Merge::pair).collect::<Result<_, _>>()?;
    Ok((vocab, merges))
}

/// The `tokenizer.json` of a `vocab.json` and a `merges.txt`, the older form in which RoBERTa's and CLIP's tokenizers are found.
///
/// # Errors
/// Why they are no such files, or do not belong together; the reason goes on after "it".
pub fn tokenizer_json(vocabulary: &[u8], merges: &str) -> Result<Vec<u8>, String> {
    let vocabulary: Vocab = serde_json::from_slice(vocabulary)
        .map_err(|error| format!("has a vocabulary that is none ({error})"))?;
    let lines = merges
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("#version"));
    let merges = lines
        .map(|line| Merge::Line(line.into()).pair())
        .collect::<Result<_, _>>()?;
    let is_clips = words::MARKS.iter().all(|&mark| vocabulary.contains_key(mark));
    let made = match is_clips {
        true => words::build(vocabulary, merges)?,
        false => build(vocabulary, merges)?,
    };
    let json = made.to_string(false);
    Ok(json.map_err(|error| error.to_string())?.into_bytes())
}

/// As much of a `tokenizer.json` as is its own: all else is RoBERTa's.
#[derive(Deserialize)]
struct File {
    model: Model,
}

#[derive(Deserialize)]
struct Model {
    r#type: Option<String>,
    vocab: Vocab,
    merges: Vec<Merge>,
}

/// Two tokens that become one, as newer and as older files write them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

impl Merge {
    fn pair(self) -> Result<(String, String), String> {
        match self {
            Merge::Pair(first, second) => Ok((first, second)),
            Merge::Line(line) => line
                .split_once(' ')
                .map(|(first, second)| (first.into(), second.into()))
                .ok_or_else(|| format!("has a merge of other than two parts, \"{line}\"")),
        }
    }
}

/// Whether merges lead from tokens to tokens: the library panics at some that lead nowhere.
///
/// # Errors
/// Which one does not; the reason goes on after "it".
pub(super) fn check_merges(vocabulary: &Vocab, merges: &[(String, String)]) -> Result<(), String> {
    for (first, second) in merges {
        let known = |token: &str| vocabulary.contains_key(token);
        if !(known(first) && known(second) && known(&format!("{first}{second}"))) {
            return Err(format!(
                "merges \"{first}\" and \"{second}\", which its vocabulary lacks"
            ));
        }
    }
    Ok(())
}

/// The tokenizer, or why there is none; the reason goes on after "it".
fn build(vocabulary: Vocab, merges: Vec<(String, String)>) -> Result<Tokenizer, String> {
    for (mark, id) in MARKS {
        if vocabulary.get(mark) != Some(&id) {
            return Err(format!("has no token {mark} of number {id}, as RoBERTa's has"));
        }
    }
    check_merges(&vocabulary, &merges)?;
    let mut special: Vec<_> = MARKS.map(|(mark, _)| AddedToken::from(mark, true)).into();
    let others = [
        AddedToken::from("<unk>", true),
        AddedToken::from("<mask>", true).lstrip(true),
    ];
    special.extend(
        others
            .into_iter()
            .filter(|token| vocabulary.contains_key(&token.content)),
    );

    // Texts are short and seldom: nothing is kept of them.
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .cache_capacity(0);
    let mut tokenizer = Tokenizer::new(model.build().map_err(|error| error.to_string())?);
    let [start, _, end] = MARKS.map(|(mark, id)| (mark.to_owned(), id));
    tokenizer
        .with_pre_tokenizer(Some(ByteLevel::new(false, true, true)))
        .with_post_processor(Some(RobertaProcessing::new(end, start).add_prefix_space(false)));
    tokenizer
        .add_special_tokens(special)
        .map_err(|error| error.to_string())?;
    Ok(tokenizer)
}
