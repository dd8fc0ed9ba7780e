//! AIFF and AIFC.

use std::ops::Range;

use super::bytes::{Bytes, array, be16, be32, be64};
use super::decoder::Fault;
use super::description::Description;
use super::pcm::Layout;
use super::sample::{Kind, Sample};

/// What a file of this kind holds.
pub(super) enum Aiff {
    /// Uncompressed samples.
    Pcm(Box<Description>, Layout),
    /// Another codec.
    Coded,
}

/// Whether a file begins as one of this kind.
pub(super) fn is(head: &[u8]) -> bool {
    head.len() >= 12 && head.starts_with(b"FORM") && (&head[8..12] == b"AIFF" || &head[8..12] == b"AIFC")
}

/// Reads the chunks of a file that [`is`] one, whatever it states as its own size.
pub(super) fn read(bytes: &mut Bytes) -> Result<Aiff, Fault> {
    let mut common = None;
    let mut sound: Option<Range<u64>> = None;
    let mut at = 12;
    while let Some(head) = bytes.array::<8>(at)? {
        let (id, size): ([u8; 4], u64) = (array(&head, 0), u64::from(be32(&head, 4)));
        let body = at + 8;
        match &id {
            b"COMM" if common.is_none() => {
                let chunk = bytes.vec(body, size, 1 << 16)?;
                if chunk.len() < 18 {
                    return Err(Fault::NotAudio("its COMM chunk is too short".into()));
                }
                common = Some(chunk);
            }
            b"SSND" if sound.is_none() => {
                let offset = bytes.array::<4>(body)?.map_or(0, |bytes| be32(&bytes, 0));
                let first = body + 8 + u64::from(offset);
                // Whoever writes into a pipe does not know the size.
                let end = if size < 8 || size == u64::from(u32::MAX) {
                    bytes.len()
                } else {
                    body + size
                };
                sound = Some(first..end.max(first));
            }
            id if !id.iter().all(|byte| (0x20..0x7f).contains(byte)) => break,
            _ => {}
        }
        at = body + size + (size & 1);
    }
    let common = common.ok_or_else(|| Fault::NotAudio("it has no COMM chunk".into()))?;
    let (channels, frames, bits) = (
        usize::from(be16(&common, 0)),
        u64::from(be32(&common, 2)),
        usize::from(be16(&common, 6)),
    );
    let codec: [u8; 4] = if common.len() >= 22 {
        array(&common, 18)
    } else {
        *b"NONE"
    };
    let width = bits.div_ceil(8);
    let (kind, width, big_endian) = match &codec {
        b"NONE" | b"twos" | b"in24" | b"in32" => (Kind::Signed, width, true),
        b"sowt" | b"42ni" | b"23ni" => (Kind::Signed, width, false),
        b"raw " => (Kind::Unsigned, width, true),
        b"fl32" | b"FL32" => (Kind::Float, 4, true),
        b"fl64" | b"FL64" => (Kind::Float, 8, true),
        b"alaw" | b"ALAW" => (Kind::ALaw, 1, true),
        b"ulaw" | b"ULAW" => (Kind::MuLaw, 1, true),
        _ => return Ok(Aiff::Coded),
    };
    let sample = Sample::new(kind, width, big_endian)
        .ok_or_else(|| Fault::NotAudio(format!("it states samples of {bits} bits")))?;
    let frame = (width * channels).max(1);
    let parts = match sound {
        Some(part) => vec![part],
        None if frames == 0 => Vec::new(),
        None => return Err(Fault::NotAudio("it has no SSND chunk".into())),
    };
    let layout = Layout::new(sample, frame, parts);
    let description = Description {
        rate: rate(&array(&common, 8)),
        channels,
        encoding: Some(sample.encoding(bits as u32)),
        // What the chunk of the sound holds, not the count of frames: other readers go by it, too.
        frames: Some(layout.frames()),
        ..Description::default()
    };
    Ok(Aiff::Pcm(Box::new(description), layout))
}

/// A rate in Hz from a number of 80 bits; 0 where it is none that a sound can have.
fn rate(bytes: &[u8; 10]) -> u32 {
    let exponent = i32::from(be16(bytes, 0) & 0x7fff) - 16_383 - 63;
    let value = be64(bytes, 2) as f64 * f64::from(exponent).exp2();
    if be16(bytes, 0) & 0x8000 == 0 && value <= f64::from(u32::MAX) {
        value.round() as u32
    } else {
        0
    }
}
