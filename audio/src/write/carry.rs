//! What is written beside the sound of an input, in a file that holds a part of it.

use std::ops::Range;

use super::format::Bits;
use crate::read::Chunk;

/// Where `bext` has its time reference, its version, and its measures of loudness (EBU Tech 3285).
const BEXT_TIME: Range<usize> = 338..346;
const BEXT_VERSION: Range<usize> = 346..348;
const BEXT_LOUDNESS: Range<usize> = 412..422;
/// What `bext` says where a measure is not known.
const UNMEASURED: [u8; 2] = 0x7fffu16.to_le_bytes();
/// Bytes of a cue point, and of the head and a loop of `smpl`.
const CUE: usize = 24;
const SMPL_HEAD: usize = 36;
const SMPL_LOOP: usize = 24;

/// The chunks of an input as they hold for the samples `span` of it, of `whole` in all, written in `bits`. Positions are
/// counted from the start of the span, and what lies outside is left out. A time reference is that of the span's first
/// sample. What was measured of the input does not hold for what is written, and is marked as not known.
pub fn carried(chunks: &[Chunk], span: Range<u64>, whole: Option<u64>, bits: Bits) -> Vec<Chunk> {
    let cut = Cut {
        is_cut: span.start > 0 || whole.is_some_and(|whole| span.end < whole),
        span,
        bits,
    };
    let lost = cut.lost_cues(chunks);
    let carry = |chunk: &Chunk| {
        let bytes = match &chunk.id {
            b"bext" => Some(cut.bext(&chunk.bytes)),
            b"iXML" => Some(cut.ixml(&chunk.bytes)),
            b"cue " => cut.cues(&chunk.bytes),
            b"LIST" => cut.list(&chunk.bytes, &lost),
            b"smpl" => Some(cut.loops(&chunk.bytes)),
            _ => Some(chunk.bytes.clone()),
        };
        bytes.map(|bytes| Chunk { id: chunk.id, bytes })
    };
    chunks.iter().filter_map(carry).collect()
}

struct Cut {
    span: Range<u64>,
    is_cut: bool,
    bits: Bits,
}

impl Cut {
    fn bext(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if let Some(field) = bytes.get_mut(BEXT_TIME) {
            let time = field
                .iter()
                .rev()
                .fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
            field.copy_from_slice(&time.wrapping_add(self.span.start).to_le_bytes());
        }
        let version = bytes
            .get(BEXT_VERSION)
            .map_or(0, |field| u16::from_le_bytes([field[0], field[1]]));
        if let Some(field) = bytes.get_mut(BEXT_LOUDNESS).filter(|_| version >= 2) {
            field
                .chunks_exact_mut(2)
                .for_each(|measure| measure.copy_from_slice(&UNMEASURED));
        }
        bytes
    }

