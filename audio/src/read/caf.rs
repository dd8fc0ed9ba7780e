//! Core Audio Format.

use std::ops::Range;

use super::bytes::{Bytes, array, be32, be64};
use super::decoder::Fault;
use super::description::Description;
use super::pcm::Layout;
use super::sample::{Kind, Sample};
use super::speakers;

/// What a file of this kind holds.
pub(super) enum Caf {
    /// Uncompressed samples.
    Pcm(Box<Description>, Layout),
    /// Another codec.
    Coded,
}

const FLOAT: u32 = 1;
const LITTLE_ENDIAN: u32 = 2;

/// Whether a file begins as one of this kind.
pub(super) fn is(head: &[u8]) -> bool {
    head.starts_with(b"caff")
}

/// Reads the chunks of a file that [`is`] one.
pub(super) fn read(bytes: &mut Bytes) -> Result<Caf, Fault> {
    let mut format = None;
    let mut speakers = None;
    let mut parts: Vec<Range<u64>> = Vec::new();
    let mut at = 8;
    while let Some(head) = bytes.array::<12>(at)? {
        let (id, size): ([u8; 4], u64) = (array(&head, 0), be64(&head, 4));
        let body = at + 12;
        let end = match &id {
            // The last chunk may leave its size open.
            b"data" if size == u64::MAX || size == 0 => bytes.len(),
            _ => body.saturating_add(size),
        };
        match &id {
            b"desc" if format.is_none() => format = bytes.array::<32>(body)?,
            b"chan" => {
                let layout = bytes.array::<8>(body)?.unwrap_or_default();
                speakers = speakers::of_layout(be32(&layout, 0), be32(&layout, 4));
            }
            // Before the samples stands a count of edits.
            b"data" if parts.is_empty() => {
                let first = body.saturating_add(4);
                parts.push(first..end.max(first));
            }
            _ => {}
        }
        at = end;
    }
    let format = format.ok_or_else(|| Fault::NotAudio("it has no desc chunk".into()))?;
    let (flags, frame, channels, bits) = (
        be32(&format, 12),
        be32(&format, 16) as usize,
        be32(&format, 24) as usize,
        be32(&format, 28),
    );
    let width = frame.checked_div(channels).unwrap_or(0);
    let kind = match &array::<4>(&format, 8) {
        b"lpcm" if flags & FLOAT != 0 => Kind::Float,
        b"lpcm" => Kind::Signed,
        b"alaw" => Kind::ALaw,
        b"ulaw" => Kind::MuLaw,
        _ => return Ok(Caf::Coded),
    };
    let sample = Sample::new(kind, width, flags & LITTLE_ENDIAN == 0)
        .ok_or_else(|| Fault::NotAudio(format!("it states samples of {bits} bits")))?;
    if parts.is_empty() {
        return Err(Fault::NotAudio("it has no data chunk".into()));
    }
    let rate = f64::from_be_bytes(array(&format, 0)).round();
    let layout = Layout::new(sample, frame, parts);
    let description = Description {
        // Rates that no sound has become 0 or the greatest number.
        rate: rate as u32,
        channels,
        encoding: Some(sample.encoding(bits)),
        speakers,
        frames: Some(layout.frames()),
        ..Description::default()
    };
    Ok(Caf::Pcm(Box::new(description), layout))
}
