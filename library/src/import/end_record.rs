//! How many entries a zip announces, before anything of its size is made for them.
//!
//! The end of a zip says how many entries there are: its last record in 16 bits, another one before it in 64 (APPNOTE 4.3.14
//! to 4.3.16). A table is made for as many as are announced, so a small file could ask for all memory.

use super::error::ImportError;
use super::source::Source;

/// Most entries of a checkpoint's zip. AudioSep's has about 3,000.
const MOST_ENTRIES: u64 = 200_000;

/// The last record without its comment, which has at most 65,535 bytes.
const END: usize = 22;
const LONGEST_COMMENT: u64 = 0xFFFF;
/// What says where the record of 64 bits is, right before the last record.
const LOCATOR: usize = 20;
/// The record of 64 bits, as PyTorch writes it: right before its locator, with nothing after its own fields.
const END_64: u64 = 56;

/// Whether the zip that `source` is announces no more entries than a checkpoint has, wherever its end may be taken for.
pub(super) fn check(source: &Source) -> Result<(), ImportError> {
    let from = source
        .bytes
        .saturating_sub(END as u64 + LONGEST_COMMENT + LOCATOR as u64);
    let tail = read(source, from, (source.bytes - from) as usize)?;
    let ends = tail.windows(END).enumerate();
    for (at, _) in ends.filter(|(_, end)| end.starts_with(b"PK\x05\x06")) {
        let Some(locator) = at.checked_sub(LOCATOR).map(|start| &tail[start..at]) else {
            continue;
        };
        // Without such a record there are at most 65,535.
        if !locator.starts_with(b"PK\x06\x07") {
            continue;
        }
        let place = (from + at as u64).checked_sub(LOCATOR as u64 + END_64);
        let place = place.filter(|&place| number(&locator[8..16]) == place);
        let place = place.ok_or_else(|| source.damaged("its table of contents is not at its end"))?;
        let record = read(source, place, END_64 as usize)?;
        let entries = number(&record[32..40]);
        if entries > MOST_ENTRIES {
            return Err(source.foreign(format!("it has {entries} parts")));
        }
    }
    Ok(())
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(u64::MAX, u64::from_le_bytes)
}

fn read(source: &Source, from: u64, bytes: usize) -> Result<Vec<u8>, ImportError> {
    let mut read = Vec::with_capacity(bytes);
    source.stretch(from, bytes as u64, 1 << 16, &mut |part| {
        read.extend_from_slice(part);
        Ok(())
    })?;
    Ok(read)
}
