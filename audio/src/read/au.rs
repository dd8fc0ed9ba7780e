//! Sun's AU.

use super::bytes::{Bytes, be32};
use super::decoder::Fault;
use super::description::Description;
use super::pcm::Layout;
use super::sample::{Kind, Sample};

/// Whether a file begins as one of this kind.
pub(super) fn is(head: &[u8]) -> bool {
    head.starts_with(b".snd")
}

/// Reads the head of a file that [`is`] one.
pub(super) fn read(bytes: &mut Bytes) -> Result<(Description, Layout), Fault> {
    let head = bytes
        .array::<24>(0)?
        .ok_or_else(|| Fault::NotAudio("it ends too early".into()))?;
    let (first, size, channels) = (
        u64::from(be32(&head, 4)),
        be32(&head, 8),
        be32(&head, 20) as usize,
    );
    let (kind, width) = match be32(&head, 12) {
        1 => (Kind::MuLaw, 1),
        width @ 2..=5 => (Kind::Signed, width as usize - 1),
        6 => (Kind::Float, 4),
        7 => (Kind::Float, 8),
        27 => (Kind::ALaw, 1),
        _ => return Err(Fault::NotAudio("its codec is unknown".into())),
    };
    let sample =
        Sample::new(kind, width, true).ok_or_else(|| Fault::NotAudio("its codec is unknown".into()))?;
    // Whoever writes into a pipe leaves the size open.
    let end = match size {
        u32::MAX => bytes.len(),
        size => first + u64::from(size),
    };
    let frame = width.saturating_mul(channels).max(1);
    let whole = first..end.max(first);
    let layout = Layout::new(sample, frame, vec![whole]);
    let description = Description {
        rate: be32(&head, 16),
        channels,
        encoding: Some(sample.encoding(0)),
        frames: Some(layout.frames()),
        ..Description::default()
    };
    Ok((description, layout))
}
