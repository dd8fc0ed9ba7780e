//! From a path to bytes, and from bytes to the decoder that knows them.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::any::Any;
use super::decoder::{Decoder, Fault};
use crate::error::FileError;

/// Opens a file that can be sought in: what comes through a pipe is copied into a temporary one first.
pub(super) fn file(path: &Path) -> Result<File, FileError> {
    let unreadable = |reason: String| FileError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => FileError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(error.to_string()),
    })?;
    let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder; name a file".into()));
    }
    if metadata.is_file() {
        return Ok(file);
    }
    spool(file).map_err(|error| unreadable(error.to_string()))
}

/// All that a stream brings, in a file without a name that goes when it is closed.
pub(super) fn spool(mut stream: impl Read) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    std::io::copy(&mut stream, &mut file)?;
    std::io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// The decoder for a file. Its name helps where its bytes do not tell.
pub(super) fn decoder(file: File, name: &Path) -> Result<Box<dyn Decoder>, Fault> {
    Ok(Box::new(Any::open(file, name)?))
}
