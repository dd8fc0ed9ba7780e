//! WAV, and RF64 where a WAV could not state its own length (EBU Tech 3306).

use std::io::{self, Seek, SeekFrom, Write};

use super::format::{Bits, Layout};
use super::samples::Rounding;
use super::stamp::STAMP;

/// The largest length that the four bytes of a RIFF head state; the next one is the mark of RF64.
const MOST: u64 = u32::MAX as u64 - 1;
/// What RF64 has in the place of lengths that stand in its `ds64` chunk.
const IN_DS64: u32 = u32::MAX;
/// What a `ds64` chunk without a table holds: the lengths of all, of the sound and in samples, and that of its table.
const DS64: usize = 28;
/// Where a RIFF head has its own length, and where its first chunk begins.
const LENGTH_AT: u64 = 4;
const CHUNKS_AT: u64 = 12;
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the tag in an extensible format's name of it.
const GUID: [u8; 14] = [
    0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71,
];

/// A WAV file being written.
pub(super) struct Wav<W> {
    out: W,
    bits: Bits,
    rounding: Option<Rounding>,
    /// Bytes of a sample of all channels.
    align: u64,
    /// Where the sound begins, and how many bytes of it are there.
    data_at: u64,
    data: u64,
    /// Whether the head has room for a `ds64` chunk.
    has_room: bool,
    most: u64,
    block: Vec<u8>,
}

impl<W: Write + Seek> Wav<W> {
    /// Writes the head. Where the length is not known or would pass what RIFF can state, it has room for the lengths of RF64.
    pub(super) fn begin(out: W, layout: &Layout) -> io::Result<Self> {
        Self::begin_with(out, layout, MOST)
    }

    fn begin_with(mut out: W, layout: &Layout, most: u64) -> io::Result<Self> {
        let align = layout.channels as u64 * u64::from(layout.bits.count() / 8);
        let fixed = fixed_chunks(layout, align)?;
        let without_room = CHUNKS_AT + (fixed.len() + 8) as u64;
        let length = layout
            .frames
            .map(|frames| frames.saturating_mul(align).saturating_add(1 + without_room));
        let has_room = length.is_none_or(|length| length > most);

        let mut head = b"RIFF\0\0\0\0WAVE".to_vec();
        if has_room {
            chunk(&mut head, *b"JUNK", &[0; DS64]);
        }
        head.extend(fixed);
        head.extend(b"data\0\0\0\0");
        out.write_all(&head)?;
        Ok(Self {
            out,
            bits: layout.bits,
            rounding: Rounding::to(layout.bits),
            align,
            data_at: head.len() as u64,
            data: 0,
            has_room,
            most,
            block: Vec::new(),
        })
    }

    /// Appends `block[channel][sample]`; all channels are equally long.
    pub(super) fn write(&mut self, block: &[&[f32]]) -> io::Result<()> {
        let frames = block.iter().map(|channel| channel.len()).min().unwrap_or(0);
        self.block.clear();
        for frame in 0..frames {
            for channel in block {
                let sample = channel[frame];
                match &mut self.rounding {
                    None => self.block.extend(sample.to_le_bytes()),
                    Some(rounding) => {
                        let bytes = rounding.round(sample).to_le_bytes();
                        self.block.extend(&bytes[..usize::from(self.bits.count() / 8)]);
                    }
                }
            }
        }
        self.data += self.block.len() as u64;
        if !self.has_room && self.data_at + self.data > self.most {
            let reason = "the sound is longer than its file declares, and passes the 4 GiB of a WAV file; split it first";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
        }
        self.out.write_all(&self.block)
    }

    /// Samples that were above full scale.
    pub(super) fn clipped(&self) -> u64 {
        self.rounding.map_or(0, |rounding| rounding.clipped)
    }

