//! Where the user's models lie.

use std::path::{Path, PathBuf};

use crate::error::LibraryError;

/// The variable that names another folder than the system's own.
pub const DATA_VARIABLE: &str = "EARMARK_DATA";

/// Earmark's folder of one user: `models/` with what is installed, `downloads/` with what is on its way, `presets/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    root: PathBuf,
}

impl Folders {
    /// The folder that `EARMARK_DATA` names, or the system's: `$XDG_DATA_HOME/earmark` (`~/.local/share/earmark`) on
    /// Linux, `~/Library/Application Support/earmark` on macOS, `%LOCALAPPDATA%\earmark` on Windows. Creates nothing.
    ///
    /// # Errors
    /// [`LibraryError::NoFolder`] where the system names none.
    pub fn user() -> Result<Self, LibraryError> {
        match std::env::var_os(DATA_VARIABLE) {
            Some(root) if !root.is_empty() => Ok(Self::at(root)),
            // The local folder: on Windows the other one is copied between machines at each log-in.
            _ => dirs::data_local_dir()
                .map(|data| Self::at(data.join("earmark")))
                .ok_or(LibraryError::NoFolder),
        }
    }

    /// These folders below `root`. Creates nothing.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// What all the others are in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is installed: `ID.safetensors` with its record `ID.json`.
    pub fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    /// What has been downloaded and not yet imported, and unfinished downloads as `NAME.part`.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// Presets of the user's own: `NAME.json`.
    pub fn presets(&self) -> PathBuf {
        self.root.join("presets")
    }

    /// Checksums that were recorded on first download.
    pub(crate) fn known(&self) -> PathBuf {
        self.root.join("known.json")
    }

    /// What is set for this machine.
    pub(crate) fn settings(&self) -> PathBuf {
        self.root.join("settings.json")
    }

    /// What was recorded about a model when it was imported.
    pub(crate) fn record(&self, id: &str) -> PathBuf {
        self.models().join(format!("{id}.json"))
    }
}

/// The extension of installed models.
pub(crate) const EXTENSION: &str = "safetensors";

/// Names that Windows gives to devices, whatever follows their first dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same, with a digit after them.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Whether a name can be a model's: it becomes part of file names and of command lines, on any system.
pub fn is_id(id: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    id.len() <= 64
        && id.starts_with(letter)
        && id.ends_with(letter)
        && id.chars().all(|c| letter(c) || matches!(c, '-' | '_' | '.'))
        && !is_device(id)
}

fn is_device(id: &str) -> bool {
    let name = id.split('.').next().unwrap_or(id);
    let numbered = |device: &&str| {
        let number = name.strip_prefix(*device);
        number.is_some_and(|number| number.len() == 1 && number.chars().all(|c| c.is_ascii_digit()))
    };
    DEVICES.contains(&name) || NUMBERED_DEVICES.iter().any(|device| numbered(&device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_are_no_names() {
        for id in [
            "audiosep",
            "dcase2024",
            "my-own_model.v2",
            "a",
            "console",
            "com",
            "com10",
            "a.con",
        ] {
            assert!(is_id(id), "{id}");
        }
        let long = "a".repeat(65);
        for id in [
            "",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "../a",
            "A",
            "a b",
            "a.",
            "é",
            "a\0",
            &long,
            "con",
            "nul",
            "aux",
            "prn",
            "com1",
            "lpt9",
            "con.v2",
            "nul.tar.x",
        ] {
            assert!(!is_id(id), "{id:?}");
        }
    }
}
