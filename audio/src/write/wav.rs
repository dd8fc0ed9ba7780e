//! A WAV file that appears at its place only when it is whole.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use super::whole::WholeFile;
use crate::error::FileError;

/// What a WAV file can state of its own length, less room for the header.
const MAX_BYTES: u64 = u32::MAX as u64 - 4096;

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

/// A WAV file being written: under a temporary name in the target's folder until [`WavOutput::finish`]; dropped
/// before, it leaves nothing behind.
pub struct WavOutput {
    file: WholeFile,
    writer: WavWriter<BufWriter<File>>,
    bits: Bits,
    bytes_left: u64,
    clipped: u64,
}

impl WavOutput {
    /// Checks the target and starts the temporary file.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the folder does not exist or cannot be written to, or when something other
    /// than a file that may be replaced stands at the target's place.
    pub fn create(path: &Path, rate: u32, channels: usize, bits: Bits) -> Result<Self, FileError> {
        let file = WholeFile::create(path)?;
        let spec = WavSpec {
            channels: u16::try_from(channels)
                .map_err(|_| file.unwritable("it has too many channels".into()))?,
            sample_rate: rate,
            bits_per_sample: match bits {
                Bits::Int16 => 16,
                Bits::Int24 => 24,
                Bits::Float32 => 32,
            },
            sample_format: if bits == Bits::Float32 {
                SampleFormat::Float
            } else {
                SampleFormat::Int
            },
        };
        let writer = WavWriter::new(BufWriter::new(file.handle()?), spec)
            .map_err(|error| file.unwritable(words(&error)))?;
        Ok(Self {
            file,
            writer,
            bits,
            bytes_left: MAX_BYTES,
            clipped: 0,
        })
    }

    /// Appends `block[channel][sample]`; all channels are equally long.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the disk is full or the file would pass the 4 GiB that WAV can state.
    pub fn write(&mut self, block: &[&[f32]]) -> Result<(), FileError> {
        let frames = block.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let bytes = (frames * block.len() * usize::from(self.writer.spec().bits_per_sample / 8)) as u64;
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or_else(|| {
            self.unwritable(
                "a WAV file holds at most 4 GiB; split the sound first, or write fewer bits with --bits"
                    .into(),
            )
        })?;
        for frame in 0..frames {
            for channel in block {
                self.write_sample(channel[frame])
                    .map_err(|error| self.unwritable(words(&error)))?;
            }
        }
        Ok(())
    }

    fn write_sample(&mut self, sample: f32) -> hound::Result<()> {
        let full_scale = match self.bits {
            Bits::Float32 => return self.writer.write_sample(sample),
            Bits::Int16 => 32_768.0,
            Bits::Int24 => 8_388_608.0,
        };
        let value = (f64::from(sample) * full_scale).round();
        let allowed = value.clamp(-full_scale, full_scale - 1.0);
        self.clipped += u64::from(value != allowed);
        self.writer.write_sample(allowed as i32)
    }

    /// Samples that were above full scale so far and lost their tops.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Completes the header and moves the file to its place, over an older one of that name.
    ///
    /// # Errors
    /// [`FileError::Unwritable`]; the temporary file is removed.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let Self { file, writer, .. } = self;
        writer
            .finalize()
            .map_err(|error| file.unwritable(words(&error)))?;
        file.finish()
    }

    fn unwritable(&self, reason: String) -> FileError {
        self.file.unwritable(reason)
    }
}

fn words(error: &hound::Error) -> String {
    match error {
        hound::Error::IoError(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}
