//! Bytes as a file, for what reads files.

use std::io::Write;

use tempfile::NamedTempFile;

/// A file of these bytes, which is removed when it is dropped.
///
/// # Panics
/// When the disk is full.
pub(crate) fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a folder for temporary files");
    file.write_all(bytes).expect("room on the disk");
    file
}
