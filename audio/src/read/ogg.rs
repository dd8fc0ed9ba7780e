//! Vorbis and Opus in Ogg.
//!
//! Each page states the place of its end, so that what is lost before it becomes silence of the same length, and what a codec
//! adds at both ends is left out. Streams that follow each other are one sound where they are alike.

mod codec;
mod page;
mod vorbis;

use std::collections::VecDeque;

use super::bytes::Bytes;
use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::part::Part;
use super::pcm;
use super::window::Window;
use codec::Codec;
use page::{Packets, Page, Pages};

/// Pages in which the first head of a stream of sound is looked for.
const MOST_HEADS: usize = 64;

/// An Ogg file with Vorbis or Opus.
pub(super) struct Ogg {
    pages: Pages,
    description: Description,
    stream: Stream,
    /// What is decoded and not yet handed out.
    ready: VecDeque<Part>,
    end: Option<End>,
}

/// A stream of the file.
struct Stream {
    number: u32,
    codec: Codec,
    packets: Packets,
    /// Heads that are still to come.
    heads: usize,
    /// Samples still to be left out at the beginning.
    skip: u64,
    /// Samples that were decoded so far, those that are left out with them.
    decoded: u64,
    /// What is added to a page's place to get the samples before its end: `None` before the first page of sound.
    shift: Option<i128>,
    is_over: bool,
    behind_damage: bool,
}

/// Whether a file begins as Ogg.
pub(super) fn is(head: &[u8]) -> bool {
    head.starts_with(b"OggS")
}

impl Ogg {
    /// Opens a file; gives its bytes back where it holds neither.
    pub(super) fn open(bytes: Bytes) -> Result<Result<Self, Bytes>, Fault> {
        let mut pages = Pages::new(Window::new(bytes));
        for _ in 0..MOST_HEADS {
            let Some(page) = pages.next()? else { break };
            if !page.is_first {
                break;
            }
            if let Some((description, stream)) = Stream::open(&page)? {
                pcm::check(&description)?;
                return Self::begin(pages, description, stream).map(Ok);
            }
        }
        Ok(Err(pages.into_bytes()))
    }

    fn begin(pages: Pages, description: Description, stream: Stream) -> Result<Self, Fault> {
        let mut ogg = Self {
            pages,
            description,
            stream,
            ready: VecDeque::new(),
            end: None,
        };
        while ogg.ready.is_empty() && ogg.end.is_none() {
            ogg.advance()?;
        }
        let is_empty = ogg.ready.is_empty() && !ogg.stream.is_over;
        if ogg.stream.heads > 0 || is_empty {
            return Err(Fault::NotAudio("no sound in it could be decoded".into()));
        }
        // A stream that begins at its beginning and is the only one tells its length at its end.
        if ogg.stream.shift == Some(0) {
            let last = ogg.pages.last(ogg.stream.number)?;
            ogg.description.frames = last.map(|last| last.saturating_sub(ogg.stream.codec.pre_skip()));
        }
        Ok(ogg)
    }

    /// Decodes one page on.
    fn advance(&mut self) -> Result<(), Fault> {
        let Some(page) = self.pages.next()? else {
            self.end = Some(End::Bytes);
            return Ok(());
        };
        self.stream.behind_damage |= page.behind_damage;
        if page.stream == self.stream.number && !page.is_first {
            return self.stream.page(&page, &mut self.ready);
        }
        if page.is_first && (self.stream.is_over || self.stream.heads == 0) {
            // One after the other, whether or not the first one says that it has ended.
            if let Some((next, stream)) = Stream::open(&page)? {
                let (now, next) = (
                    (self.description.rate, self.description.channels),
                    (next.rate, next.channels),
                );
                if now != next {
                    return Err(Fault::Unreadable(format!(
                        "it changes from {} Hz and {} channels to {} Hz and {} in the middle; split it there",
                        now.0, now.1, next.0, next.1
                    )));
                }
                self.stream = stream;
            }
        }
        Ok(())
    }
}

