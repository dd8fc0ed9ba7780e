//! Boxes in boxes.

use std::ops::Range;

use super::super::bytes::{array, be32, be64};

/// The boxes in a slice: the name and the body of each.
pub(super) fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, body) = head(bytes, bytes.len() as u64)?;
        let end = usize::try_from(body.end).ok()?.min(bytes.len());
        let found = bytes.get(usize::try_from(body.start).ok()?..end)?;
        bytes = &bytes[end..];
        Some((name, found))
    })
}

/// The body of the first box of a name.
pub(super) fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes)
        .find(|(found, _)| found == name)
        .map(|(_, body)| body)
}

/// The body of a box in a box in a box.
pub(super) fn path<'a>(bytes: &'a [u8], names: &[&[u8; 4]]) -> Option<&'a [u8]> {
    names.iter().try_fold(bytes, |bytes, name| find(bytes, name))
}

/// The name of a box and where its body lies, by its first bytes; `left` is what there is from its beginning on.
pub(super) fn head(bytes: &[u8], left: u64) -> Option<([u8; 4], Range<u64>)> {
    if bytes.len() < 8 {
        return None;
    }
    let (start, end) = match be32(bytes, 0) {
        0 => (8, left),
        1 if bytes.len() < 16 => return None,
        1 => (16, be64(bytes, 8)),
        size => (8, u64::from(size)),
    };
    (end >= start).then(|| (array(bytes, 4), start..end))
}
