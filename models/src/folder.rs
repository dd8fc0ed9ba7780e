//! The folder of a user's models: which files in it are models, and what they are called.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::ModelError;
use crate::imported::{self, ImportedModel};

/// The extension of models' files.
pub const EXTENSION: &str = "safetensors";

/// The files of a folder that may be models, by name. No folder is an empty one; hidden files are those of an import that is
/// under way, and what file managers leave.
///
/// # Errors
/// The system's, where there is a folder that cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_model = path.extension().is_some_and(|extension| extension == EXTENSION);
        if is_model && !id(&path).is_empty() && !id(&path).starts_with('.') {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The name that a file gives its model; empty where it is no text.
pub fn id(path: &Path) -> &str {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or_default()
}

/// Why a model of this name cannot be what a file of the folder holds, as it would not be found; the reason goes on after the
/// file's name.
pub fn misnamed(path: &Path, named: &str) -> Option<String> {
    (id(path) != named).then(|| format!("holds the model {named}; name it {named}.{EXTENSION}"))
}

/// Looks through a file of the folder.
///
/// # Errors
/// As [`imported::open`], and [`ModelError::Weights`] where its name is not its model's.
pub fn open(path: &Path) -> Result<ImportedModel, ModelError> {
    let model = imported::open(path)?;
    match misnamed(path, model.id()) {
        Some(reason) => Err(ModelError::Weights {
            reason: format!("{} {reason}", path.display()),
        }),
        None => Ok(model),
    }
}
