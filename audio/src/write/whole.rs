//! Files that appear at their place only when they are whole.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::FileError;

/// A file under a temporary name in the folder of its target; dropped before [`WholeFile::finish`], it leaves nothing
/// behind.
pub struct WholeFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl WholeFile {
    /// Checks the target and starts the temporary file.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the folder does not exist or cannot be written to, or when something other
    /// than a file that may be replaced stands at the target's place.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let unwritable = |reason: String| FileError::Unwritable {
            path: path.to_owned(),
            reason,
        };
        let target = replaceable(path).map_err(unwritable)?;
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(unwritable(format!(
                "there is no folder {}; create it first",
                folder.display()
            )));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".earmark-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: what the umask leaves. A temporary file would be the owner's alone.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder);
        let file = file.map_err(|error| unwritable(error.kind().to_string()))?;
        Ok(Self { path: target, file })
    }

    /// A handle to write with.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the system gives none.
    pub fn handle(&self) -> Result<File, FileError> {
        let handle = self.file.as_file().try_clone();
        handle.map_err(|error| self.unwritable(error.kind().to_string()))
    }

    /// Moves the file to its place, over an older one of that name.
    ///
    /// # Errors
    /// [`FileError::Unwritable`]; the temporary file is removed.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let Self { path, file } = self;
        match file.persist(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(FileError::Unwritable {
                path,
                reason: error.error.kind().to_string(),
            }),
        }
    }

    /// That it cannot be written, and why.
    pub fn unwritable(&self, reason: String) -> FileError {
        FileError::Unwritable {
            path: self.path.clone(),
            reason,
        }
    }
}

/// The path to write to, with links followed: the link itself must not be replaced, nor a device or a folder.
fn replaceable(path: &Path) -> Result<PathBuf, String> {
    if path.file_name().is_none() {
        return Err("it names no file".into());
    }
    let Ok(metadata) = std::fs::metadata(path) else {
        return Ok(path.to_owned());
    };
    if metadata.is_dir() {
        return Err("it is a folder; name a file".into());
    }
    if !metadata.is_file() {
        return Err("it is not a file".into());
    }
    if metadata.permissions().readonly() {
        return Err("it is write-protected; choose another name".into());
    }
    std::fs::canonicalize(path).map_err(|error| error.kind().to_string())
}
