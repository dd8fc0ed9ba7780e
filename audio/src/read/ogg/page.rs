//! Pages of an Ogg file, and the packets in them.

use std::io;

use super::super::bytes::{Bytes, le32, le64};
use super::super::window::Window;

/// Longest page, in bytes.
const LONGEST: usize = 27 + 255 + 255 * 255;
/// Longest packet, in bytes: more is damage.
const LONGEST_PACKET: usize = 1 << 24;

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) stream: u32,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    /// The place of the end of the last packet that ends in this page, where one does.
    pub(super) granule: Option<u64>,
    number: u32,
    continues: bool,
    lengths: Vec<u8>,
    body: Vec<u8>,
    /// Whether bytes before it belong to no page.
    pub(super) behind_damage: bool,
}

/// Reads the pages of a file.
pub(super) struct Pages {
    window: Window,
    at: u64,
}

impl Pages {
    pub(super) fn new(window: Window) -> Self {
        Self { window, at: 0 }
    }

    /// The next page whose sum is right; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Page>> {
        let mut behind_damage = false;
        loop {
            let held = self.window.from(self.at, LONGEST)?;
            if held.len() < 27 {
                return Ok(None);
            }
            match page(held) {
                Some((mut page, len)) => {
                    self.at += len as u64;
                    page.behind_damage = behind_damage;
                    return Ok(Some(page));
                }
                None => {
                    behind_damage = true;
                    let next = held[1..].windows(4).position(|bytes| bytes == b"OggS");
                    self.at += next.map_or(held.len() as u64 - 3, |skip| skip as u64 + 1);
                }
            }
        }
    }

    /// Gives the file back.
    pub(super) fn into_bytes(self) -> Bytes {
        self.window.into_bytes()
    }

    /// The place at the end of a stream that ends with the file; `None` where another one does, or where it is cut off.
    pub(super) fn last(&mut self, stream: u32) -> io::Result<Option<u64>> {
        let window = &mut self.window;
        let at = window.len().saturating_sub(2 * LONGEST as u64);
        let held = window.from(at, 2 * LONGEST)?;
        let mut last = None;
        for skip in (0..held.len().saturating_sub(26)).rev() {
            if held[skip..].starts_with(b"OggS")
                && let Some((page, _)) = page(&held[skip..])
            {
                last = Some(page);
                break;
            }
        }
        Ok(last
            .filter(|page| page.stream == stream && page.is_last)
            .and_then(|page| page.granule))
    }
}

/// The page that these bytes begin with, and its length.
fn page(bytes: &[u8]) -> Option<(Page, usize)> {
    if !bytes.starts_with(b"OggS") || *bytes.get(4)? != 0 {
        return None;
    }
    let segments = usize::from(*bytes.get(26)?);
    let lengths = bytes.get(27..27 + segments)?.to_vec();
    let len = 27 + segments + lengths.iter().map(|&len| usize::from(len)).sum::<usize>();
    let whole = bytes.get(..len)?;
    if sum(whole) != le32(whole, 22) {
        return None;
    }
    let flags = whole[5];
    let granule = le64(whole, 6);
    let page = Page {
        stream: le32(whole, 14),
        is_first: flags & 2 != 0,
        is_last: flags & 4 != 0,
        granule: (granule != u64::MAX).then_some(granule),
        number: le32(whole, 18),
        continues: flags & 1 != 0,
        body: whole[27 + segments..].to_vec(),
        lengths,
        behind_damage: false,
    };
    Some((page, len))
}

/// The sum of a page, its own bytes in it taken as zeros.
fn sum(page: &[u8]) -> u32 {
    page.iter().enumerate().fold(0u32, |sum, (i, &byte)| {
        let byte = if (22..26).contains(&i) { 0 } else { byte };
        sum << 8 ^ TABLE[usize::from((sum >> 24) as u8 ^ byte)]
    })
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut sum = (i as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = sum << 1 ^ if sum & 1 << 31 != 0 { 0x04c1_1db7 } else { 0 };
            bit += 1;
        }
        table[i] = sum;
        i += 1;
    }
    table
};

/// Puts packets together that go over several pages of one stream.
#[derive(Default)]
pub(super) struct Packets {
    begun: Vec<u8>,
    /// The number that the next page is to have.
    number: Option<u32>,
}

impl Packets {
    /// The packets that end in a page, and whether a page before it is missing.
    pub(super) fn of(&mut self, page: &Page) -> (Vec<Vec<u8>>, bool) {
        let is_gap = self.number.is_some_and(|number| number != page.number);
        self.number = Some(page.number.wrapping_add(1));
        // The rest of a packet whose beginning is lost is of no use.
        let mut is_headless = page.continues && (is_gap || self.begun.is_empty());
        if is_gap || !page.continues {
            self.begun.clear();
        }
        let mut packets = Vec::new();
        let mut at = 0;
        for &len in &page.lengths {
            self.begun
                .extend_from_slice(&page.body[at..at + usize::from(len)]);
            at += usize::from(len);
            if len < 255 {
                let packet = std::mem::take(&mut self.begun);
                if !std::mem::take(&mut is_headless) {
                    packets.push(packet);
                }
            } else if self.begun.len() > LONGEST_PACKET {
                self.begun.clear();
                is_headless = true;
            }
        }
        (packets, is_gap)
    }
}
