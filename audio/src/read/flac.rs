//! FLAC, frame by frame.
//!
//! Each frame is found by its own head, checked by its own sum, and put where its own number says. What the file states of
//! all frames (the longest block, the number of samples) is only compared with them, because programs write it wrongly.

mod checksum;
mod metadata;
mod samples;

use std::io::{self, ErrorKind};

use flac_codec::Error;
use flac_codec::stream::{Frame, FrameHeader};

use super::bytes::Bytes;
use super::decoder::{Decoder, End, Fault, Next};
use super::description::{Description, Encoding};
use super::pcm;
use super::warning::Warning;
use super::window::Window;
use checksum::Checksum;
use metadata::Metadata;
pub(super) use metadata::start;

/// Bytes in which a frame is looked for first, and at most.
const SHORT_FRAME: usize = 1 << 16;
const LONG_FRAME: usize = 1 << 23;
/// Longest head of a frame, in bytes.
const HEAD: usize = 16;

/// A FLAC file.
pub(super) struct Flac {
    window: Window,
    about: Metadata,
    description: Description,
    /// Where the next frame is to begin.
    at: u64,
    /// Samples of a channel so far.
    done: u64,
    /// What is added to a frame's place, so that the first frame is at 0: `None` until there is one.
    shift: Option<i128>,
    /// Samples of all blocks but the last, where they are equally long.
    block: Option<u64>,
    /// A frame behind damage, and the samples that are missing before it.
    behind: Option<(Vec<Vec<f32>>, u64)>,
    /// Of what was decoded so far; `None` where a part of it is missing, or the file states none.
    checksum: Option<Checksum>,
    /// Whether all of it was decoded and is not what the checksum was made of.
    is_another: bool,
}

/// A frame that was decoded.
struct Decoded {
    channels: Vec<Vec<f32>>,
    /// `[channel][sample]`, as they are stored.
    integers: Vec<Vec<i64>>,
    /// Bytes of the frame.
    len: u64,
    /// Its number, of samples or of frames.
    number: u64,
    counts_samples: bool,
}

/// What stands at a place of the file.
enum Found {
    Frame(Decoded),
    /// A frame of another rate or of other channels.
    Other(u32, u8),
    Nothing,
}

impl Flac {
    /// Reads what stands before the frames of a file whose `fLaC` is at `start`, and its first frame.
    pub(super) fn open(mut bytes: Bytes, start: u64) -> Result<Self, Fault> {
        let about = Metadata::read(&mut bytes, start)?;
        let description = Description {
            rate: about.info.sample_rate,
            channels: usize::from(about.info.channels.get()),
            encoding: Some(Encoding::Integer(about.bits)),
            speakers: about.speakers,
            frames: about.total,
            ..Description::default()
        };
        pcm::check(&description)?;
        let mut flac = Self {
            at: about.frames,
            window: Window::new(bytes),
            checksum: about.md5.map(|_| Checksum::new(about.bits)),
            is_another: false,
            about,
            description,
            done: 0,
            shift: None,
            block: None,
            behind: None,
        };
        let is_empty = flac.at >= flac.window.len() && flac.about.total.is_none();
        if !is_empty && !flac.advance()? {
            return Err(Fault::NotAudio("no sound in it could be decoded".into()));
        }
        Ok(flac)
    }

    /// Decodes the next frame, wherever it is; `false` where there is none any more.
    fn advance(&mut self) -> Result<bool, Fault> {
        let from = self.at;
        while self.at < self.window.len() {
            match self.frame()? {
                Found::Frame(frame) => {
                    let missing = self.place(&frame, self.at > from);
                    self.at += frame.len;
                    if missing > 0 {
                        self.checksum = None;
                    }
                    if let Some(checksum) = &mut self.checksum {
                        checksum.add(&frame.integers);
                    }
                    self.done += missing + frame.channels[0].len() as u64;
                    self.behind = Some((frame.channels, missing));
                    return Ok(true);
                }
                Found::Other(rate, channels) => {
                    return Err(Fault::Unreadable(format!(
                        "it changes from {} Hz and {} channels to {rate} Hz and {channels} in the middle; split it there",
                        self.description.rate, self.description.channels
                    )));
                }
                Found::Nothing => self.at = self.sync(self.at + 1)?,
            }
        }
        // What is left is no frame: a tag, or one that is damaged or cut off.
        let lost = match self.about.total {
            Some(total) if self.at > from => self.lost_at_the_end(from, total)?,
            _ => 0,
        };
        // Sound of which nothing is missing must be the one that was checked.
        let is_whole = lost == 0 && self.about.total.is_none_or(|total| total == self.done);
        if let Some(checksum) = self.checksum.take().filter(|_| is_whole) {
            self.is_another = self.about.md5.is_some_and(|md5| md5 != checksum.end());
        }
        self.done += lost;
        self.behind = (lost > 0).then(|| (Vec::new(), lost));
        Ok(lost > 0 && self.block.is_some())
    }

