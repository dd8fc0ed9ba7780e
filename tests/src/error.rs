//! What can go wrong between the host and the plug-in.

use std::path::PathBuf;

/// Why the host could not do what a test or the demo asked of it.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The bundle has not been built.
    #[error("there is no plug-in at {}: run `cargo xtask bundle` first, or set EARMARK_BUNDLES to the folder that holds it", .0.display())]
    NoBundle(PathBuf),

    /// The library could not be loaded or has no CLAP entry.
    #[error("{} is not a CLAP that loads: {reason}", path.display())]
    Load {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },

    /// The plug-in refused a call.
    #[error("the plug-in refused to {call}: {reason}")]
    Refused {
        /// What was asked of it.
        call: &'static str,
        /// What it answered.
        reason: String,
    },

    /// The plug-in lacks an extension that this host needs.
    #[error("the plug-in has no CLAP extension `{0}`")]
    NoExtension(&'static str),

    /// There is no parameter of that name.
    #[error("the plug-in has no parameter `{wanted}`; it has {}", known.join(", "))]
    NoParameter {
        /// The name that was looked for.
        wanted: String,
        /// The names that there are.
        known: Vec<String>,
    },

    /// No layout of the plug-in has that many channels.
    #[error("the plug-in has no layout of {0} channels")]
    NoLayout(usize),

    /// A call that needs an active plug-in came before `activate`.
    #[error("the plug-in is not active")]
    NotActive,

    /// There is no X server, or it refused something.
    #[error(
        "no window can be shown: {0}. On Debian, `apt-get install xvfb` brings a screen without a monitor"
    )]
    Screen(String),

    /// A picture cannot be read.
    #[error("the picture {} cannot be read: {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The model for tests of devices cannot be made.
    #[error("no model can be made: {}: {reason}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },

    /// The saved state is not what the host expects.
    #[error("the saved state cannot be read: {0}")]
    State(String),

    /// The model did not start to work in time.
    #[error(
        "after {seconds} s the plug-in still passes its input unchanged: the model was not loaded, or the query is not set"
    )]
    NotReady {
        /// How long the host waited.
        seconds: u64,
    },

    /// An audio file could not be read or written.
    #[error("{}: {source}", path.display())]
    Wav {
        /// The file.
        path: PathBuf,
        /// What hound said.
        source: hound::Error,
    },

    /// A file could not be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
