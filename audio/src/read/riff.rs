//! WAV and its relatives RF64 and BW64, and RIFX.

use std::ops::Range;

use super::bytes::{Bytes, array, be16, be32, le16, le32, le64};
use super::decoder::Fault;
use super::description::{Chunk, Description};
use super::pcm::Layout;
use super::sample::{Kind, Sample};
use super::warning::Warning;

/// Chunks that an output can carry on.
const CARRIED: [&[u8; 4]; 5] = [b"bext", b"iXML", b"cue ", b"LIST", b"smpl"];
/// Longest one, and all of them together, in bytes.
const MOST_CARRIED: usize = 1 << 24;
/// What stands for a size that is unknown, or stands in `ds64`.
const ELSEWHERE: u32 = u32::MAX;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// What a file of this kind holds.
pub(super) enum Riff {
    /// Uncompressed samples.
    Pcm(Box<Description>, Layout),
    /// Another codec.
    Coded,
}

/// Whether a file begins as one of this kind.
pub(super) fn is(head: &[u8]) -> bool {
    head.len() >= 12
        && [b"RIFF", b"RIFX", b"RF64", b"BW64"].contains(&&array(head, 0))
        && &head[8..12] == b"WAVE"
}

/// Reads the chunks of a file that [`is`] one.
pub(super) fn read(bytes: &mut Bytes) -> Result<Riff, Fault> {
    let chunks = Chunks::read(bytes)?;
    let format = chunks
        .format
        .as_ref()
        .ok_or_else(|| Fault::NotAudio("it has no fmt chunk".into()))?;
    let number = |at| {
        if chunks.big_endian {
            be16(format, at)
        } else {
            le16(format, at)
        }
    };
    let tag = match number(0) {
        EXTENSIBLE if format.len() >= 40 => sub_format(&array(format, 24), chunks.big_endian),
        tag => tag,
    };
    if chunks.parts.is_empty() {
        return Err(Fault::NotAudio("it has no data chunk".into()));
    }
    let (channels, align, bits) = (
        usize::from(number(2)),
        usize::from(number(12)),
        usize::from(number(14)),
    );
    // Plain PCM may lie in more bytes than its bits need; then the block align tells.
    let tight = bits.div_ceil(8);
    let bytes_of_a_sample = match align.checked_div(channels) {
        Some(bytes) if align == bytes * channels && (tight..=4).contains(&bytes) => bytes,
        _ => tight,
    };
    let (kind, width) = match tag {
        PCM if bits <= 8 && bytes_of_a_sample == 1 => (Kind::Unsigned, 1),
        PCM => (Kind::Signed, bytes_of_a_sample),
        FLOAT => (Kind::Float, tight),
        A_LAW => (Kind::ALaw, 1),
        MU_LAW => (Kind::MuLaw, 1),
        _ => return Ok(Riff::Coded),
    };
    let sample = Sample::new(kind, width, chunks.big_endian)
        .ok_or_else(|| Fault::NotAudio(format!("it states samples of {bits} bits")))?;
    let extensible = number(0) == EXTENSIBLE && format.len() >= 24;
    let valid = if extensible {
        u32::from(number(18))
    } else {
        8 * width as u32
    };
    let rate = if chunks.big_endian {
        be32(format, 4)
    } else {
        le32(format, 4)
    };
    let mask = if chunks.big_endian {
        be32(format, 20)
    } else {
        le32(format, 20)
    };
    let frame = (width * channels).max(1);
    let declared = chunks.parts.iter().map(|part| part.end - part.start).sum::<u64>() / frame as u64;
    let description = Description {
        rate,
        channels,
        encoding: Some(sample.encoding(valid)),
        speakers: extensible.then_some(mask),
        frames: Some(declared),
        chunks: chunks.carried,
    };
    let layout = Layout {
        sample,
        frame,
        parts: chunks.parts,
        warnings: chunks.warnings,
    };
    Ok(Riff::Pcm(Box::new(description), layout))
}

