//! The operands of a pickle's operations.

use super::PickleError;

/// The pickle and the position in it.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> PickleError {
        PickleError {
            at: self.at,
            reason: reason.into(),
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        if count > rest.len() {
            let left = rest.len();
            return Err(self.error(format!("{count} bytes are announced where {left} are left")));
        }
        self.at += count;
        Ok(&rest[..count])
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian number of `width` bytes, at most 8.
    pub(super) fn unsigned(&mut self, width: usize) -> Result<u64, PickleError> {
        let mut number = [0; 8];
        number[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(number))
    }

    /// A length of `width` bytes, then as many bytes.
    pub(super) fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let count = self.unsigned(width)?;
        // Longer than the address space is longer than the pickle.
        self.take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The same as text.
    pub(super) fn text(&mut self, width: usize) -> Result<&'a str, PickleError> {
        let bytes = self.counted(width)?;
        str::from_utf8(bytes).map_err(|_| self.error("a text is not UTF-8"))
    }

    /// Text up to the end of the line.
    pub(super) fn line(&mut self) -> Result<&'a str, PickleError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or_else(|| self.error("a line has no end"))?;
        self.at += length + 1;
        str::from_utf8(&rest[..length]).map_err(|_| self.error("a line is not UTF-8"))
    }
}
