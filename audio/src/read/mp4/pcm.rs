//! Uncompressed samples in MP4 and QuickTime.

use std::ops::Range;

use super::super::bytes::{be16, be32, be64};
use super::super::description::Description;
use super::super::pcm::Layout;
use super::super::sample::{Kind, Sample};
use super::super::speakers;
use super::boxes::{find, path};

/// The samples of a track, where they are uncompressed. `table` is the body of its `stbl`.
pub(super) fn of(table: &[u8]) -> Option<(Description, Layout)> {
    let entry = find(table, b"stsd")?.get(8..)?;
    let version = be16(entry, 16);
    let (mut channels, mut bits) = (usize::from(be16(entry, 24)), usize::from(be16(entry, 26)));
    let mut rate = be32(entry, 32) >> 16;
    let mut flags = 0;
    let body = match version {
        0 => 36,
        1 => 52,
        _ => {
            rate = f64::from_bits(be64(entry, 40)).round() as u32;
            channels = be32(entry, 48) as usize;
            bits = be32(entry, 56) as usize;
            flags = be32(entry, 60);
            72
        }
    };
    let end = (be32(entry, 0) as usize).min(entry.len());
    let inner = entry.get(body..end)?;
    // A box in `wave`, or in MP4 one of its own, may turn the bytes around.
    let is_little = path(inner, &[b"wave", b"enda"]).is_some_and(|body| be16(body, 0) == 1)
        || find(inner, b"enda").is_some_and(|body| be16(body, 0) == 1);
    let width = bits.div_ceil(8);
    let (kind, width, big_endian) = match entry.get(4..8)? {
        b"twos" => (Kind::Signed, width, true),
        b"sowt" => (Kind::Signed, width, false),
        b"raw " => (Kind::Unsigned, width, true),
        b"in24" => (Kind::Signed, 3, !is_little),
        b"in32" => (Kind::Signed, 4, !is_little),
        b"fl32" => (Kind::Float, 4, !is_little),
        b"fl64" => (Kind::Float, 8, !is_little),
        b"alaw" => (Kind::ALaw, 1, true),
        b"ulaw" => (Kind::MuLaw, 1, true),
        b"lpcm" if version == 2 => {
            let kind = match flags & 5 {
                4 => Kind::Signed,
                0 => Kind::Unsigned,
                _ => Kind::Float,
            };
            let frame = be32(entry, 64) as usize;
            (kind, frame.checked_div(channels)?, flags & 2 != 0)
        }
        name @ (b"ipcm" | b"fpcm") => {
            let about = find(inner, b"pcmC")?;
            let kind = if name == b"ipcm" {
                Kind::Signed
            } else {
                Kind::Float
            };
            let bits = usize::from(*about.get(5)?);
            (kind, bits.div_ceil(8), about.get(4)? & 1 == 0)
        }
        _ => return None,
    };
    let sample = Sample::new(kind, width, big_endian)?;
    let frame = width.checked_mul(channels).filter(|&frame| frame > 0)?;
    let speakers = find(inner, b"chan").and_then(|body| speakers::of_layout(be32(body, 4), be32(body, 8)));
    let description = Description {
        rate,
        channels,
        encoding: Some(sample.encoding(8 * width as u32)),
        speakers,
        ..Description::default()
    };
    Some((
        description,
        Layout::new(sample, frame, chunks(table, frame as u64)?),
    ))
}

/// Where the samples lie: each chunk of the file holds a number of them.
fn chunks(table: &[u8], frame: u64) -> Option<Vec<Range<u64>>> {
    let offsets: Vec<u64> = match find(table, b"stco") {
        Some(list) => list
            .get(8..)?
            .chunks_exact(4)
            .map(|at| u64::from(be32(at, 0)))
            .collect(),
        None => find(table, b"co64")?
            .get(8..)?
            .chunks_exact(8)
            .map(|at| be64(at, 0))
            .collect(),
    };
    let runs: Vec<(usize, u64)> = find(table, b"stsc")?
        .get(8..)?
        .chunks_exact(12)
        .map(|run| (be32(run, 0) as usize, u64::from(be32(run, 4))))
        .collect();
    let mut run = runs.iter().peekable();
    let mut samples = 0;
    let mut parts: Vec<Range<u64>> = Vec::new();
    for (i, &at) in offsets.iter().enumerate() {
        while let Some(&&(_, count)) = run.peek().filter(|(first, _)| *first <= i + 1) {
            samples = count;
            run.next();
        }
        let end = at.saturating_add(samples * frame);
        match parts.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => parts.push(at..end),
        }
    }
    Some(parts)
}
