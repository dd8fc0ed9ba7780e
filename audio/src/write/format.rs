//! Which files can be written, and what of.

use std::path::Path;

use crate::error::FileError;
use crate::read::{Chunk, Encoding};

/// A format of sound files that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// RIFF WAVE, or RF64 where that would pass 4 GiB.
    #[default]
    Wav,
    /// FLAC, in 16 or 24 bits.
    Flac,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 2] = [Format::Wav, Format::Flac];

    /// The format that a name asks for by its ending, in capitals or not.
    ///
    /// # Errors
    /// [`FileError::Ending`] for any other ending, and for none.
    pub fn of(path: &Path) -> Result<Format, FileError> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("wav" | "wave") => Ok(Format::Wav),
            Some("flac") => Ok(Format::Flac),
            _ => Err(FileError::Ending {
                path: path.to_owned(),
            }),
        }
    }

    /// How names of such files end, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Wav => "wav",
            Format::Flac => "flac",
        }
    }

    /// Whether its samples can be such.
    pub fn holds(self, bits: Bits) -> bool {
        (self, bits) != (Format::Flac, Bits::Float32)
    }

    /// The bits that are written where nobody asks for any.
    pub fn default_bits(self) -> Bits {
        match self {
            Format::Wav => Bits::Float32,
            Format::Flac => Bits::Int24,
        }
    }

    /// What comes nearest to the samples of an input, and whether it is the same. A lossy codec has no samples of its own: its
    /// decoder gives floating point.
    pub fn nearest(self, encoding: Option<Encoding>) -> (Bits, bool) {
        let (bits, same) = match encoding {
            Some(Encoding::Integer(16)) => (Bits::Int16, true),
            Some(Encoding::Integer(24)) => (Bits::Int24, true),
            Some(Encoding::Float(32)) => (Bits::Float32, true),
            Some(Encoding::Integer(..16)) => (Bits::Int16, false),
            Some(Encoding::Integer(..24)) => (Bits::Int24, false),
            _ => (Bits::Float32, false),
        };
        match (self, bits) {
            (Format::Flac, Bits::Float32) => (Bits::Int24, false),
            _ => (bits, same),
        }
    }
}

/// The sample format of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers.
    Int24,
    /// 32-bit floating point.
    Float32,
}

impl Bits {
    /// Bits of one sample.
    pub fn count(self) -> u16 {
        match self {
            Bits::Int16 => 16,
            Bits::Int24 => 24,
            Bits::Float32 => 32,
        }
    }
}

/// What a file is going to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Samples per second, at least 1.
    pub rate: u32,
    /// Channels, at least 1.
    pub channels: usize,
    /// The speakers as a WAVE channel mask; `None` where nobody knows. See [`crate::Description::speakers`].
    pub speakers: Option<u32>,
    /// How a sample is stored.
    pub bits: Bits,
    /// Length in samples of one channel, where it is known before.
    pub frames: Option<u64>,
    /// Notes to write beside the sound; FLAC has no place for them.
    pub chunks: Vec<Chunk>,
    /// What [`crate::stamp`] finds in the file again.
    pub stamp: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_and_others_are_refused() {
        for (name, format) in [
            ("a.wav", Format::Wav),
            ("a.WAV", Format::Wav),
            ("a.b.Flac", Format::Flac),
        ] {
            assert_eq!(Format::of(Path::new(name)).expect("it can be written"), format);
        }
        for name in ["a.mp3", "a.ogg", "a", "wav", ".wav", "a.wav.part", "a."] {
            let refused = Format::of(Path::new(name))
                .expect_err("it cannot be written")
                .to_string();
            assert!(refused.contains(".wav") && refused.contains(".flac"), "{refused}");
        }
    }

    #[test]
    fn the_nearest_bits_lose_nothing_that_can_be_kept() {
        let nearest = |format: Format, encoding| format.nearest(encoding);
        for (bits, kept) in [
            (8, (Bits::Int16, false)),
            (12, (Bits::Int16, false)),
            (16, (Bits::Int16, true)),
            (20, (Bits::Int24, false)),
            (24, (Bits::Int24, true)),
            (32, (Bits::Float32, false)),
        ] {
            assert_eq!(
                nearest(Format::Wav, Some(Encoding::Integer(bits))),
                kept,
                "{bits}"
            );
        }
        assert_eq!(
            nearest(Format::Wav, Some(Encoding::Float(32))),
            (Bits::Float32, true)
        );
        assert_eq!(
            nearest(Format::Wav, Some(Encoding::Float(64))),
            (Bits::Float32, false)
        );
        assert_eq!(nearest(Format::Wav, None), (Bits::Float32, false));
        assert_eq!(
            nearest(Format::Flac, Some(Encoding::Float(32))),
            (Bits::Int24, false)
        );
        assert_eq!(
            nearest(Format::Flac, Some(Encoding::Integer(16))),
            (Bits::Int16, true)
        );
    }
}
