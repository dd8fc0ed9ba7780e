//! Which parts of a track are played: its edit list, or what iTunes notes of the encoder's delay.

use std::ops::Range;

use super::super::bytes::{be32, be64};
use super::super::decoder::Fault;
use super::boxes::{boxes, path};

/// The clock of a track, and how long its samples are on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Ticks of a second.
    pub(super) scale: u64,
    /// Ticks of all samples; 0 where only the fragments tell.
    pub(super) length: u64,
    /// Ticks of a second of the whole film.
    pub(super) film: u64,
}

/// The parts of a track that are played, in ticks of its clock; `None` for all of it. A last part of unknown length ends at `u64::MAX`.
pub(super) fn of(track: &[u8], clock: Clock) -> Result<Option<Vec<Range<u64>>>, Fault> {
    let Some(list) = path(track, &[b"edts", b"elst"]) else {
        return Ok(None);
    };
    let is_long = list.first() == Some(&1);
    let entries = list
        .get(8..)
        .unwrap_or_default()
        .chunks_exact(if is_long { 20 } else { 12 });
    let mut parts: Vec<Range<u64>> = Vec::new();
    let mut is_gap = false;
    for entry in entries.take(be32(list, 4) as usize) {
        let (length, start) = if is_long {
            (be64(entry, 0), be64(entry, 8) as i64)
        } else {
            (u64::from(be32(entry, 0)), i64::from(be32(entry, 4) as i32))
        };
        let Ok(start) = u64::try_from(start) else {
            // Silence before the first part is the film's, not the sound's.
            is_gap |= !parts.is_empty();
            continue;
        };
        // A length of the film is as coarse as its clock: what is that close to the end of the samples is their end.
        let tick = clock.scale.div_ceil(clock.film);
        let length = (u128::from(length) * u128::from(clock.scale) / u128::from(clock.film)) as u64;
        let end = match start.saturating_add(length) {
            _ if clock.length == 0 => u64::MAX,
            _ if length == 0 => clock.length,
            end if end.saturating_add(tick) >= clock.length => clock.length,
            end => end,
        };
        if is_gap || parts.last().is_some_and(|last| start < last.end) {
            return Err(Fault::Unreadable(
                "its edit list has gaps, or plays parts twice or out of order; export its sound as WAV first"
                    .into(),
            ));
        }
        if start < end {
            parts.push(start..end);
        }
    }
    let all = 0..if clock.length == 0 { u64::MAX } else { clock.length };
    Ok((!parts.is_empty() && parts != [all]).then_some(parts))
}

/// What iTunes notes of the encoder's delay, in samples.
pub(super) fn noted(movie: &[u8]) -> Option<Range<u64>> {
    let meta = path(movie, &[b"udta", b"meta"])?;
    // In MP4 four bytes stand before the boxes in it, in QuickTime none.
    let list = path(meta.get(4..)?, &[b"ilst"]).or_else(|| path(meta, &[b"ilst"]))?;
    let note = boxes(list)
        .filter(|(name, _)| name == b"----")
        .find(|(_, body)| path(body, &[b"name"]).is_some_and(|name| name.ends_with(b"iTunSMPB")))?;
    let text = std::str::from_utf8(path(note.1, &[b"data"])?.get(8..)?).ok()?;
    let numbers: Vec<u64> = text
        .split_ascii_whitespace()
        .map(|number| u64::from_str_radix(number, 16))
        .collect::<Result<_, _>>()
        .ok()?;
    match numbers[..] {
        [_, delay, _, length, ..] if length > 0 => Some(delay..delay.checked_add(length)?),
        _ => None,
    }
}
