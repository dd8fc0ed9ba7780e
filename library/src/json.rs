//! Small JSON files that are either there as a whole or not at all.

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LibraryError;

/// Reads a file, `None` where there is none.
///
/// # Errors
/// [`LibraryError::Unreadable`], or [`LibraryError::Damaged`] where it holds something else.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, LibraryError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LibraryError::unreadable(path, error)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| LibraryError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// Writes a file beside itself and renames it.
///
/// # Errors
/// [`LibraryError::Unwritable`].
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), LibraryError> {
    let unwritable = |error| LibraryError::unwritable(path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    serde_json::to_writer_pretty(&mut file, value).map_err(|error| unwritable(error.into()))?;
    file.write_all(b"\n").map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}
