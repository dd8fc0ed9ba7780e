//! Sound files in and out, without losing a sample.
//!
//! A [`Reader`] hands out what a file holds block by block, whatever the size of its packets, and a [`Description`] of it: its
//! rate, its speakers, the format of its samples, and the chunks that an output may carry on. An [`Output`] writes a file
//! that appears at its place only when it is whole.
//!
//! What is read has the length and the place that the file gives it, or reading ends with a [`FileError`]. What is damaged
//! becomes silence of the same length and is counted; what a file declares and does not hold is counted, too. At no time
//! is more than a few blocks held in memory.
//!
//! What belongs here is files. No separator, no engine, no command line and no window ever enters.

mod error;
mod read;
mod write;

pub use error::FileError;
pub use read::{Chunk, Description, Encoding, Options, Reader, Warning, mono, mono_at, resampled};
pub use write::{Bits, Format, Layout, Output, STANDARD, WholeFile, carried, remove_unfinished, stamp};
