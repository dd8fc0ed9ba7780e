//! Locks that hold between processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::LibraryError;

/// A lock file, free again when this is dropped or its process ends. The empty file stays: removing it would let a
/// second process lock a file that a third one no longer sees.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or gives `None` where another holds it.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`] where there cannot be such a file.
    pub(crate) fn try_take(path: &Path) -> Result<Option<Self>, LibraryError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(LibraryError::unwritable(path, error)),
        }
    }

    /// Waits for the lock: only for what is held for a moment.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`] where there cannot be such a file.
    pub(crate) fn wait(path: &Path) -> Result<Self, LibraryError> {
        let file = open(path)?;
        file.lock()
            .map_err(|error| LibraryError::unwritable(path, error))?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> Result<File, LibraryError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| LibraryError::unwritable(path, error))
}