/// The tag that an extensible format stands for: its own, where its GUID is one of a tag (or of ambisonics); else none that is known.
fn sub_format(guid: &[u8; 16], big_endian: bool) -> u16 {
    const OF_A_TAG: [u8; 8] = [0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    const AMBISONIC: [u8; 8] = [0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0];
    let tag = if big_endian { be32(guid, 0) } else { le32(guid, 0) };
    let known = guid[8..] == OF_A_TAG || guid[8..] == AMBISONIC;
    match u16::try_from(tag) {
        Ok(tag) if known && tag != EXTENSIBLE => tag,
        _ => EXTENSIBLE,
    }
}

/// The chunks of a file.
struct Chunks {
    big_endian: bool,
    format: Option<Vec<u8>>,
    /// What the data chunks hold; beyond the end of the file where they were cut short.
    parts: Vec<Range<u64>>,
    carried: Vec<Chunk>,
    warnings: Vec<Warning>,
}

impl Chunks {
    /// Goes through the whole file, whatever it states as its own size: that is the first figure to be wrong.
    fn read(bytes: &mut Bytes) -> Result<Self, Fault> {
        let magic: [u8; 4] = bytes.array(0)?.unwrap_or_default();
        let mut chunks = Self {
            big_endian: &magic == b"RIFX",
            format: None,
            parts: Vec::new(),
            carried: Vec::new(),
            warnings: Vec::new(),
        };
        let mut long: Option<Vec<u8>> = None;
        let mut room = MOST_CARRIED;
        let mut at = 12;
        while let Some(head) = bytes.array::<8>(at)? {
            let id: [u8; 4] = array(&head, 0);
            let stated = chunks.size(&head);
            if !is_name(&id) {
                chunks.behind(bytes, at)?;
                break;
            }
            let body = at + 8;
            let size = match (stated, &long) {
                (ELSEWHERE, Some(long)) => size_elsewhere(long, &id).unwrap_or_else(|| bytes.behind(body)),
                (ELSEWHERE, None) => bytes.behind(body),
                (stated, _) => u64::from(stated),
            };
            let mut end = body.saturating_add(size);
            match &id {
                b"ds64" if magic != *b"RIFF" && magic != *b"RIFX" => {
                    long = Some(bytes.vec(body, size, 1 << 16)?);
                }
                b"fmt " if chunks.format.is_none() => {
                    let format = bytes.vec(body, size, 1 << 16)?;
                    if format.len() < 14 {
                        return Err(Fault::NotAudio("its fmt chunk is too short".into()));
                    }
                    chunks.format = Some(format);
                }
                b"data" => {
                    // A recorder that was not switched off in order wrote no size.
                    if size == 0 && !is_chain(bytes, body)? {
                        end = bytes.len();
                    }
                    chunks.parts.push(body..end);
                }
                id if CARRIED.contains(&id) && size <= room as u64 => {
                    let body = bytes.vec(body, size, room)?;
                    if body.len() as u64 == size && !(*id == *b"LIST" && body.starts_with(b"wavl")) {
                        room -= body.len();
                        chunks.carried.push(Chunk { id: *id, bytes: body });
                    }
                }
                _ => {}
            }
            at = next(bytes, end)?;
        }
        Ok(chunks)
    }

    fn size(&self, head: &[u8; 8]) -> u32 {
        if self.big_endian {
            be32(head, 4)
        } else {
            le32(head, 4)
        }
    }

    /// What is no chunk: behind the sound it is left out, and said, unless it is empty or a tag; before it nothing can be read.
    fn behind(&mut self, bytes: &mut Bytes, at: u64) -> Result<(), Fault> {
        if self.parts.is_empty() {
            return Err(Fault::NotAudio("its contents are damaged".into()));
        }
        let head = bytes.vec(at, u64::MAX, 1 << 12)?;
        let is_tag = head.starts_with(b"TAG") && bytes.behind(at) == 128;
        if !is_tag && head.iter().any(|&byte| byte != 0) {
            self.warnings.push(Warning::Behind {
                bytes: bytes.behind(at),
            });
        }
        Ok(())
    }
}

/// The size of a chunk as a `ds64` chunk states it.
fn size_elsewhere(long: &[u8], id: &[u8; 4]) -> Option<u64> {
    if id == b"data" {
        // Zero is what a recorder writes before it knows.
        return Some(le64(long, 8)).filter(|&size| size > 0);
    }
    let entries = long.get(28..)?.chunks_exact(12);
    entries
        .take(le32(long, 24) as usize)
        .find(|entry| entry[..4] == *id)
        .map(|entry| le64(entry, 4))
}

/// Where the chunk behind `end` begins: at the next even byte, unless its writer left the padding out.
fn next(bytes: &mut Bytes, end: u64) -> Result<u64, Fault> {
    if end.is_multiple_of(2) {
        return Ok(end);
    }
    let padded = end.saturating_add(1);
    let is_chunk = |head: Option<[u8; 4]>| head.is_some_and(|id| is_name(&id));
    let at_once = !is_chunk(bytes.array(padded)?) && is_chunk(bytes.array(end)?);
    Ok(if at_once { end } else { padded })
}

/// Whether there is nothing from `at` to the end of the file but whole chunks.
fn is_chain(bytes: &mut Bytes, mut at: u64) -> Result<bool, Fault> {
    while let Some(head) = bytes.array::<8>(at)? {
        let end = at + 8 + u64::from(le32(&head, 4));
        if !is_name(&array(&head, 0)) || end > bytes.len() {
            return Ok(false);
        }
        at = next(bytes, end)?;
    }
    Ok(bytes.behind(at) == 0)
}

/// Whether these can be the name of a chunk.
fn is_name(id: &[u8; 4]) -> bool {
    id.iter().all(|byte| (0x20..0x7f).contains(byte)) && id[0] != b' '
}
