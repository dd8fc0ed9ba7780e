//! The MD5 of a FLAC file's samples (RFC 9639, section 8.2).

/// Sums samples up as a WAVE file would store them: signed, the lowest byte first, in whole bytes.
pub(super) struct Checksum {
    context: md5::Context,
    /// Bytes of a sample.
    width: usize,
}

impl Checksum {
    /// Of samples of so many bits, 1 to 32.
    pub(super) fn new(bits: u32) -> Self {
        Self {
            context: md5::Context::new(),
            width: bits.div_ceil(8) as usize,
        }
    }

    /// Adds samples, `[channel][sample]`.
    pub(super) fn add(&mut self, channels: &[Vec<i64>]) {
        let frames = channels.first().map_or(0, Vec::len);
        let bytes: Vec<u8> = (0..frames)
            .flat_map(|frame| channels.iter().map(move |channel| channel[frame].to_le_bytes()))
            .flat_map(|sample| sample.into_iter().take(self.width))
            .collect();
        self.context.consume(bytes);
    }

    /// The sum of all that was added.
    pub(super) fn end(self) -> [u8; 16] {
        self.context.finalize().0
    }
}
