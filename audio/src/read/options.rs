//! What of a file is read.

use super::decoder::Fault;

/// What of a file is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Which of several sound tracks, counted from 1. The first one where none is named, and a warning says so.
    pub track: Option<usize>,
}

/// That a track was asked for that there is not.
pub(super) fn no_track(asked: usize, count: usize) -> Fault {
    Fault::Unreadable(match count {
        1 => format!("it has no sound track number {asked}, but one; leave the number out"),
        _ => format!("it has no sound track number {asked}; choose one from 1 to {count}"),
    })
}
