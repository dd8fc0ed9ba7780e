//! MP4 and QuickTime: which sound tracks there are, and which parts of them are played. What is compressed is decoded by
//! symphonia.

mod boxes;
mod edits;
mod pcm;

use std::ops::Range;

use super::bytes::{Bytes, be32, be64};
use super::decoder::Fault;
use super::description::Description;
use super::pcm::Layout;
use boxes::{boxes, find, path};
use edits::Clock;

/// Longest `moov` box, in bytes.
const MOST_MOVIE: usize = 1 << 28;

/// A sound track.
pub(super) struct Track {
    /// Its number in the file.
    pub(super) id: u32,
    /// What is played of it, in ticks; `None` for all of it.
    pub(super) parts: Option<Vec<Range<u64>>>,
    /// Ticks of a second.
    pub(super) scale: u64,
    /// Where its samples are, where they are uncompressed.
    pub(super) pcm: Option<(Description, Layout)>,
}

/// Whether a file begins as one of this kind.
pub(super) fn is(head: &[u8]) -> bool {
    head.len() >= 8
        && [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"]
            .iter()
            .any(|name| head[4..8] == name[..])
}

/// The sound tracks of a file that [`is`] one, in its order; none where it has no table of them.
pub(super) fn tracks(bytes: &mut Bytes) -> Result<Vec<Track>, Fault> {
    let mut at = 0;
    let movie = loop {
        let Some((name, body)) = boxes::head(&bytes.vec(at, 16, 16)?, bytes.behind(at)) else {
            return Ok(Vec::new());
        };
        if name == *b"moov" {
            break bytes.vec(at + body.start, body.end - body.start, MOST_MOVIE)?;
        }
        at = at.saturating_add(body.end);
    };
    let film = find(&movie, b"mvhd").map_or(0, |body| scale(body, 12, 20)).max(1);
    let noted = edits::noted(&movie);
    let mut tracks = Vec::new();
    for (_, track) in boxes(&movie).filter(|(name, _)| name == b"trak") {
        let Some(media) = find(track, b"mdia") else {
            continue;
        };
        if find(media, b"hdlr").and_then(|body| body.get(8..12)) != Some(b"soun") {
            continue;
        }
        let table = path(media, &[b"minf", b"stbl"]).unwrap_or_default();
        let scale_of = find(media, b"mdhd").map_or(0, |body| scale(body, 12, 20)).max(1);
        let clock = Clock {
            scale: scale_of,
            length: length(table),
            film,
        };
        let id = find(track, b"tkhd").map_or(0, |body| scale(body, 12, 20));
        let pcm = pcm::of(table);
        let parts = match edits::of(track, clock)? {
            None if pcm.is_none() => noted.clone().map(|part| vec![part]),
            parts => parts,
        };
        tracks.push(Track {
            id: id as u32,
            parts,
            scale: scale_of,
            pcm,
        });
    }
    Ok(tracks)
}

/// A number of 32 bits that is further behind where the box has long times.
fn scale(body: &[u8], short: usize, long: usize) -> u64 {
    u64::from(be32(body, if body.first() == Some(&1) { long } else { short }))
}

/// Ticks of all samples of a track.
fn length(table: &[u8]) -> u64 {
    let list = find(table, b"stts")
        .and_then(|body| body.get(8..))
        .unwrap_or_default();
    list.chunks_exact(8)
        .map(|run| {
            let packed = be64(run, 0);
            (packed >> 32) * (packed & u64::from(u32::MAX))
        })
        .fold(0, u64::saturating_add)
}