    /// Samples that are missing before a frame, so that it is at its own place.
    fn place(&mut self, frame: &Decoded, behind_damage: bool) -> u64 {
        let len = frame.channels[0].len() as u64;
        if self.block.is_none() {
            // A frame that is not the first tells the length of those before it, unless it is the last.
            self.block = Some(if behind_damage {
                len.max(self.about.block)
            } else {
                len
            });
        }
        let place = if frame.counts_samples {
            frame.number
        } else {
            frame.number.saturating_mul(self.block.unwrap_or(len))
        };
        let first = if behind_damage { 0 } else { -i128::from(place) };
        let shift = *self.shift.get_or_insert(first);
        let missing = i128::from(place) + shift - i128::from(self.done);
        let fits = match self.about.total {
            Some(total) => missing + i128::from(self.done) + i128::from(len) <= i128::from(total),
            None => behind_damage,
        };
        match u64::try_from(missing) {
            Ok(missing) if fits => missing,
            // Numbers that begin anew, or leap: two files in a row, or a stream with a part cut out.
            _ => {
                self.shift = Some(i128::from(self.done) - i128::from(place));
                0
            }
        }
    }

    /// The frame at `self.at`.
    fn frame(&mut self) -> Result<Found, Fault> {
        let mut wanted = SHORT_FRAME;
        loop {
            let left = self.window.len() - self.at;
            let slice = self.window.from(self.at, wanted)?;
            let held = slice.len();
            if slice.first() != Some(&0xff) {
                return Ok(Found::Nothing);
            }
            let mut rest = slice;
            let read = match Frame::read(&mut rest, &self.about.info) {
                Err(Error::SampleRateMismatch | Error::ChannelsMismatch | Error::BitsPerSampleMismatch) => {
                    rest = slice;
                    Frame::read_subset(&mut rest)
                }
                read => read,
            };
            let len = (held - rest.len()) as u64;
            match read {
                Ok(frame) => return Ok(self.accept(&frame, len)),
                Err(Error::Io(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    if (held as u64) < left && wanted < LONG_FRAME {
                        wanted = (held * 4).min(LONG_FRAME);
                        continue;
                    }
                    return Ok(Found::Nothing);
                }
                Err(_) => return Ok(Found::Nothing),
            }
        }
    }

    fn accept(&self, frame: &Frame, len: u64) -> Found {
        let header = &frame.header;
        let (rate, channels) = (u32::from(header.sample_rate), header.channel_assignment.count());
        if rate != self.description.rate || usize::from(channels) != self.description.channels {
            return Found::Other(rate, channels);
        }
        let scale = (f64::from(u32::from(header.bits_per_sample)) - 1.0).exp2();
        match samples::of(frame) {
            Some(channels) if !channels[0].is_empty() => Found::Frame(Decoded {
                channels: channels
                    .iter()
                    .map(|channel| channel.iter().map(|&x| (x as f64 / scale) as f32).collect())
                    .collect(),
                integers: channels,
                len,
                number: header.frame_number.0,
                counts_samples: header.blocking_strategy,
            }),
            _ => Found::Nothing,
        }
    }

    /// The next place that may be the head of a frame, from `at` on; the end of the file where there is none.
    fn sync(&mut self, mut at: u64) -> io::Result<u64> {
        while at < self.window.len() {
            let slice = self.window.from(at, HEAD)?;
            let is_sync = |pair: &[u8]| pair[0] == 0xff && pair[1] & 0xfe == 0xf8;
            match slice.windows(2).position(is_sync) {
                Some(skip) => return Ok(at + skip as u64),
                None => at += (slice.len() as u64 - 1).max(1),
            }
        }
        Ok(self.window.len())
    }

    /// Samples of the frames that are damaged from byte `from` on to the end of the file, as far as their heads tell.
    fn lost_at_the_end(&mut self, from: u64, total: u64) -> io::Result<u64> {
        let block = self.block.unwrap_or(self.about.block);
        let mut end = self.done;
        let mut at = self.sync(from)?;
        while at < self.window.len() {
            let mut slice = self.window.from(at, HEAD)?;
            if let Ok(head) = FrameHeader::read(&mut slice, &self.about.info) {
                let place = if head.blocking_strategy {
                    i128::from(head.frame_number.0)
                } else {
                    i128::from(head.frame_number.0) * i128::from(block)
                };
                let place = place + self.shift.unwrap_or(0) + i128::from(u16::from(head.block_size));
                end = end.max(u64::try_from(place).unwrap_or(0).min(total));
            }
            at = self.sync(at + 1)?;
        }
        // The head itself may be what is damaged.
        if end == self.done && total - self.done.min(total) <= block {
            end = total.max(self.done);
        }
        Ok(end - self.done)
    }
}

impl Decoder for Flac {
    fn description(&self) -> &Description {
        &self.description
    }

    fn warnings(&self) -> Vec<Warning> {
        self.is_another.then_some(Warning::Checksum).into_iter().collect()
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        if self.behind.is_none() && !self.advance()? {
            return Ok(Next::End(End::Bytes));
        }
        match self.behind.take() {
            Some((channels, 0)) if !channels.is_empty() => {
                *packet = channels;
                Ok(Next::Sound)
            }
            Some((channels, missing)) if missing > 0 => {
                // One damaged packet after the other, so that they are counted.
                let lost = missing.min(self.block.unwrap_or(missing).max(1));
                if missing > lost || !channels.is_empty() {
                    self.behind = Some((channels, missing - lost));
                }
                Ok(Next::Damaged(lost))
            }
            _ => Ok(Next::End(End::Bytes)),
        }
    }
}
