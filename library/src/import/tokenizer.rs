//! RoBERTa's tokenizer, or CLIP's: byte-level BPE, as `tokenizer.json` or as `vocab.json` with `merges.txt`.

use std::collections::HashMap;

use earmark_models::EncoderKind;
use earmark_models::encoder::tokenizer_json;
use earmark_models::encoders;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{ImportError, legible};
use super::input::Input;
use super::source::Source;

/// Longest file in bytes. RoBERTa's has 1.5 MB.
const LONGEST: u64 = 16 << 20;

/// A tokenizer.
pub(super) struct Tokenizer {
    /// The file it comes from.
    pub(super) file: String,
    /// A `tokenizer.json`.
    pub(super) json: Vec<u8>,
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
        // Whose it was to be is not known yet, and most need this one.
        remedy: encoders::of(EncoderKind::Clap).tokenizer_remedy(),
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
    #[derive(Deserialize)]
    struct Whole {
        #[serde(rename = "model")]
        _model: IgnoredAny,
    }
    let json = bytes(source)?;
    let whole: Result<Whole, _> = serde_json::from_slice(&json);
    whole.map_err(|error| {
        let reason = format!("it cannot be read ({})", legible(&error.to_string()));
        refused(source, reason)
    })?;
    let file = source.name.clone();
    Ok(Tokenizer { file, json })
}

fn from_halves(vocabulary: &Source, merges: &Source) -> Result<Tokenizer, ImportError> {
    let text = String::from_utf8(bytes(merges)?).map_err(|_| refused(merges, "it is not UTF-8"))?;
    let json = tokenizer_json(&bytes(vocabulary)?, &text);
    Ok(Tokenizer {
        json: json.map_err(|reason| refused(merges, format!("it {}", legible(&reason))))?,
        file: vocabulary.name.clone(),
    })
}
