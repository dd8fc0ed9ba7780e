//! How far a piece of work is, and how whoever asked for it stops it.

use std::ops::ControlFlow;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Looking at what is there already.
    #[default]
    Starting,
    /// Waiting for a server's answer.
    Connecting,
    /// Receiving a file.
    Downloading,
    /// The connection broke, or another download uses the file; it is tried again in a moment.
    Waiting,
    /// Comparing a file with its checksum.
    Checking,
    /// Turning the files into one that Earmark loads.
    Importing,
}

/// How far the stage is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all, where that is known.
    pub total: Option<u64>,
}

/// Called ten times a second or more, also while nothing arrives. `Break` stops the work with
/// [`LibraryError::Cancelled`](crate::LibraryError::Cancelled); unfinished downloads stay and are continued next time.
pub type Report<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;
