//! Why a preset could not be found, read or written.

pub use earmark_state::preset::PresetError as FileError;

/// One sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// What is wrong with its file or its name.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be written, or removed.
    #[error("The preset {place} cannot be written: {source}.")]
    Write {
        /// The file.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The user has no folder.
    #[error("{0}")]
    Folder(#[from] earmark_library::LibraryError),
    /// There is none of that name.
    #[error("There is no preset called \u{201c}{given}\u{201d}.")]
    Unknown {
        /// What was given.
        given: String,
    },
    /// The name belongs to a preset that comes with Earmark.
    #[error("\u{201c}{given}\u{201d} comes with Earmark and cannot be changed; save under another name.")]
    Factory {
        /// What was given.
        given: String,
    },
}
