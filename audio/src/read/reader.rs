//! Hands a sound file out block by block, whatever the size of its packets, and checks that it was whole.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::open;
use super::options::Options;
use super::warning::Warning;
use crate::error::FileError;

/// A sound file being read. Holds one packet at a time.
pub struct Reader {
    path: PathBuf,
    decoder: Box<dyn Decoder>,
    /// The packet being handed out, `[channel][sample]`, and how much of it is gone.
    packet: Vec<Vec<f32>>,
    taken: usize,
    /// Samples of silence still to hand out in place of packets that could not be decoded.
    silence: u64,
    /// Samples that were decoded or replaced by silence so far.
    decoded: u64,
    damaged: u64,
    missing: u64,
    ended: bool,
}

impl Reader {
    /// Opens a file; what comes through a pipe is copied into a temporary file first.
    ///
    /// # Errors
    /// [`FileError::Missing`], [`FileError::Unreadable`], [`FileError::NotAudio`].
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::open_with(path, Options::default())
    }

    /// Opens a file, and chooses what of it is read.
    ///
    /// # Errors
    /// Those of [`Reader::open`]; [`FileError::Unreadable`] for a track that there is not.
    pub fn open_with(path: &Path, options: Options) -> Result<Self, FileError> {
        Self::of(open::file(path)?, path, options)
    }

    /// Reads a stream to its end and opens what it brought. `name` is what errors call it.
    ///
    /// # Errors
    /// Those of [`Reader::open`].
    pub fn from_stream(stream: impl Read, name: &Path, options: Options) -> Result<Self, FileError> {
        let file = open::spool(stream).map_err(|error| FileError::Unreadable {
            path: name.to_owned(),
            reason: error.to_string(),
        })?;
        Self::of(file, name, options)
    }

    fn of(file: File, path: &Path, options: Options) -> Result<Self, FileError> {
        let decoder = open::decoder(file, path, options).map_err(|fault| named(fault, path))?;
        Ok(Self {
            path: path.to_owned(),
            packet: vec![Vec::new(); decoder.description().channels],
            decoder,
            taken: 0,
            silence: 0,
            decoded: 0,
            damaged: 0,
            missing: 0,
            ended: false,
        })
    }

    /// What the file says of itself.
    pub fn description(&self) -> &Description {
        self.decoder.description()
    }

    /// Samples per second.
    pub fn rate(&self) -> u32 {
        self.description().rate
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.description().channels
    }

    /// Length in samples as the file declares it, where it does. Good for a progress bar; the sound itself decides.
    pub fn frames(&self) -> Option<u64> {
        self.description().frames
    }

    /// Packets that could not be decoded so far; silence stands in their place, so that time is kept.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Once the sound has ended: the samples of a channel that the file declares and that are not in it. It was cut short.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// What is odd about the file, once the sound has ended: damage, what is missing, and what was left out.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.decoder.warnings();
        if self.damaged > 0 {
            warnings.push(Warning::Damaged {
                packets: self.damaged,
            });
        }
        if self.missing > 0 {
            warnings.push(Warning::Missing {
                samples: self.missing,
            });
        }
        warnings
    }

    /// Fills `block[channel]` from its start and returns the samples written; fewer than the block holds only at the
    /// end of the sound.
    ///
    /// # Errors
    /// [`FileError::Unreadable`] when the file cannot be read on, or did not give all that it declares.
    pub fn read(&mut self, block: &mut [Vec<f32>]) -> Result<usize, FileError> {
        let wanted = block.iter().map(Vec::len).min().unwrap_or(0);
        let mut written = 0;
        while written < wanted {
            let room = wanted - written;
            if self.silence > 0 {
                let count = room.min(usize::try_from(self.silence).unwrap_or(usize::MAX));
                block
                    .iter_mut()
                    .for_each(|channel| channel[written..written + count].fill(0.0));
                self.silence -= count as u64;
                written += count;
                continue;
            }
            let left = self
                .packet
                .first()
                .map_or(0, |channel| channel.len() - self.taken);
            if left == 0 {
                if self.ended {
                    break;
                }
                self.advance()?;
                continue;
            }
            let count = room.min(left);
            for (to, from) in block.iter_mut().zip(&self.packet) {
                to[written..written + count].copy_from_slice(&from[self.taken..self.taken + count]);
            }
            self.taken += count;
            written += count;
        }
        Ok(written)
    }

    /// Decodes one packet on.
    fn advance(&mut self) -> Result<(), FileError> {
        self.taken = 0;
        let next = self.decoder.next(&mut self.packet);
        if next.as_ref().map_or(true, |next| *next != Next::Sound) {
            self.packet.iter_mut().for_each(Vec::clear);
        }
        match next.map_err(|fault| named(fault, &self.path))? {
            Next::Sound => self.decoded += self.packet.first().map_or(0, |channel| channel.len() as u64),
            Next::Damaged(samples) => {
                self.damaged += 1;
                self.silence += samples;
                self.decoded += samples;
            }
            Next::End(end) => {
                self.ended = true;
                self.verify(end)?;
            }
        }
        Ok(())
    }

    /// Compares what came out of a file with what it declares, whatever its format.
    fn verify(&mut self, end: End) -> Result<(), FileError> {
        let declared = self.frames().unwrap_or(0);
        let missing = declared.saturating_sub(self.decoded);
        match end {
            End::Bytes => self.missing = missing,
            End::Whole if missing > 0 => {
                return Err(FileError::Unreadable {
                    path: self.path.clone(),
                    reason: format!(
                        "it declares {declared} samples, but only {} of them can be decoded; convert it to WAV with another program first",
                        self.decoded
                    ),
                });
            }
            End::Whole => {}
        }
        Ok(())
    }
}

fn named(fault: Fault, path: &Path) -> FileError {
    let path = path.to_owned();
    match fault {
        Fault::NotAudio(reason) => FileError::NotAudio { path, reason },
        Fault::Unreadable(reason) => FileError::Unreadable { path, reason },
    }
}
