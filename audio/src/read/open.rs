//! From a path to bytes, and from bytes to the decoder that knows them.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::Path;

use super::aiff::{self, Aiff};
use super::any::Any;
use super::au;
use super::bytes::Bytes;
use super::caf::{self, Caf};
use super::decoder::{Decoder, Fault};
use super::pcm::Pcm;
use super::riff::{self, Riff};
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
    file.rewind()?;
    Ok(file)
}

/// The decoder for a file, by its first bytes. Its name helps where they do not tell.
pub(super) fn decoder(file: File, name: &Path) -> Result<Box<dyn Decoder>, Fault> {
    let mut bytes = Bytes::new(file)?;
    let head = bytes.vec(0, 64, 64)?;
    let (description, layout) = if riff::is(&head) {
        match riff::read(&mut bytes)? {
            Riff::Pcm(description, layout) => (*description, layout),
            Riff::Coded => return any(bytes, name),
        }
    } else if aiff::is(&head) {
        match aiff::read(&mut bytes)? {
            Aiff::Pcm(description, layout) => (*description, layout),
            Aiff::Coded => return any(bytes, name),
        }
    } else if caf::is(&head) {
        match caf::read(&mut bytes)? {
            Caf::Pcm(description, layout) => (*description, layout),
            Caf::Coded => return any(bytes, name),
        }
    } else if au::is(&head) {
        au::read(&mut bytes)?
    } else {
        return any(bytes, name);
    };
    Ok(Box::new(Pcm::new(bytes, description, layout)?))
}

fn any(bytes: Bytes, name: &Path) -> Result<Box<dyn Decoder>, Fault> {
    Ok(Box::new(Any::open(bytes.into_file()?, name)?))
}
