//! FLAC.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flac_codec::Error;
use flac_codec::encode::{FlacChannelWriter, Options};

use super::format::Layout;
use super::samples::Rounding;
use super::stamp::FLAC_TAG;

/// Highest rate in Hz that every decoder reads (RFC 9639, 8.2 states it in 20 bits, a frame's head in 16 bits of 10 Hz).
const MOST_RATE: u32 = 655_350;
const MOST_CHANNELS: usize = 8;
/// How the speakers are told, where they are not the usual ones of their number (RFC 9639, 8.6.2).
const SPEAKERS_TAG: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK";
/// The speakers of one to eight channels where nothing else is said (RFC 9639, 9.1.3).
const USUAL: [u32; MOST_CHANNELS] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];
/// Bytes of an entry of the seek table, and seconds between two of them.
const SEEK_POINT: u64 = 18;
const SEEK_SECONDS: u64 = 10;
/// Room for changes of tags, as encoders leave it.
const PADDING: u64 = 4096;

/// A FLAC file being written.
pub(super) struct Flac<W: Write + Seek> {
    out: Shared<W>,
    /// From the first sample on: it refuses to finish a file without any.
    encoder: Option<FlacChannelWriter<Shared<W>>>,
    layout: Layout,
    rounding: Rounding,
    block: Vec<Vec<i32>>,
}

impl<W: Write + Seek> Flac<W> {
    /// A file that holds nothing so far.
    pub(super) fn begin(out: W, layout: &Layout) -> io::Result<Self> {
        let refuse = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        if layout.channels > MOST_CHANNELS {
            return refuse(format!(
                "FLAC holds at most {MOST_CHANNELS} channels; write a .wav"
            ));
        }
        if layout.rate > MOST_RATE {
            return refuse(format!("FLAC holds rates up to {MOST_RATE} Hz; write a .wav"));
        }
        let Some(rounding) = Rounding::to(layout.bits) else {
            return refuse(
                "FLAC holds 16 or 24 bits; choose one of them with --bits, or write a .wav".into(),
            );
        };
        Ok(Self {
            out: Shared(Arc::new(Mutex::new(out))),
            encoder: None,
            layout: layout.clone(),
            rounding,
            block: vec![Vec::new(); layout.channels],
        })
    }

    /// Appends `block[channel][sample]`; all channels are equally long.
    pub(super) fn write(&mut self, block: &[&[f32]]) -> io::Result<()> {
        for (to, from) in self.block.iter_mut().zip(block) {
            to.clear();
            to.extend(from.iter().map(|&sample| self.rounding.round(sample)));
        }
        if self.block.first().is_none_or(Vec::is_empty) {
            return Ok(());
        }
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            None => self.encoder.insert(encoder(self.out.clone(), &self.layout)?),
        };
        encoder.write(&self.block).map_err(as_io)
    }

    /// Samples that were above full scale.
    pub(super) fn clipped(&self) -> u64 {
        self.rounding.clipped
    }

    /// Writes what is left, the length and the checksum.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match self.encoder {
            Some(encoder) => encoder.finalize().map_err(as_io)?,
            None => self.out.write_all(&head_alone(&self.layout))?,
        }
        self.out.flush()
    }
}

/// What the encoder writes to. It does not give it back, and what it leaves in a buffer must be written where an error is heard.
struct Shared<W>(Arc<Mutex<W>>);

impl<W> Shared<W> {
    fn get(&self) -> MutexGuard<'_, W> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Clone for Shared<W> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.get().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.get().flush()
    }
}

impl<W: Seek> Seek for Shared<W> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.get().seek(place)
    }
}

fn encoder<W: Write + Seek>(out: W, layout: &Layout) -> io::Result<FlacChannelWriter<W>> {
    let seconds = layout.frames.unwrap_or(0) / u64::from(layout.rate.max(1));
    let padding = PADDING + SEEK_POINT * (seconds / SEEK_SECONDS + 1);
    let mut options = Options::default()
        .padding(u32::try_from(padding).unwrap_or(u32::MAX).min(1 << 23))
        .map_err(|error| io::Error::other(error.to_string()))?;
    if let Some(speakers) = layout
        .speakers
        .filter(|&speakers| speakers != USUAL[layout.channels - 1])
    {
        options = options.tag(SPEAKERS_TAG, format!("0x{speakers:04X}"));
    }
    if let Some(stamp) = &layout.stamp {
        options = options.tag(FLAC_TAG, stamp);
    }
    let bits = u32::from(layout.bits.count());
    // Its length is told at the end: what a file declares of itself may be wrong.
    FlacChannelWriter::new(out, options, layout.rate, bits, layout.channels as u8, None).map_err(as_io)
}

/// The head of a file without a sample: its STREAMINFO (RFC 9639, 8.2), with no length and no checksum.
fn head_alone(layout: &Layout) -> Vec<u8> {
    let mut head = b"fLaC\x80\0\0\x22".to_vec();
    for block in [4096u16; 2] {
        head.extend(block.to_be_bytes());
    }
    head.extend([0; 6]);
    let channels = layout.channels as u64 - 1;
    let bits = u64::from(layout.bits.count()) - 1;
    let packed = u64::from(layout.rate) << 44 | channels << 41 | bits << 36;
    head.extend(packed.to_be_bytes());
    head.extend([0; 16]);
    head
}

fn as_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::format::Bits;
    use crate::write::wav::Wav;
    use std::io::{BufWriter, Cursor};

    /// A disk with room for so many bytes.
    struct Disk(Cursor<Vec<u8>>, usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.position() as usize + bytes.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
            self.0.seek(place)
        }
    }

    #[test]
    fn a_disk_that_is_full_at_the_last_byte_is_an_error() {
        let layout = Layout {
            rate: 48_000,
            channels: 1,
            speakers: None,
            bits: Bits::Int16,
            frames: None,
            chunks: Vec::new(),
            stamp: None,
        };
        let sound: Vec<f32> = (0..5_000).map(|n| (n as f32 * 0.37).sin()).collect();
        // A buffer that is larger than the file: nothing of it is written before the end.
        let out = |room: usize| BufWriter::with_capacity(1 << 20, Disk(Cursor::new(Vec::new()), room));
        let flac = |room: usize| {
            let mut flac = Flac::begin(out(room), &layout)?;
            flac.write(&[&sound])?;
            let kept = flac.out.clone();
            flac.finish()?;
            let length = kept.get().get_ref().0.get_ref().len();
            io::Result::Ok(length)
        };
        let wav = |room: usize| {
            let mut wav = Wav::begin(out(room), &layout)?;
            wav.write(&[&sound])?;
            io::Result::Ok(wav.finish()?.get_ref().0.get_ref().len())
        };
        let length = flac(usize::MAX).expect("there is room");
        assert!(flac(length).is_ok());
        assert_eq!(
            flac(length - 1).map_err(|error| error.kind()),
            Err(io::ErrorKind::StorageFull)
        );
        let length = wav(usize::MAX).expect("there is room");
        assert!(wav(length).is_ok());
        assert_eq!(
            wav(length - 1).map_err(|error| error.kind()),
            Err(io::ErrorKind::StorageFull)
        );
    }
}
