//! What the reader asks of each kind of file.

use std::io;

use super::description::Description;
use super::warning::Warning;

/// One kind of file, decoded packet by packet.
pub(super) trait Decoder: Send {
    /// What the file says of itself; the same from the first packet to the last.
    fn description(&self) -> &Description;

    /// What is odd about the file, as far as it was read.
    fn warnings(&self) -> Vec<Warning> {
        Vec::new()
    }

    /// Decodes on. `Next::Sound` has replaced what `packet` held, `[channel][sample]`: as many channels as described, all
    /// equally long.
    ///
    /// # Errors
    /// A [`Fault`] after which nothing more can be decoded.
    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault>;
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Samples.
    Sound,
    /// A packet that could not be decoded, with so many samples in it.
    Damaged(u64),
    /// The end.
    End(End),
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Where its own structure says so: what it declares must have come out.
    Whole,
    /// Where its bytes do: it may have been cut short.
    Bytes,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// It holds no sound that can be decoded; what it holds instead.
    NotAudio(String),
    /// It holds sound, but not to its end; what is wrong, and what to do.
    Unreadable(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::NotAudio("it ends too early".into()),
            _ => Self::Unreadable(error.to_string()),
        }
    }
}