impl Stream {
    /// The stream that begins with this page, where it is sound.
    fn open(page: &Page) -> Result<Option<(Description, Self)>, Fault> {
        let mut packets = Packets::default();
        let (heads, _) = packets.of(page);
        let Some(head) = heads.first() else {
            return Ok(None);
        };
        let Some((description, codec)) = Codec::open(head)? else {
            return Ok(None);
        };
        let stream = Self {
            number: page.stream,
            heads: codec.heads(),
            skip: codec.pre_skip(),
            codec,
            packets,
            decoded: 0,
            shift: None,
            is_over: page.is_last,
            behind_damage: false,
        };
        Ok(Some((description, stream)))
    }

    /// Decodes a page.
    fn page(&mut self, page: &Page, ready: &mut VecDeque<Part>) -> Result<(), Fault> {
        let (packets, is_gap) = self.packets.of(page);
        let mut is_damaged = std::mem::take(&mut self.behind_damage) || is_gap;
        if is_gap {
            self.codec.reset();
        }
        self.is_over |= page.is_last;
        let mut parts = Vec::new();
        for packet in packets {
            if self.heads > 0 {
                self.heads -= 1;
                self.codec.head(&packet)?;
                continue;
            }
            match self.codec.decode(&packet) {
                Ok(channels) if channels.first().is_none_or(Vec::is_empty) => {}
                Ok(channels) => parts.push(Part::Sound(channels)),
                Err(samples) => {
                    is_damaged = true;
                    parts.push(Part::Damaged(samples));
                }
            }
        }
        if parts.is_empty() && !page.is_last {
            // The first packet behind damage gives no sound yet.
            self.behind_damage = is_damaged;
            return Ok(());
        }
        let (lost, surplus) = self.place(page, parts.iter().map(Part::len).sum(), is_damaged);
        self.trim(surplus, &mut parts);
        if lost > 0 {
            let damaged = parts.iter_mut().find_map(|part| match part {
                Part::Damaged(samples) => Some(samples),
                Part::Sound(_) => None,
            });
            match damaged {
                Some(samples) => *samples += lost,
                None => parts.insert(0, Part::Damaged(lost)),
            }
        }
        for mut part in parts {
            self.decoded += part.len();
            let skip = self.skip.min(part.len());
            self.skip -= skip;
            part.skip(skip);
            if part.len() > 0 || matches!(part, Part::Damaged(_)) {
                ready.push_back(part);
            }
        }
        Ok(())
    }

    /// How many samples are missing before a page of `len`, and how many at its end are too many, by the place that it states.
    fn place(&mut self, page: &Page, len: u64, is_damaged: bool) -> (u64, u64) {
        let Some(granule) = page.granule else {
            return (0, 0);
        };
        let end = self.decoded + len;
        let shift = match self.shift {
            Some(shift) => shift,
            None => {
                // A stream that was cut out of a longer one begins later; what lies before a beginning at 0 is left out.
                let late = i128::from(granule) - i128::from(end);
                let is_early = late < 0 && !page.is_last;
                if is_early {
                    self.skip += u64::try_from(-late).unwrap_or(0);
                }
                if is_early || late > 0 && !is_damaged {
                    -late
                } else {
                    0
                }
            }
        };
        self.shift = Some(shift);
        let error = i128::from(granule) + shift - i128::from(end);
        match u64::try_from(error) {
            Ok(0) => (0, 0),
            Ok(lost) if is_damaged || len == 0 => (lost, 0),
            // A leap without damage: another place, not another length.
            Ok(_) => {
                self.shift = Some(shift - error);
                (0, 0)
            }
            Err(_) if page.is_last => (0, u64::try_from(-error).unwrap_or(0).min(len)),
            Err(_) => {
                self.shift = Some(shift - error);
                (0, 0)
            }
        }
    }

    fn trim(&self, mut count: u64, parts: &mut Vec<Part>) {
        while count > 0
            && let Some(last) = parts.last_mut()
        {
            let cut = last.len().min(count);
            last.shorten(cut);
            count -= cut;
            if last.len() == 0 {
                parts.pop();
            }
        }
    }
}

impl Decoder for Ogg {
    fn description(&self) -> &Description {
        &self.description
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        loop {
            match (self.ready.pop_front(), self.end) {
                (Some(Part::Sound(channels)), _) => {
                    *packet = channels;
                    return Ok(Next::Sound);
                }
                (Some(Part::Damaged(samples)), _) => return Ok(Next::Damaged(samples)),
                (None, Some(end)) => return Ok(Next::End(end)),
                (None, None) => self.advance()?,
            }
        }
    }
}
