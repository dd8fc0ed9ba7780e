//! What an encoder writes into the first frame in place of sound: how many frames follow, and how much of them is sound.

use super::super::bytes::{array, be32};
use super::header::Header;

/// What an encoder writes into the first frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// Frames that follow, where it says so. Often wrong.
    pub(super) frames: Option<u64>,
    /// Samples before and behind the sound that the encoder added.
    pub(super) delay: u64,
    pub(super) padding: u64,
}

/// Samples by which a decoder is late.
const DECODER: u64 = 529;

impl Info {
    /// What this frame says, where it is one of information and not of sound.
    pub(super) fn read(header: &Header, frame: &[u8]) -> Option<Self> {
        if header.layer != 3 {
            return None;
        }
        if array(frame, 36) == *b"VBRI" {
            return Some(Self {
                frames: Some(u64::from(be32(frame, 36 + 14))),
                ..Self::default()
            });
        }
        let at = 4 + header.side;
        if ![*b"Xing", *b"Info"].contains(&array(frame, at)) {
            return None;
        }
        let flags = be32(frame, at + 4);
        let mut info = Self {
            frames: (flags & 1 != 0).then(|| u64::from(be32(frame, at + 8))),
            ..Self::default()
        };
        // Frames, bytes, a table of contents, a quality; then what the encoder calls itself.
        let lengths = [4, 4, 100, 4].into_iter().enumerate();
        let tool = at
            + 8
            + lengths
                .map(|(bit, len)| if flags >> bit & 1 == 1 { len } else { 0 })
                .sum::<usize>();
        if [*b"LAME", *b"Lavf", *b"Lavc"].contains(&array(frame, tool)) {
            let packed = u64::from(be32(frame, tool + 20));
            info.delay = (packed >> 12 & 0xfff) + DECODER;
            info.padding = (packed & 0xfff).saturating_sub(DECODER);
        }
        Some(info)
    }
}
