//! What can go wrong between a command line and a written file.

use std::path::PathBuf;

use earmark_engine::EngineError;
use earmark_library::LibraryError;
use earmark_models::ModelError;

/// Errors of this crate. Each is one sentence that says what was given, what is allowed and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
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
        /// The system's words.
        reason: String,
    },
    /// An input without sound in it.
    #[error("\"{}\" is not a sound file that earmark can read ({reason}); give it WAV, FLAC, MP3 or Ogg Vorbis.", path.display())]
    NotAudio {
        /// The path given.
        path: PathBuf,
        /// What was found instead.
        reason: String,
    },
    /// Opus, which symphonia cannot decode.
    #[error("\"{}\" is Opus audio, which earmark cannot read; convert it first, for example with `ffmpeg -i IN OUT.wav`.", path.display())]
    Opus {
        /// The path given.
        path: PathBuf,
    },
    /// More channels than the engine carries.
    #[error("\"{}\" has {given} channels, but at most {allowed} can be separated; mix it down or split it first.", path.display())]
    Channels {
        /// The path given.
        path: PathBuf,
        /// Channels of the file.
        given: usize,
        /// Channels of the engine.
        allowed: usize,
    },
    /// An output that cannot be created or written.
    #[error("\"{}\" cannot be written: {reason}.", path.display())]
    Unwritable {
        /// The path given.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Two paths that name one file.
    #[error("\"{}\" is both {first} and {second}; give them different names.", path.display())]
    SameFile {
        /// The path given.
        path: PathBuf,
        /// What it is once.
        first: &'static str,
        /// What it is twice.
        second: &'static str,
    },
    /// A table of pairs that cannot be used.
    #[error("\"{}\", row {row}: {reason}.", path.display())]
    Pairs {
        /// The table.
        path: PathBuf,
        /// The line of the file, counted from 1 for the heading.
        row: usize,
        /// What was found, and what is needed.
        reason: String,
    },
    /// A conversion to the model's rate that failed.
    #[error("\"{}\" cannot be converted from {from} Hz to the model's {to} Hz: {reason}.", path.display())]
    Resample {
        /// The file.
        path: PathBuf,
        /// Its rate, in Hz.
        from: u32,
        /// The model's rate, in Hz.
        to: u32,
        /// The resampler's words.
        reason: String,
    },
    /// The worker gave up in the middle of the sound.
    #[error("The model stopped in the middle of the sound: {reason}")]
    Separation {
        /// The engine's words, with their own full stop.
        reason: String,
    },
    /// A benchmark that cannot be run as asked.
    #[error("{what} cannot be {given}: {reason}.")]
    Bench {
        /// The option.
        what: &'static str,
        /// Its value.
        given: String,
        /// What is allowed.
        reason: String,
    },
    /// A safetensors file that lacks something.
    #[error("\"{}\" cannot be used: {reason}.", path.display())]
    Tensors {
        /// The path given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Ctrl-C.
    #[error("Stopped; nothing was written.")]
    Stopped,
    /// A model that is part of the program, where an installed one is needed.
    #[error(
        "\"{id}\" is part of Earmark itself; only models that were installed can be checked and removed."
    )]
    PartOfEarmark {
        /// The model.
        id: String,
    },
    /// A name for an imported model that a model of Earmark's own has.
    #[error("\"{id}\" is the name of a model that is part of Earmark itself; choose another one.")]
    NameTaken {
        /// The name.
        id: String,
    },
    /// Installed models that are not what was installed.
    #[error(
        "Damaged: {ids}; remove what is damaged with `earmark models remove`, and download or import it again."
    )]
    DamagedModels {
        /// Their names, joined by commas.
        ids: String,
    },
    /// Models that could not be brought here, checked or removed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A model, query or encoder that cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An engine that cannot be started as asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl CliError {
    /// Whether nothing went wrong but somebody stopped it.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Stopped | Self::Library(LibraryError::Cancelled))
    }
}