    /// Times and the bits of a sample stand in iXML, too. Text in another encoding than UTF-8 is carried as it is.
    fn ixml(&self, bytes: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return bytes.to_vec();
        };
        let mut text = text.to_owned();
        if self.bits != Bits::Float32 {
            replace(&mut text, "AUDIO_BIT_DEPTH", u64::from(self.bits.count()));
        }
        for (high, low) in [
            (
                "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI",
                "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO",
            ),
            ("BWF_TIME_REFERENCE_HIGH", "BWF_TIME_REFERENCE_LOW"),
        ] {
            if let Some(old) = number(&text, low).filter(|_| self.is_cut) {
                let time = (number(&text, high).unwrap_or(0) << 32 | old & 0xffff_ffff)
                    .wrapping_add(self.span.start);
                replace(&mut text, high, time >> 32);
                replace(&mut text, low, time & 0xffff_ffff);
            }
        }
        text.into_bytes()
    }

    fn cues(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.is_cut {
            return Some(bytes.to_vec());
        }
        let mut kept = Vec::new();
        for point in cue_points(bytes).filter(|point| self.keeps(point)) {
            let mut point = point.to_vec();
            self.shift(&mut point[4..8]);
            self.shift(&mut point[20..24]);
            kept.push(point);
        }
        let count = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        (count > 0).then(|| [&count.to_le_bytes()[..], &kept.concat()].concat())
    }

    /// Whether a cue point lies in the span.
    fn keeps(&self, point: &[u8]) -> bool {
        self.span.contains(&u64::from(at(point, 20)))
    }

    /// The names of the cue points that are left out.
    fn lost_cues(&self, chunks: &[Chunk]) -> Vec<u32> {
        if !self.is_cut {
            return Vec::new();
        }
        let all = chunks.iter().filter(|chunk| &chunk.id == b"cue ");
        let points = all.flat_map(|chunk| cue_points(&chunk.bytes));
        points
            .filter(|point| !self.keeps(point))
            .map(|point| at(point, 0))
            .collect()
    }

    /// Labels of cue points that are left out go with them.
    fn list(&self, bytes: &[u8], lost: &[u32]) -> Option<Vec<u8>> {
        if lost.is_empty() || !bytes.starts_with(b"adtl") {
            return Some(bytes.to_vec());
        }
        let mut kept = b"adtl".to_vec();
        let mut rest = &bytes[4..];
        while rest.len() >= 8 {
            let length = (at(rest, 4) as usize).min(rest.len() - 8);
            let end = (8 + length.next_multiple_of(2)).min(rest.len());
            let is_of_a_cue = [b"labl", b"note", b"ltxt"].contains(&&[rest[0], rest[1], rest[2], rest[3]]);
            let (item, later) = rest.split_at(end);
            if !(is_of_a_cue && length >= 4 && lost.contains(&at(item, 8))) {
                kept.extend(item);
            }
            rest = later;
        }
        (kept.len() > 4).then_some(kept)
    }

    /// Loops that lie in the span as a whole.
    fn loops(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.is_cut || bytes.len() < SMPL_HEAD {
            return bytes.to_vec();
        }
        let (head, rest) = bytes.split_at(SMPL_HEAD);
        let count = (at(head, 28) as usize).min(rest.len() / SMPL_LOOP);
        let (loops, data) = rest.split_at(count * SMPL_LOOP);
        let mut kept = Vec::new();
        for one in loops.chunks_exact(SMPL_LOOP) {
            if [8, 12]
                .iter()
                .all(|&field| self.span.contains(&u64::from(at(one, field))))
            {
                let mut one = one.to_vec();
                self.shift(&mut one[8..12]);
                self.shift(&mut one[12..16]);
                kept.push(one);
            }
        }
        let mut head = head.to_vec();
        head[28..32].copy_from_slice(&(kept.len() as u32).to_le_bytes());
        [head, kept.concat(), data.to_vec()].concat()
    }

    /// Counts a position from the start of the span.
    fn shift(&self, field: &mut [u8]) {
        let position = u64::from(at(field, 0)).saturating_sub(self.span.start);
        field.copy_from_slice(&(position as u32).to_le_bytes());
    }
}

fn cue_points(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = if bytes.len() < 4 { 0 } else { at(bytes, 0) as usize };
    bytes.get(4..).unwrap_or_default().chunks_exact(CUE).take(count)
}

/// The number at a place of a chunk that is long enough.
fn at(bytes: &[u8], place: usize) -> u32 {
    u32::from_le_bytes([bytes[place], bytes[place + 1], bytes[place + 2], bytes[place + 3]])
}

/// Where the contents of the first element of this name stand.
fn element(text: &str, name: &str) -> Option<Range<usize>> {
    let open = format!("<{name}>");
    let start = text.find(&open)? + open.len();
    let length = text[start..].find("</")?;
    Some(start..start + length)
}

fn number(text: &str, name: &str) -> Option<u64> {
    text[element(text, name)?].trim().parse().ok()
}

