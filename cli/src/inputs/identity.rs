//! Which file an output was made of, so that a later run knows it again.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What was read, told apart without saying where on whose machine it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Its name without folders.
    pub(crate) name: String,
    /// A number of its whole path.
    pub(crate) place: String,
    /// Its length in bytes, and when it was last written, in seconds since 1970.
    pub(crate) bytes: u64,
    pub(crate) modified: u64,
}

impl Identity {
    /// Of a file; what the system does not tell of it is 0.
    pub(crate) fn of(path: &Path) -> Identity {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let metadata = std::fs::metadata(path).ok();
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        Identity {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            place: number(&whole.to_string_lossy()),
            bytes: metadata.map_or(0, |metadata| metadata.len()),
            modified: modified
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
                .map_or(0, |since| since.as_secs()),
        }
    }

    /// Whether both are the same file, moved or changed perhaps, but not both.
    pub(crate) fn is(&self, other: &Identity) -> bool {
        let moved = (&self.name, self.bytes, self.modified) == (&other.name, other.bytes, other.modified);
        self.place == other.place || moved
    }
}

/// A short number of a text that no other text of this world is likely to have beside it.
pub(crate) fn number(text: &str) -> String {
    Sha256::digest(text)[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
