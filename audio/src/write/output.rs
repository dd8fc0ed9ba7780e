//! A sound file that appears at its place only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::flac::Flac;
use super::format::{Format, Layout};
use super::wav::Wav;
use super::whole::WholeFile;
use crate::error::FileError;

/// A sound file being written: under a temporary name in the target's folder until [`Output::finish`]; dropped before, it
/// leaves nothing behind.
pub struct Output {
    file: WholeFile,
    encoder: Encoder,
}

enum Encoder {
    Wav(Wav<BufWriter<File>>),
    Flac(Box<Flac<BufWriter<File>>>),
}

impl Output {
    /// Checks the target and starts the temporary file.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the folder does not exist or cannot be written to, when something other than a file
    /// that may be replaced stands at the target's place, or when the format does not hold what the layout asks for.
    pub fn create(path: &Path, format: Format, layout: &Layout) -> Result<Self, FileError> {
        Self::begin(WholeFile::create(path)?, format, layout)
    }

    /// The same for standard output, which gets the whole file at the end and nothing before.
    ///
    /// # Errors
    /// [`FileError::Unwritable`], as above.
    pub fn to_standard_output(format: Format, layout: &Layout) -> Result<Self, FileError> {
        Self::begin(WholeFile::to_standard_output()?, format, layout)
    }

    fn begin(file: WholeFile, format: Format, layout: &Layout) -> Result<Self, FileError> {
        let out = BufWriter::new(file.handle()?);
        let encoder = match format {
            Format::Wav => Wav::begin(out, layout).map(Encoder::Wav),
            Format::Flac => Flac::begin(out, layout).map(Box::new).map(Encoder::Flac),
        };
        match encoder {
            Ok(encoder) => Ok(Self { file, encoder }),
            Err(error) => Err(file.unwritable(words(&error))),
        }
    }

    /// Appends `block[channel][sample]`; all channels are equally long.
    ///
    /// # Errors
    /// [`FileError::Unwritable`] when the disk is full, or the file would pass a length that its head cannot state.
    pub fn write(&mut self, block: &[&[f32]]) -> Result<(), FileError> {
        let written = match &mut self.encoder {
            Encoder::Wav(wav) => wav.write(block),
            Encoder::Flac(flac) => flac.write(block),
        };
        written.map_err(|error| self.file.unwritable(words(&error)))
    }

    /// Samples that were above full scale so far and lost their tops.
    pub fn clipped(&self) -> u64 {
        match &self.encoder {
            Encoder::Wav(wav) => wav.clipped(),
            Encoder::Flac(flac) => flac.clipped(),
        }
    }

    /// Completes the head and moves the file to its place, over an older one of that name.
    ///
    /// # Errors
    /// [`FileError::Unwritable`]; the temporary file is removed.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let Self { file, encoder } = self;
        let ended = match encoder {
            Encoder::Wav(wav) => wav.finish().map(drop),
            Encoder::Flac(flac) => flac.finish(),
        };
        match ended {
            Ok(()) => file.finish(),
            Err(error) => Err(file.unwritable(words(&error))),
        }
    }
}