    /// Writes the lengths into the head.
    pub(super) fn finish(mut self) -> io::Result<W> {
        // A chunk has an even length.
        self.out.write_all(&[0][..(self.data % 2) as usize])?;
        let length = self.data_at + self.data + self.data % 2 - 8;
        let (in_riff, in_data) = match (u32::try_from(length), u32::try_from(self.data)) {
            (Ok(all), Ok(data)) if length <= self.most => (all, data),
            _ => {
                let mut ds64 = b"ds64".to_vec();
                ds64.extend((DS64 as u32).to_le_bytes());
                for value in [length, self.data, self.data / self.align.max(1)] {
                    ds64.extend(value.to_le_bytes());
                }
                self.out.seek(SeekFrom::Start(CHUNKS_AT))?;
                self.out.write_all(&ds64)?;
                self.out.seek(SeekFrom::Start(0))?;
                self.out.write_all(b"RF64")?;
                (IN_DS64, IN_DS64)
            }
        };
        self.out.seek(SeekFrom::Start(LENGTH_AT))?;
        self.out.write_all(&in_riff.to_le_bytes())?;
        self.out.seek(SeekFrom::Start(self.data_at - 4))?;
        self.out.write_all(&in_data.to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The chunks between the head and the sound: the format, what is carried, and the stamp.
fn fixed_chunks(layout: &Layout, align: u64) -> io::Result<Vec<u8>> {
    let invalid = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "it has too many channels, or too high a rate",
        )
    };
    let channels = u16::try_from(layout.channels).map_err(|_| invalid())?;
    let short_align = u16::try_from(align).map_err(|_| invalid())?;
    let bytes_per_second = u32::try_from(align * u64::from(layout.rate)).map_err(|_| invalid())?;
    let usual = match channels {
        1 => 0x4,
        2 => 0x3,
        // Which speakers so many channels belong to is not for us to guess.
        _ => 0,
    };
    let speakers = layout.speakers.unwrap_or(usual);
    let tag = if layout.bits == Bits::Float32 { FLOAT } else { PCM };
    let is_plain = tag == PCM && channels <= 2 && speakers == usual;

    let mut format = Vec::new();
    format.extend((if is_plain { PCM } else { EXTENSIBLE }).to_le_bytes());
    format.extend(channels.to_le_bytes());
    format.extend(layout.rate.to_le_bytes());
    format.extend(bytes_per_second.to_le_bytes());
    format.extend(short_align.to_le_bytes());
    format.extend(layout.bits.count().to_le_bytes());
    if !is_plain {
        format.extend(22u16.to_le_bytes());
        format.extend(layout.bits.count().to_le_bytes());
        format.extend(speakers.to_le_bytes());
        format.extend(tag.to_le_bytes());
        format.extend(GUID);
    }
    let mut chunks = Vec::new();
    chunk(&mut chunks, *b"fmt ", &format);
    for carried in &layout.chunks {
        chunk(&mut chunks, carried.id, &carried.bytes);
    }
    if let Some(stamp) = &layout.stamp {
        // Of an even length: some readers know of no padding.
        let padding = if stamp.len() % 2 == 1 { " " } else { "" };
        chunk(&mut chunks, STAMP, format!("{stamp}{padding}").as_bytes());
    }
    Ok(chunks)
}

fn chunk(to: &mut Vec<u8>, id: [u8; 4], bytes: &[u8]) {
    to.extend(id);
    to.extend((bytes.len() as u32).to_le_bytes());
    to.extend(bytes);
    to.extend(&[0][..bytes.len() % 2]);
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::read::Chunk;

    fn layout(channels: usize, bits: Bits, speakers: Option<u32>) -> Layout {
        Layout {
            rate: 48_000,
            channels,
            speakers,
            bits,
            frames: Some(5),
            chunks: Vec::new(),
            stamp: None,
        }
    }

    fn written(layout: &Layout, frames: usize, most: u64) -> io::Result<Vec<u8>> {
        let channel: Vec<f32> = (0..frames).map(|n| n as f32 / 64.0).collect();
        let mut wav = Wav::begin_with(Cursor::new(Vec::new()), layout, most)?;
        wav.write(&vec![&channel[..]; layout.channels])?;
        Ok(wav.finish()?.into_inner())
    }

    fn number(bytes: &[u8], at: usize) -> u64 {
        u64::from(u32::from_le_bytes(
            bytes[at..at + 4].try_into().expect("four bytes"),
        ))
    }

    #[test]
    fn the_speakers_are_those_of_the_input() {
        for (channels, given, written_as) in [
            (1, None, Some(0x4)),
            (1, Some(0x4), Some(0x4)),
            (1, Some(0x1), Some(0x1)),
            (2, None, Some(0x3)),
            (4, Some(0x33), Some(0x33)),
            (4, Some(0), Some(0)),
            (4, None, Some(0)),
            (8, Some(0x63f), Some(0x63f)),
        ] {
            let bytes = written(&layout(channels, Bits::Float32, given), 5, MOST).expect("it can be written");
            assert_eq!(number(&bytes, 20) & 0xffff, u64::from(EXTENSIBLE));
            assert_eq!(
                Some(number(&bytes, 40)),
                written_as,
                "{channels} channels, {given:?}"
            );
        }
        // Integers of one or two speakers need no more than the oldest form of the head.
        for (channels, speakers, tag) in [
            (1, None, PCM),
            (2, Some(3), PCM),
            (2, Some(0x30), EXTENSIBLE),
            (3, None, EXTENSIBLE),
        ] {
            let bytes =
                written(&layout(channels, Bits::Int16, speakers), 5, MOST).expect("it can be written");
            assert_eq!(
                number(&bytes, 20) & 0xffff,
                u64::from(tag),
                "{channels} channels, {speakers:?}"
            );
        }
    }

    #[test]
    fn lengths_are_even_and_add_up() {
        let mut layout = layout(1, Bits::Int24, None);
        layout.chunks.push(Chunk {
            id: *b"iXML",
            bytes: b"<a/>!".to_vec(),
        });
        layout.stamp = Some("odd".into());
        let bytes = written(&layout, 5, MOST).expect("it can be written");
        assert_eq!(number(&bytes, 4) + 8, bytes.len() as u64);
        let mut at = 12;
        let mut names = Vec::new();
        while at < bytes.len() {
            names.push(String::from_utf8_lossy(&bytes[at..at + 4]).into_owned());
            at += 8 + number(&bytes, at + 4).next_multiple_of(2) as usize;
        }
        assert_eq!(names, ["fmt ", "iXML", "ermk", "data"]);
        assert_eq!(at, bytes.len());
    }

    #[test]
    fn what_passes_the_limit_is_rf64() {
        let mut layout = layout(2, Bits::Float32, None);
        // Known before: 4 frames of 8 bytes behind 68 bytes, with a limit in their midst.
        layout.frames = Some(4);
        let small = written(&layout, 4, 101).expect("it can be written");
        assert_eq!(
            (&small[..4], &small[12..16], small.len()),
            (&b"RIFF"[..], &b"fmt "[..], 100)
        );
        let large = written(&layout, 4, 90).expect("it can be written");
        assert_eq!((&large[..4], &large[12..16]), (&b"RF64"[..], &b"ds64"[..]));
        assert_eq!(
            (number(&large, 4), number(&large, 16)),
            (u64::from(IN_DS64), DS64 as u64)
        );
        let (all, data, frames, table) = (
            number(&large, 20),
            number(&large, 28),
            number(&large, 36),
            number(&large, 44),
        );
        assert_eq!((all + 8, data, frames, table), (large.len() as u64, 32, 4, 0));
        assert_eq!(
            (&large[96..100], number(&large, 100)),
            (&b"data"[..], u64::from(IN_DS64))
        );

        let path = tempfile::NamedTempFile::new().expect("a file for the test");
        std::fs::write(path.path(), &large).expect("a file for the test");
        let read = crate::mono(path.path()).expect("it can be read");
        assert_eq!(read, ((0..4).map(|n| n as f32 / 64.0).collect(), 48_000));

        // Not known before: room is kept, and used or not.
        layout.frames = None;
        let small = written(&layout, 4, 200).expect("it can be written");
        assert_eq!((&small[..4], &small[12..16]), (&b"RIFF"[..], &b"JUNK"[..]));
        assert_eq!(number(&small, 100), 32);
        let large = written(&layout, 40, 200).expect("it can be written");
        assert_eq!(
            (&large[..4], &large[12..16], number(&large, 28)),
            (&b"RF64"[..], &b"ds64"[..], 320)
        );

        // A file that declares less than it holds is told, not cut.
        layout.frames = Some(4);
        let error = written(&layout, 40, 200).expect_err("it is too long");
        assert!(error.to_string().contains("longer than its file declares"));
    }
}
