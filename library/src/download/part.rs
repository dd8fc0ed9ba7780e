//! An unfinished download on disk: `NAME.part`, and beside it `NAME.part.json` with where it comes from.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::LibraryError;
use crate::json;

/// What must be known to go on with a download, in another process too.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Notes {
    /// The address asked.
    pub(super) url: String,
    /// What the server calls this version of the file.
    pub(super) validator: Option<String>,
    /// Size of the whole file.
    pub(super) total: Option<u64>,
}

/// The bytes received so far.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    notes_path: PathBuf,
    file: File,
    len: u64,
    notes: Notes,
}

impl Part {
    /// Opens what an earlier attempt left for `path`, or starts anew where it left nothing from this address.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`].
    pub(super) fn open(path: &Path, url: &str) -> Result<Self, LibraryError> {
        let notes_path = beside(path, ".part.json");
        let path = beside(path, ".part");
        // Notes that cannot be read are as good as none: the download then starts anew.
        let notes: Option<Notes> = json::read(&notes_path).ok().flatten();
        let unwritable = |error| LibraryError::unwritable(&path, error);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(unwritable)?;
        let len = file.seek(SeekFrom::End(0)).map_err(unwritable)?;
        let mut part = Self {
            path,
            notes_path,
            file,
            len,
            notes: notes.unwrap_or_default(),
        };
        if part.notes.url != url {
            part.restart(Notes {
                url: url.into(),
                ..Notes::default()
            })?;
        }
        Ok(part)
    }

    /// Bytes received so far.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets the bytes, and notes what the next ones are of.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`].
    pub(super) fn restart(&mut self, notes: Notes) -> Result<(), LibraryError> {
        let unwritable = |error| LibraryError::unwritable(&self.path, error);
        // In this order no old bytes ever lie beside new notes.
        self.file.set_len(0).map_err(unwritable)?;
        self.file.rewind().map_err(unwritable)?;
        self.len = 0;
        json::write(&self.notes_path, &notes)?;
        self.notes = notes;
        Ok(())
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`], with the disk full for example.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), LibraryError> {
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.len += bytes.len() as u64;
                Ok(())
            }
            Err(error) => Err(LibraryError::unwritable(&self.path, error)),
        }
    }

    /// Gives the finished file its name.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`].
    pub(super) fn finish(self, path: &Path) -> Result<(), LibraryError> {
        let synced = self.file.sync_all();
        // Closed first: not every system renames open files.
        drop(self.file);
        synced
            .and_then(|()| std::fs::rename(&self.path, path))
            .map_err(|error| LibraryError::unwritable(path, error))?;
        remove(&self.notes_path)
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`LibraryError::Unwritable`].
    pub(super) fn discard(self) -> Result<(), LibraryError> {
        drop(self.file);
        remove(&self.path)?;
        remove(&self.notes_path)
    }
}

/// A path with something appended to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

fn remove(path: &Path) -> Result<(), LibraryError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LibraryError::unwritable(path, error))
        }
        _ => Ok(()),
    }
}
