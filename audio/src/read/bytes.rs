//! A file's bytes by their place.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// A file that is read at any place. Nothing lies behind its end.
pub(super) struct Bytes {
    file: File,
    len: u64,
}

impl Bytes {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, len })
    }

    /// Length of the file.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes from `at` to the end of the file.
    pub(super) fn behind(&self, at: u64) -> u64 {
        self.len.saturating_sub(at)
    }

    /// Fills `buffer` from `at` on, and returns how much of it the file holds.
    pub(super) fn read(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if at >= self.len {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(at))?;
        let mut filled = 0;
        while filled < buffer.len() {
            match self.file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The `N` bytes at `at`, where the file holds them.
    pub(super) fn array<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        Ok((self.read(at, &mut bytes)? == N).then_some(bytes))
    }

    /// The bytes at `at`: `len` of them, or as many as the file holds, but at most `most`.
    pub(super) fn vec(&mut self, at: u64, len: u64, most: usize) -> io::Result<Vec<u8>> {
        let len = usize::try_from(len.min(self.behind(at)))
            .unwrap_or(most)
            .min(most);
        let mut bytes = vec![0; len];
        let filled = self.read(at, &mut bytes)?;
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// Gives the file back, at its beginning.
    pub(super) fn into_file(mut self) -> io::Result<File> {
        self.file.rewind()?;
        Ok(self.file)
    }
}

/// The first `N` bytes from `at`; zeros stand for what a slice does not hold.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    for (to, from) in array.iter_mut().zip(bytes.get(at..).unwrap_or_default()) {
        *to = *from;
    }
    array
}

/// A little-endian number of 16 bits.
pub(super) fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

/// A little-endian number of 32 bits.
pub(super) fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// A little-endian number of 64 bits.
pub(super) fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

/// A big-endian number of 16 bits.
pub(super) fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(array(bytes, at))
}

/// A big-endian number of 32 bits.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(array(bytes, at))
}

/// A big-endian number of 64 bits.
pub(super) fn be64(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(array(bytes, at))
}
