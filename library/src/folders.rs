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

    /// How long models take on this machine's devices.
    pub(crate) fn timings(&self) -> PathBuf {
        self.root.join("timings.json")
    }

    /// What was asked for lately.
    pub(crate) fn recent(&self) -> PathBuf {
        self.root.join("recent.json")
    }

    /// What was recorded about a model when it was imported.
    pub(crate) fn record(&self, id: &str) -> PathBuf {
        self.models().join(format!("{id}.json"))
    }
}
