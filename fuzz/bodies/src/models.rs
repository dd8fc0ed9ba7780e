//! Model files: what is imported (checkpoints, safetensors), and what was.

use std::fs;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use earmark_library::import::{ImportOptions, import};
use earmark_models::imported;

use crate::{scratch, sentence};

/// Longest time that files this small may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A byte-pair tokenizer of nine tokens, for models that bring none.
const TOKENIZER: &str = r#"{"version": "1.0", "added_tokens": [{"id": 8, "content": "<mask>"}], "model": {"type": "BPE",
    "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6, "Ġ": 7, "<mask>": 8},
    "merges": [["a", "b"]]}}"#;

/// A file is imported, and then opened as the model that it became, or refused in one line and nothing is left behind. The same
/// file taken for a model that was imported before is opened or refused likewise.
///
/// # Panics
/// Where it is otherwise.
pub fn models(bytes: &[u8]) {
    let begun = Instant::now();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let tokenizer = folder.path().join("tokenizer.json");
    fs::write(&tokenizer, TOKENIZER).expect("room on the disk");
    let file = scratch::file(bytes);
    let into = folder.path().join("models");
    let options = ImportOptions {
        id: Some("fuzzed".into()),
        sixteen_bit: bytes.len().is_multiple_of(2),
        ..ImportOptions::default()
    };
    let files = [file.path().to_owned(), tokenizer];
    match import(&files, &into, options, &mut |_| ControlFlow::Continue(())) {
        Ok(made) => {
            let opened = imported::open(&made.path).expect("what was imported is opened");
            assert_eq!(opened.id(), "fuzzed");
        }
        Err(error) => {
            sentence::check(&error);
            assert!(!into.exists(), "a refused import left something");
        }
    }
    if let Err(error) = imported::open(file.path()) {
        sentence::check(&error);
    }
    assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
}
