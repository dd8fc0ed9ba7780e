//! RoBERTa's tokenizer: byte-level BPE, as `tokenizer.json` or as `vocab.json` with `merges.txt`.

use std::collections::HashMap;

use earmark_models::encoder::Tower;
use serde::Deserialize;
use serde_json::json;

use super::error::{ImportError, legible};
use super::input::Input;
use super::source::Source;

/// Longest file in bytes. RoBERTa's has 1.5 MB.
const LONGEST: u64 = 16 << 20;

/// The tokens that RoBERTa's positions and masks are built on, and their numbers.
const SPECIAL: [(&str, u32); 3] = [("<s>", 0), ("<pad>", 1), ("</s>", 2)];

/// A tokenizer that was checked.
pub(super) struct Tokenizer {
    /// The file it comes from.
    pub(super) file: String,
    /// A `tokenizer.json`.
    pub(super) json: Vec<u8>,
    /// The highest number of a token, plus one.
    pub(super) tokens: usize,
}

impl Tokenizer {
    /// Whether a text tower can read it, of the file of this name: the encoder is the judge.
    pub(super) fn check(&self, tower_file: &str, tower: &Tower) -> Result<(), ImportError> {
        let refused = |reason| {
            let file = self.file.clone();
            Err(ImportError::Tokenizer { file, reason })
        };
        let (tokens, words) = (self.tokens, tower.tokens);
        if tokens != words {
            return refused(format!(
                "it has {tokens} tokens where the text tower of {tower_file} knows {words}"
            ));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Whole {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Model {
    r#type: String,
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

/// The newer and the older spelling.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

/// The tokenizer among the inputs, if there is one.
pub(super) fn find(inputs: &[Input]) -> Result<Option<Tokenizer>, ImportError> {
    let (mut whole, mut vocabulary, mut merges) = (None, None, None);
    for input in inputs {
        let (place, source) = match input {
            Input::Tensors(_) => continue,
            Input::Merges(source) => (&mut merges, source),
            Input::Json(source) => {
                let bytes = bytes(source)?;
                match serde_json::from_slice::<HashMap<String, u32>>(&bytes) {
                    Ok(_) => (&mut vocabulary, source),
                    Err(_) => (&mut whole, source),
                }
            }
        };
        if let Some(first) = place.replace(source) {
            return Err(twice(first, source));
        }
    }
    match (whole, vocabulary, merges) {
        (None, None, None) => Ok(None),
        (Some(whole), None, None) => from_whole(whole).map(Some),
        (None, Some(vocabulary), Some(merges)) => from_halves(vocabulary, merges).map(Some),
        (Some(whole), Some(other), _) | (Some(whole), None, Some(other)) => Err(twice(whole, other)),
        (None, Some(vocabulary), None) => Err(refused(vocabulary, "it is of no use without its merges.txt")),
        (None, None, Some(merges)) => Err(refused(merges, "it is of no use without its vocab.json")),
    }
}

fn twice(first: &Source, second: &Source) -> ImportError {
    ImportError::Twice {
        part: "a tokenizer",
        first: first.name.clone(),
        second: second.name.clone(),
    }
}

fn refused(source: &Source, reason: impl Into<String>) -> ImportError {
    ImportError::Tokenizer {
        file: source.name.clone(),
        reason: reason.into(),
    }
}

fn bytes(source: &Source) -> Result<Vec<u8>, ImportError> {
    if source.bytes > LONGEST {
        let reason = format!("it has {} bytes, {LONGEST} being the most", source.bytes);
        return Err(refused(source, reason));
    }
    let mut bytes = Vec::new();
    source.stretch(0, source.bytes, 1 << 16, &mut |part| {
        bytes.extend_from_slice(part);
        Ok(())
    })?;
    Ok(bytes)
}

fn from_whole(source: &Source) -> Result<Tokenizer, ImportError> {
    let json = bytes(source)?;
    let Whole { model, added_tokens } = serde_json::from_slice(&json).map_err(|error| {
        refused(
            source,
            format!("it cannot be read ({})", legible(&error.to_string())),
        )
    })?;
    if model.r#type != "BPE" {
        let kind = legible(&model.r#type);
        return Err(refused(
            source,
            format!("it splits by {kind} where BPE is needed"),
        ));
    }
    for merge in &model.merges {
        let whole = match merge {
            Merge::Pair(left, right) => Some(format!("{left}{right}")),
            Merge::Line(line) => line.split_once(' ').map(|(left, right)| format!("{left}{right}")),
        };
        check_merge(source, whole, &model.vocab)?;
    }
    let mut vocabulary = model.vocab;
    vocabulary.extend(added_tokens.into_iter().map(|token| (token.content, token.id)));
    let tokens = check_vocabulary(source, &vocabulary)?;
    Ok(Tokenizer {
        file: source.name.clone(),
        json,
        tokens,
    })
}

fn from_halves(vocabulary: &Source, merges: &Source) -> Result<Tokenizer, ImportError> {
    let vocab: HashMap<String, u32> = serde_json::from_slice(&bytes(vocabulary)?)
        .map_err(|error| refused(vocabulary, legible(&error.to_string())))?;
    let tokens = check_vocabulary(vocabulary, &vocab)?;
    let text = String::from_utf8(bytes(merges)?).map_err(|_| refused(merges, "it is not UTF-8"))?;
    let mut pairs = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        let pair = line.split_once(' ');
        check_merge(merges, pair.map(|(left, right)| format!("{left}{right}")), &vocab)?;
        pairs.extend(pair);
    }
    let special = |name: &str| vocab.get(name).copied();
    let added: Vec<_> = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        .into_iter()
        .filter_map(|name| special(name).map(|id| (name, id)))
        .map(|(content, id)| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true})
        })
        .collect();
    let marker = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let sequence = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let token = |name: &str| json!({"id": name, "ids": [special(name)], "tokens": [name]});
    let (begin, end) = (marker("<s>"), marker("</s>"));
    let json = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, sequence("A"), end],
            "pair": [begin, sequence("A"), end, end, sequence("B"), end],
            "special_tokens": {"<s>": token("<s>"), "</s>": token("</s>")},
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": false,
            "vocab": vocab,
            "merges": pairs,
        },
    });
    Ok(Tokenizer {
        file: vocabulary.name.clone(),
        json: json.to_string().into_bytes(),
        tokens,
    })
}

/// Whether what a merge makes is a token.
fn check_merge(
    source: &Source,
    whole: Option<String>,
    vocab: &HashMap<String, u32>,
) -> Result<(), ImportError> {
    match whole {
        Some(whole) if vocab.contains_key(&whole) => Ok(()),
        Some(whole) => {
            let whole = legible(&whole);
            Err(refused(
                source,
                format!("it merges to \"{whole}\", which is no token"),
            ))
        }
        None => Err(refused(source, "a merge is not of two parts")),
    }
}

/// The number of tokens.
fn check_vocabulary(source: &Source, vocab: &HashMap<String, u32>) -> Result<usize, ImportError> {
    for (name, expected) in SPECIAL {
        if vocab.get(name) != Some(&expected) {
            let given = vocab.get(name).map_or("none".into(), u32::to_string);
            let reason = format!("its token {name} has the number {given} where {expected} is needed");
            return Err(refused(source, reason));
        }
    }
    Ok(vocab.values().max().map_or(0, |&highest| highest as usize + 1))
}
