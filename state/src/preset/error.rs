//! Why a preset could not be read.

/// One sentence each.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// The file cannot be read.
    #[error("The preset {place} cannot be read: {source}.")]
    Read {
        /// The file.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is too large for a preset.
    #[error("{place} has {given} bytes; a preset has at most {most}.")]
    Size {
        /// The file.
        place: String,
        /// Its size in bytes.
        given: u64,
        /// The largest.
        most: u64,
    },
    /// It is no JSON.
    #[error(
        "{place} is not JSON ({reason}); a preset is a JSON object that begins with \"earmark_preset\": 1."
    )]
    Json {
        /// The file.
        place: String,
        /// Where it breaks off.
        reason: String,
    },
    /// It is JSON, but no preset.
    #[error("{place} is no preset of Earmark: it lacks \"earmark_preset\", the version of the format.")]
    NoPreset {
        /// The file.
        place: String,
    },
    /// It is of a version that is not known.
    #[error("{place} is a preset of version {given}; this Earmark reads version {known}.", known = super::VERSION)]
    Version {
        /// The file.
        place: String,
        /// Its version.
        given: String,
    },
    /// A value is not allowed.
    #[error("{place}: {name} is {given}; it must be {allowed}.")]
    Value {
        /// The file.
        place: String,
        /// The value's name.
        name: String,
        /// What it is.
        given: String,
        /// What it may be.
        allowed: String,
    },
    /// A name that is a device's.
    #[error(
        "A preset cannot be called \u{201c}{given}\u{201d}: Windows keeps that name for a device, whatever follows a dot. Choose another name."
    )]
    Device {
        /// What was given.
        given: String,
    },
    /// A name that could not be a file's.
    #[error(
        "A preset cannot be called \u{201c}{given}\u{201d}: a name has 1 to {most} characters, no dot at its ends and none of / \\ : * ? \" < > |."
    )]
    Name {
        /// What was given.
        given: String,
        /// The most characters.
        most: usize,
    },
}
