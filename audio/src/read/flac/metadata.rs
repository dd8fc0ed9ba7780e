//! What stands before the frames.

use std::io;

use flac_codec::metadata::Streaminfo;

use super::super::bytes::{Bytes, array, be16, be64, le32};
use super::super::decoder::Fault;
use super::super::{id3, speakers};

/// Longest comment that is looked into, in bytes.
const MOST_COMMENT: usize = 1 << 24;

/// What stands before the frames.
pub(super) struct Metadata {
    /// For reading frames: the longest block is taken to be any, since files state it wrongly.
    pub(super) info: Streaminfo,
    pub(super) bits: u32,
    /// Samples of a channel, where the file states them.
    pub(super) total: Option<u64>,
    /// MD5 of all samples, where the file states it.
    pub(super) md5: Option<[u8; 16]>,
    /// The longest block as the file states it; 0 where it does not.
    pub(super) block: u64,
    pub(super) speakers: Option<u32>,
    /// Where the frames begin.
    pub(super) frames: u64,
}

/// Where a file's `fLaC` is: at its beginning, or behind an ID3v2 tag.
pub(in super::super) fn start(bytes: &mut Bytes) -> io::Result<Option<u64>> {
    let at = id3::skip(bytes, 0)?;
    Ok((bytes.array::<4>(at)? == Some(*b"fLaC")).then_some(at))
}

impl Metadata {
    /// Reads the blocks from `at`, where `fLaC` stands.
    pub(super) fn read(bytes: &mut Bytes, at: u64) -> Result<Self, Fault> {
        let damaged = || Fault::NotAudio("its contents are damaged".into());
        let mut at = at + 4;
        let mut info: Option<[u8; 34]> = None;
        let mut mask = None;
        loop {
            let head = bytes
                .array::<4>(at)?
                .ok_or_else(|| Fault::NotAudio("it ends too early".into()))?;
            let (kind, size) = (
                head[0] & 0x7f,
                u64::from(u32::from_be_bytes([0, head[1], head[2], head[3]])),
            );
            let body = at + 4;
            match kind {
                0 if info.is_none() => info = bytes.array(body)?,
                4 => mask = mask.or(speakers_of(&bytes.vec(body, size, MOST_COMMENT)?)),
                127 => return Err(damaged()),
                _ => {}
            }
            at = body + size;
            if head[0] & 0x80 != 0 {
                break;
            }
        }
        let info = info.ok_or_else(damaged)?;
        let packed = be64(&info, 10);
        let channels = (packed >> 41 & 7) as u8 + 1;
        let bits = (packed >> 36 & 31) as u32 + 1;
        let total = packed & ((1 << 36) - 1);
        Ok(Self {
            info: Streaminfo {
                minimum_block_size: 0,
                maximum_block_size: u16::MAX,
                minimum_frame_size: None,
                maximum_frame_size: None,
                sample_rate: (packed >> 44) as u32,
                channels: channels.try_into().map_err(|_| damaged())?,
                bits_per_sample: bits.try_into().map_err(|_| damaged())?,
                total_samples: None,
                md5: None,
            },
            bits,
            total: (total > 0).then_some(total),
            md5: Some(array(&info, 18)).filter(|md5| *md5 != [0; 16]),
            block: u64::from(be16(&info, 2)),
            speakers: mask.or(speakers::usual(usize::from(channels))),
            frames: at,
        })
    }
}

/// The mask of speakers in a block of comments.
fn speakers_of(block: &[u8]) -> Option<u32> {
    const NAME: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x";
    let mut at = 4 + le32(block, 0) as usize;
    let count = u32::from_le_bytes(array(block, at));
    at += 4;
    for _ in 0..count {
        let len = le32(block, at) as usize;
        let comment = block.get(at + 4..)?.get(..len)?;
        at += 4 + len;
        let text = std::str::from_utf8(comment).unwrap_or_default();
        if let Some((name, mask)) = text.split_at_checked(NAME.len())
            && name.eq_ignore_ascii_case(NAME)
        {
            return u32::from_str_radix(mask.trim(), 16).ok();
        }
    }
    None
}
