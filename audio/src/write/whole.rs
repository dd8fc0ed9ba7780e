//! Files that appear at their place only when they are whole.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::error::FileError;

/// What standard output is called in errors and results.
pub const STANDARD: &str = "-";

/// Temporary files that are neither whole nor given up.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes the temporary files of this process that are not finished, for who ends it on the spot.
pub fn remove_unfinished() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in &*unfinished {
        // The process ends; there is nobody left to tell.
        let _ = std::fs::remove_file(path);
    }
}

/// A file under a temporary name in the folder of its target; dropped before [`WholeFile::finish`], it leaves nothing
/// behind.
pub struct WholeFile {
    path: PathBuf,
    target: Target,
}

/// Where it goes when it is whole.
enum Target {
    Place(Unfinished),
    /// It has no name until then, and is copied from its beginning.
    StandardOutput(File),
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
        let place = replaceable(path).map_err(unwritable)?;
        let folder = folder(&place);
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
        Ok(Self {
            path: place,
            target: Target::Place(Unfinished::new(file)),
        })
    }

    /// Starts a file that goes to standard output when it is whole: its head states lengths that are known at the end, and a pipe
    /// cannot be gone back in.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when there is no place for a temporary file.
    pub fn to_standard_output() -> Result<Self, FileError> {
        let path = PathBuf::from(STANDARD);
        match tempfile::tempfile() {
            Ok(file) => Ok(Self {
                path,
                target: Target::StandardOutput(file),
            }),
            Err(error) => Err(FileError::Unwritable {
                path,
                reason: format!("no temporary file can be made, {}", error.kind()),
            }),
        }
    }

    /// A handle to write with.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the system gives none.
    pub fn handle(&self) -> Result<File, FileError> {
        let handle = match &self.target {
            Target::Place(unfinished) => unfinished.file.as_file().try_clone(),
            Target::StandardOutput(file) => file.try_clone(),
        };
        handle.map_err(|error| self.unwritable(error.kind().to_string()))
    }

    /// Moves the file to its place, over an older one of that name. It is on the disk then, and not only on its way there: a
    /// machine that loses its power a moment later has the older file or this one, whole.
    ///
    /// # Errors
    /// [`FileError::Unwritable`]; the temporary file is removed.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let Self { path, target } = self;
        let moved = match target {
            Target::Place(file) => file.persist(&path),
            Target::StandardOutput(file) => copy_to_standard_output(file),
        };
        match moved {
            Ok(()) => Ok(path),
            Err(error) => Err(FileError::Unwritable {
                path,
                reason: error.kind().to_string(),
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

/// A temporary file that [`remove_unfinished`] knows.
struct Unfinished {
    file: NamedTempFile,
    _known: Known,
}

impl Unfinished {
    fn new(file: NamedTempFile) -> Unfinished {
        let path = file.path().to_owned();
        let mut all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(path.clone());
        Unfinished {
            file,
            _known: Known(path),
        }
    }

    fn persist(self, place: &Path) -> io::Result<()> {
        let Self { file, _known } = self;
        file.as_file().sync_all()?;
        file.persist(place).map_err(|error| error.error)?;
        sync_folder(folder(place))
    }
}

/// The path of a temporary file, for as long as it may have to be removed.
struct Known(PathBuf);

impl Drop for Known {
    fn drop(&mut self) {
        let mut all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.0);
    }
}

/// The folder that a path is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Puts the new name on the disk. Some systems have no such request for folders, or refuse it: the file itself is there.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        if synced.is_err_and(|error| error.kind() == io::ErrorKind::StorageFull) {
            return Err(io::ErrorKind::StorageFull.into());
        }
    }
    Ok(())
}

fn copy_to_standard_output(mut file: File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut out = io::stdout().lock();
    io::copy(&mut file, &mut out)?;
    out.flush()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn who_ends_on_the_spot_removes_what_is_unfinished_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let begin = |name: &str| WholeFile::create(&folder.path().join(name)).expect("it can be begun");
        let (done, given_up, unfinished) = (begin("done"), begin("given up"), begin("unfinished"));
        done.finish().expect("it can be ended");
        drop(given_up);
        assert_eq!(names(folder.path()).len(), 2);
        // What other tests have begun at the same time is theirs: only this one is looked at.
        let path = match &unfinished.target {
            Target::Place(unfinished) => unfinished.file.path().to_owned(),
            Target::StandardOutput(_) => panic!("it has a place"),
        };
        let known = UNFINISHED.lock().expect("nobody has panicked").clone();
        assert!(known.contains(&path) && !known.iter().any(|known| known.ends_with("done")));
        drop(unfinished);
        assert_eq!(names(folder.path()), ["done"]);
        assert!(!UNFINISHED.lock().expect("nobody has panicked").contains(&path));
    }
}
