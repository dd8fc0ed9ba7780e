//! What can go wrong with a file.

use std::path::PathBuf;

/// A file that cannot be read or written. Each is one sentence that says what was given, what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// An input that is not there.
    #[error("There is no file at \"{}\"; check its name.", path.display())]
    Missing {
        /// The path given.
        path: PathBuf,
    },
    /// An input that cannot be opened or read to its end.
    #[error("\"{}\" cannot be read: {reason}.", path.display())]
    Unreadable {
        /// The path given.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// An input without sound in it.
    #[error("\"{}\" is not a sound file that earmark can read ({reason}); give it WAV, AIFF, FLAC, MP3, M4A, Ogg Vorbis or Opus.", path.display())]
    NotAudio {
        /// The path given.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
    /// An output that cannot be created or written.
    #[error("\"{}\" cannot be written: {reason}.", path.display())]
    Unwritable {
        /// The path given.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An output of a format that is not written.
    #[error("\"{}\" cannot be written: Earmark writes WAV and FLAC; end the name with .wav or .flac.", path.display())]
    Ending {
        /// The path given.
        path: PathBuf,
    },
    /// A conversion to another rate that failed.
    #[error("\"{}\" cannot be converted from {from} Hz to {to} Hz: {reason}.", path.display())]
    Resample {
        /// The file.
        path: PathBuf,
        /// Its rate, in Hz.
        from: u32,
        /// The rate asked for, in Hz.
        to: u32,
        /// The resampler's words.
        reason: String,
    },
}
