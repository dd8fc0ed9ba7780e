//! A part of a file in memory, that moves on.

use std::io;

use super::bytes::Bytes;

/// Bytes that are read at a time.
const STEP: usize = 1 << 18;

/// A part of a file in memory.
pub(super) struct Window {
    bytes: Bytes,
    start: u64,
    held: Vec<u8>,
}

impl Window {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            start: 0,
            held: Vec::new(),
        }
    }

    /// Length of the file.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// Gives the file back.
    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The bytes from `at` on: at least `wanted` of them, less only where the file ends.
    pub(super) fn from(&mut self, at: u64, wanted: usize) -> io::Result<&[u8]> {
        let wanted = self.bytes.behind(at).min(wanted as u64);
        let end = self.start + self.held.len() as u64;
        if at < self.start || at + wanted > end {
            let len = wanted.max(STEP as u64);
            self.held = self.bytes.vec(at, len, usize::MAX)?;
            self.start = at;
        }
        let skipped = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.held.get(skipped..).unwrap_or_default())
    }
}
