//! The files of an archive, sorted by path.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::TaskError;
use crate::run::read;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// What is in it.
    pub(super) bytes: Vec<u8>,
    /// Whether it is a program.
    pub(super) runs: bool,
}

impl File {
    /// Who may do what, as Unix writes it.
    pub(super) fn mode(&self) -> u32 {
        if self.runs { 0o755 } else { 0o644 }
    }
}

/// Files by their paths, which are relative and have `/` between their parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    files: BTreeMap<String, File>,
}

impl Contents {
    /// Adds a file to be read.
    pub(super) fn file(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.add(path, bytes, false);
    }

    /// Adds a file to be run.
    pub(super) fn program(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.add(path, bytes, true);
    }

    fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>, runs: bool) {
        let bytes = bytes.into();
        self.files.insert(path.into(), File { bytes, runs });
    }

    /// Adds a folder with all that lies in it, under `path`.
    ///
    /// What the disk says of permissions is not taken over: it depends on the machine.
    pub(super) fn folder(&mut self, path: &str, from: &Path) -> Result<(), TaskError> {
        let failed = |source| TaskError::File {
            action: "read",
            path: from.to_owned(),
            source,
        };
        for entry in std::fs::read_dir(from).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            let name = entry
                .file_name()
                .and_then(|name| name.to_str())
                .ok_or_else(|| TaskError::Package(format!("the name of {} is no text", entry.display())))?;
            let inner = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}/{name}")
            };
            if entry.is_dir() {
                self.folder(&inner, &entry)?;
            } else {
                self.file(inner, read(&entry)?);
            }
        }
        Ok(())
    }

    /// Adds other files below `folder`, an empty text for no folder.
    pub(super) fn under(&mut self, folder: &str, other: &Self) {
        for (path, file) in &other.files {
            let path = if folder.is_empty() {
                path.clone()
            } else {
                format!("{folder}/{path}")
            };
            self.files.insert(path, file.clone());
        }
    }

    /// The files in the order of their paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// What is in a file.
    pub(super) fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.bytes.as_slice())
    }

    /// Every folder that a file lies in, outer ones first.
    pub(super) fn folders(&self) -> BTreeSet<&str> {
        self.files
            .keys()
            .flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_and_only_programs_may_run() {
        let mut inner = Contents::default();
        inner.program("bin/earmark", "x");
        inner.file("a", "y");
        let mut all = Contents::default();
        all.under("usr", &inner);
        let listed: Vec<_> = all.files().map(|(path, file)| (path, file.mode())).collect();
        assert_eq!(listed, [("usr/a", 0o644), ("usr/bin/earmark", 0o755)]);
        assert_eq!(all.folders().into_iter().collect::<Vec<_>>(), ["usr", "usr/bin"]);
    }
}
