//! Words that name files, with a query at their end.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::Arguments;
use super::time::Time;

/// What words come to.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) inputs: Vec<PathBuf>,
    /// The query among them.
    pub(super) query: Option<String>,
}

/// Sorts words into inputs and a query. `has_queries`: whether `-q` gives some already.
///
/// # Errors
/// What is missing, or an option that does not exist.
pub(super) fn sort(mut words: Vec<OsString>, has_queries: bool) -> Result<Sorted, clap::Error> {
    // A query may begin with a dash, where the word can be nothing else.
    let is_query = words.len() == 2 && !has_queries;
    let inputs = if is_query { &words[..1] } else { &words[..] };
    if let Some(option) = inputs.iter().find(|word| is_option(word)) {
        let text = format!("unexpected argument '{}' found", option.to_string_lossy());
        return refuse(ErrorKind::UnknownArgument, text);
    }
    // With -q the last word is one more query, unless it is a file.
    let one_more = words.len() > 1 && words.last().is_some_and(|word| !is_file(word));
    if !has_queries && words.len() > 1 && !one_more {
        let text = "the query <QUERY> is missing: say what to listen for after the files";
        return refuse(ErrorKind::MissingRequiredArgument, text.into());
    }
    let query = words.pop_if(|_| one_more).map(OsString::into_string).transpose();
    let Ok(query) = query else {
        return refuse(ErrorKind::InvalidUtf8, "the query is no text in UTF-8".into());
    };
    if words.is_empty() || (query.is_none() && !has_queries) {
        let text = "the following required arguments were not provided: <IN> <QUERY>";
        return refuse(ErrorKind::MissingRequiredArgument, text.into());
    }
    Ok(Sorted {
        inputs: words.into_iter().map(PathBuf::from).collect(),
        query,
    })
}

/// Refuses words where an option says what is read.
///
/// # Errors
/// That, in words, with the first of them.
pub(super) fn none(words: &[OsString], option: &str) -> Result<(), clap::Error> {
    match words.first() {
        Some(word) => {
            let text = format!(
                "{option} reads a list alone, but '{}' is given, too",
                word.to_string_lossy()
            );
            refuse(ErrorKind::ArgumentConflict, text)
        }
        None => Ok(()),
    }
}

/// Refuses a span that ends before it begins.
///
/// # Errors
/// That, in words.
pub(super) fn check_span(start: Option<Time>, end: Option<Time>) -> Result<(), clap::Error> {
    match (start, end) {
        (Some(start), Some(end)) if start >= end => {
            let text = format!("--end {} s is not after --start {} s", end.0, start.0);
            refuse(ErrorKind::ValueValidation, text)
        }
        _ => Ok(()),
    }
}

fn refuse<T>(kind: ErrorKind, text: String) -> Result<T, clap::Error> {
    Err(Arguments::command().error(kind, text))
}

/// Whether a word can only be an option that does not exist; `-` alone is standard input.
fn is_option(word: &OsString) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.starts_with(b"-") && bytes.len() > 1 && !Path::new(word).exists()
}

/// Whether a word is a file, or is meant to be one.
fn is_file(word: &OsString) -> bool {
    let path = Path::new(word);
    word == "-" || path.exists() || (path.extension().is_some() && crate::inputs::is_sound(path))
}