fn replace(text: &mut String, name: &str, value: u64) {
    if let Some(place) = element(text, name) {
        text.replace_range(place, &value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(id: &[u8; 4], bytes: &[u8]) -> Chunk {
        Chunk {
            id: *id,
            bytes: bytes.to_vec(),
        }
    }

    fn cue(name: u32, position: u32) -> Vec<u8> {
        [
            &name.to_le_bytes()[..],
            &position.to_le_bytes(),
            b"data",
            &[0; 8],
            &position.to_le_bytes(),
        ]
        .concat()
    }

    fn label(name: u32, text: &[u8]) -> Vec<u8> {
        let length = (4 + text.len() as u32).to_le_bytes();
        let padding = vec![0; text.len() % 2];
        [b"labl", &length[..], &name.to_le_bytes(), text, &padding].concat()
    }

    #[test]
    fn a_time_reference_is_that_of_the_first_sample() {
        let mut bext = vec![0; 602];
        bext[BEXT_TIME].copy_from_slice(&0x1_ffff_fff0u64.to_le_bytes());
        let all = carried(&[chunk(b"bext", &bext)], 0..100, Some(100), Bits::Float32);
        assert_eq!(all[0].bytes, bext);
        let later = carried(&[chunk(b"bext", &bext)], 32..100, Some(100), Bits::Float32);
        assert_eq!(later[0].bytes[BEXT_TIME], 0x2_0000_0010u64.to_le_bytes());
        // A damaged chunk is carried as it is.
        assert_eq!(
            carried(&[chunk(b"bext", b"short")], 32..100, None, Bits::Int16)[0].bytes,
            b"short"
        );
    }

    #[test]
    fn loudness_is_that_of_the_input_and_not_of_what_is_written() {
        let mut bext = vec![1; 602];
        for (version, kept) in [(1u16, true), (2, false)] {
            bext[BEXT_VERSION].copy_from_slice(&version.to_le_bytes());
            let written = carried(&[chunk(b"bext", &bext)], 0..100, Some(100), Bits::Float32);
            assert_eq!(written[0].bytes[BEXT_LOUDNESS] == [1; 10], kept);
            assert_eq!(written[0].bytes[422..], bext[422..]);
        }
    }

    #[test]
    fn cues_move_with_the_start_and_take_their_labels_along() {
        let cues = [&3u32.to_le_bytes()[..], &cue(1, 10), &cue(2, 50), &cue(9, 90)].concat();
        let labels = [
            &b"adtl"[..],
            &label(1, b"first"),
            &label(2, b"second"),
            &label(9, b"last"),
        ]
        .concat();
        let all = [
            chunk(b"cue ", &cues),
            chunk(b"LIST", &labels),
            chunk(b"LIST", b"INFOISFT"),
        ];
        assert_eq!(carried(&all, 0..100, Some(100), Bits::Float32), all);
        let part = carried(&all, 40..90, Some(100), Bits::Float32);
        assert_eq!(part[0].bytes, [&1u32.to_le_bytes()[..], &cue(2, 10)].concat());
        assert_eq!(part[1].bytes, [&b"adtl"[..], &label(2, b"second")].concat());
        assert_eq!(part[2], all[2]);
        // Where no cue is left, neither chunk is.
        assert_eq!(carried(&all, 95..100, Some(100), Bits::Float32), all[2..]);
    }

    #[test]
    fn loops_are_whole_or_left_out() {
        let one =
            |from: u32, to: u32| [&[0; 8][..], &from.to_le_bytes(), &to.to_le_bytes(), &[0; 8]].concat();
        let smpl = |loops: &[Vec<u8>]| {
            let count = (loops.len() as u32).to_le_bytes();
            [&[7; 28][..], &count, &[0; 4], &loops.concat(), b"own"].concat()
        };
        let all = [chunk(b"smpl", &smpl(&[one(0, 20), one(50, 60)]))];
        let part = carried(&all, 30..100, None, Bits::Float32);
        assert_eq!(part[0].bytes, smpl(&[one(20, 30)]));
    }

    #[test]
    fn ixml_says_the_same_as_the_rest() {
        let text = "<BWFXML><AUDIO_BIT_DEPTH>24</AUDIO_BIT_DEPTH><SPEED><TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>1</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\
            <TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>4294967295</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO></SPEED></BWFXML>";
        let all = [chunk(b"iXML", text.as_bytes())];
        assert_eq!(carried(&all, 0..100, Some(100), Bits::Float32), all);
        let part = carried(&all, 2..100, Some(100), Bits::Int16);
        let expected = text
            .replace(">24<", ">16<")
            .replace(">1<", ">2<")
            .replace(">4294967295<", ">1<");
        assert_eq!(String::from_utf8_lossy(&part[0].bytes), expected);
    }
}
