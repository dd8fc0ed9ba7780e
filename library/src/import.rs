//! STUB of this branch only, to be replaced as a whole by the importer: it refuses every file.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What to make of the files.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The model's name.
    pub id: Option<String>,
    /// Whether to store 16-bit weights.
    pub sixteen_bit: bool,
}

/// How far importing is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// An imported model.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The model's name.
    pub id: String,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// The file's length.
    pub bytes: u64,
}

/// What is part of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// CLAP's RoBERTa and its projection.
    Text,
}

/// Why files could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// None of the formats.
    #[error("{file} is not a model file.")]
    Unknown {
        /// The file.
        file: String,
    },
    /// A part in no file.
    #[error("A part is missing.")]
    MissingPart {
        /// What is missing.
        missing: Part,
    },
    /// The progress callback asked to stop.
    #[error("The import was cancelled.")]
    Cancelled,
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn import(
    files: &[PathBuf],
    _into: &Path,
    _options: ImportOptions,
    _progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Imported, ImportError> {
    Err(ImportError::Unknown {
        file: files
            .first()
            .map(|file| file.display().to_string())
            .unwrap_or_default(),
    })
}
