//! What can go wrong in a task.

use std::path::PathBuf;

/// Why a task stopped. Each message says what to do where there is something to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    /// The command line names no task.
    #[error("unknown command `{given}`")]
    Usage {
        /// What was typed.
        given: String,
    },

    /// A program is not there.
    #[error("`{program}` could not be started ({source}). Is it installed and on the PATH?")]
    Start {
        /// Its name.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },

    /// A program ended with an error.
    #[error("`{command}` ended with {status}")]
    Failed {
        /// The whole command line.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },

    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "create", "read", …
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// The bundler refused.
    #[error("{0}")]
    Bundle(String),

    /// What was built cannot be packaged.
    #[error("{0}")]
    Package(String),

    /// System packages are missing and this user may not install them.
    #[error(
        "system packages are missing and cannot be installed from here. Please run\n\n    {command}\n\nand start this task again"
    )]
    Packages {
        /// The exact command to run.
        command: String,
    },

    /// Only root may do it.
    #[error(
        "the compilers for other systems go into a Debian of their own below target/cross, which only root can set up. Please start \
         this task as root"
    )]
    Root,

    /// What was built for another system computes something else.
    #[error("{0}")]
    Differs(String),

    /// No folder is known for what is to be installed.
    #[error("{0} is not set, so there is no folder to install into. Set it and start this task again")]
    NoHome(&'static str),

    /// Some steps of a task failed; each has been reported.
    #[error("{} of {total} steps failed: {}", failed.len(), failed.join(", "))]
    Steps {
        /// The names of the steps.
        failed: Vec<String>,
        /// How many steps were run.
        total: usize,
    },
}
