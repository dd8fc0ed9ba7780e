//! ID3v2 tags, which may stand before any sound.

use std::io;

use super::bytes::Bytes;

/// Where the first byte behind all tags that begin at `at` is.
pub(super) fn skip(bytes: &mut Bytes, mut at: u64) -> io::Result<u64> {
    while let Some(len) = len(&bytes.vec(at, 10, 10)?) {
        at += len;
    }
    Ok(at)
}

/// Length of an ID3v2 tag that begins with these ten bytes.
pub(super) fn len(head: &[u8]) -> Option<u64> {
    if head.len() < 10 || !head.starts_with(b"ID3") || head[6..10].iter().any(|byte| byte & 0x80 != 0) {
        return None;
    }
    let size = head[6..10]
        .iter()
        .fold(0, |size, &byte| size << 7 | u64::from(byte));
    let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}