/// What the system says, without its numbers; what we say as it is.
fn words(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::stamp::stamp;
    use crate::{Bits, Reader, mono};

    fn layout(channels: usize, bits: Bits) -> Layout {
        Layout {
            rate: 44_100,
            channels,
            speakers: None,
            bits,
            frames: None,
            chunks: Vec::new(),
            stamp: Some("{\"made\": \"by a test\"}".into()),
        }
    }

    /// Something that is not simple to predict, above full scale here and there.
    fn sound(channels: usize, frames: usize) -> Vec<Vec<f32>> {
        let mut seed = 7u32;
        let mut sample = |n: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.9 * (n as f32 * 0.01).sin() + 0.2 * (seed as f32 / u32::MAX as f32 - 0.5)
        };
        (0..channels)
            .map(|_| (0..frames).map(&mut sample).collect())
            .collect()
    }

    fn write(path: &Path, format: Format, layout: &Layout, sound: &[Vec<f32>], block: usize) {
        let mut output = Output::create(path, format, layout).expect("it can be begun");
        for start in (0..sound[0].len()).step_by(block) {
            let end = (start + block).min(sound[0].len());
            let part: Vec<&[f32]> = sound.iter().map(|channel| &channel[start..end]).collect();
            output.write(&part).expect("it can be written");
        }
        output.finish().expect("it can be ended");
    }

    fn read(path: &Path) -> Vec<Vec<f32>> {
        let mut reader = Reader::open(path).expect("it can be read");
        let mut block = vec![vec![0.0; 1000]; reader.description().channels];
        let mut all = vec![Vec::new(); block.len()];
        loop {
            let count = reader.read(&mut block).expect("it can be read");
            for (all, block) in all.iter_mut().zip(&block) {
                all.extend_from_slice(&block[..count]);
            }
            if count < 1000 {
                return all;
            }
        }
    }

    #[test]
    fn flac_holds_the_same_integers_as_wav() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for (bits, channels, frames) in [
            (Bits::Int16, 1, 10_001),
            (Bits::Int24, 2, 20_000),
            (Bits::Int16, 6, 4096),
            (Bits::Int24, 8, 5),
        ] {
            let (wav, flac) = (folder.path().join("a.wav"), folder.path().join("a.flac"));
            let (layout, sound) = (layout(channels, bits), sound(channels, frames));
            write(&wav, Format::Wav, &layout, &sound, 777);
            write(&flac, Format::Flac, &layout, &sound, 4097);
            assert_eq!(
                read(&flac),
                read(&wav),
                "{bits:?}, {channels} channels, {frames} samples"
            );
            assert_eq!(stamp(&wav), layout.stamp);
            assert_eq!(stamp(&flac), layout.stamp);
        }
    }

    #[test]
    fn flac_without_a_sample_is_a_head_alone() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("a.flac");
        write(&path, Format::Flac, &layout(2, Bits::Int24), &sound(2, 0), 1);
        let bytes = std::fs::read(&path).expect("it was written");
        assert_eq!((&bytes[..8], bytes.len()), (&b"fLaC\x80\0\0\x22"[..], 42));
        // 44100 Hz, 2 channels, 24 bits, no samples.
        assert_eq!(bytes[18..26], [0x0a, 0xc4, 0x43, 0x70, 0, 0, 0, 0]);
    }

    #[test]
    fn the_checksum_of_flac_is_that_of_its_samples() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (path, layout, sound) = (
            folder.path().join("a.flac"),
            layout(2, Bits::Int16),
            sound(2, 9_000),
        );
        write(&path, Format::Flac, &layout, &sound, 512);
        let bytes = std::fs::read(&path).expect("it was written");
        let samples: Vec<u8> = (0..9_000)
            .flat_map(|n| [sound[0][n], sound[1][n]])
            .flat_map(|x| ((x * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16).to_le_bytes())
            .collect();
        // STREAMINFO begins at 8: 18 bytes on, the checksum; the length in 36 bits ends before it.
        assert_eq!(bytes[26..42], md5::compute(samples).0);
        assert_eq!(
            u32::from_be_bytes(bytes[22..26].try_into().expect("four bytes")),
            9_000
        );
    }

    #[test]
    fn what_flac_does_not_hold_is_refused_before_a_sample() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("a.flac");
        let refused = |layout: &Layout| {
            let begun = Output::create(&path, Format::Flac, layout);
            begun.err().expect("it is refused").to_string()
        };
        assert!(refused(&layout(2, Bits::Float32)).contains("16 or 24 bits"));
        assert!(refused(&layout(9, Bits::Int16)).contains("at most 8 channels"));
        let mut fast = layout(1, Bits::Int16);
        fast.rate = 768_000;
        assert!(refused(&fast).contains("655350 Hz"));
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
    }

    #[test]
    fn a_file_without_a_stamp_has_none() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("a.wav");
        assert_eq!(stamp(&path), None);
        for bytes in [
            &b""[..],
            b"RIFF",
            b"fLaC\x84\xff\xff\xff",
            b"a text that is long enough",
        ] {
            std::fs::write(&path, bytes).expect("a file for the test");
            assert_eq!(stamp(&path), None);
        }
        let mut layout = layout(1, Bits::Float32);
        layout.stamp = None;
        write(&path, Format::Wav, &layout, &sound(1, 100), 100);
        assert_eq!(stamp(&path), None);
        assert_eq!(mono(&path).expect("it can be read").0.len(), 100);
    }
}
