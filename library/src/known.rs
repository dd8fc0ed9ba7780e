//! Checksums of files that came without one: what was received first is what is expected from then on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::LibraryError;
use crate::folders::Folders;
use crate::json;
use crate::lock::Lock;

/// What a file was when it was first received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Lower-case hexadecimal.
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// What was recorded for an address.
///
/// # Errors
/// [`LibraryError::Damaged`] or [`LibraryError::Unreadable`]: no checksum is passed over because it cannot be read.
pub(crate) fn recall(folders: &Folders, url: &str) -> Result<Option<Known>, LibraryError> {
    Ok(table(folders)?.remove(url))
}

/// Records what was received from an address, unless something is recorded already.
///
/// # Errors
/// [`LibraryError`] where the table cannot be read or written.
pub(crate) fn record(folders: &Folders, url: &str, known: Known) -> Result<(), LibraryError> {
    let path = folders.known();
    let _lock = Lock::wait(&path.with_extension("lock"))?;
    let mut table = table(folders)?;
    table.entry(url.to_owned()).or_insert(known);
    json::write(&path, &table)
}

fn table(folders: &Folders) -> Result<BTreeMap<String, Known>, LibraryError> {
    Ok(json::read(&folders.known())?.unwrap_or_default())
}
