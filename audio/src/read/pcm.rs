//! Uncompressed samples, wherever a file keeps them.

use std::collections::VecDeque;
use std::ops::Range;

use super::bytes::Bytes;
use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::sample::Sample;
use super::warning::Warning;

/// Frames that are decoded at a time, and bytes, whichever is less.
const PACKET_FRAMES: usize = 4096;
const PACKET_BYTES: usize = 1 << 18;

/// Most channels that a file may state.
pub(super) const MOST_CHANNELS: usize = 65_536;

/// Where a file keeps its samples, and how.
pub(super) struct Layout {
    pub(super) sample: Sample,
    /// Bytes of one sample of all channels, at least as many as they need.
    pub(super) frame: usize,
    /// Bytes of the file, one part after the other.
    pub(super) parts: Vec<Range<u64>>,
    /// What is odd about the file.
    pub(super) warnings: Vec<Warning>,
}

impl Layout {
    /// Of a file that nothing is odd about.
    pub(super) fn new(sample: Sample, frame: usize, parts: Vec<Range<u64>>) -> Self {
        Self {
            sample,
            frame,
            parts,
            warnings: Vec::new(),
        }
    }

    /// Samples of a channel that its parts have room for, whether the file is that long or not.
    pub(super) fn frames(&self) -> u64 {
        self.parts.iter().map(|part| part.end - part.start).sum::<u64>() / self.frame as u64
    }
}

/// A file of uncompressed samples.
pub(super) struct Pcm {
    bytes: Bytes,
    description: Description,
    sample: Sample,
    frame: usize,
    parts: VecDeque<Range<u64>>,
    warnings: Vec<Warning>,
    buffer: Vec<u8>,
    end: End,
}

impl Pcm {
    /// `description.frames` is what the file declares, where it does; else it is what its parts hold.
    pub(super) fn new(bytes: Bytes, mut description: Description, layout: Layout) -> Result<Self, Fault> {
        let Layout {
            sample,
            frame,
            parts,
            warnings,
        } = layout;
        check(&description)?;
        let held = |part: &Range<u64>| part.end.min(bytes.len()).saturating_sub(part.start);
        let end = if parts.iter().any(|part| part.end > bytes.len()) {
            End::Bytes
        } else {
            End::Whole
        };
        if description.frames.is_none() {
            description.frames = Some(parts.iter().map(held).sum::<u64>() / frame as u64);
        }
        let frames = (PACKET_BYTES / frame).clamp(1, PACKET_FRAMES);
        Ok(Self {
            buffer: vec![0; frames * frame],
            parts: parts
                .into_iter()
                .map(|part| part.start..part.end.min(bytes.len()))
                .collect(),
            bytes,
            description,
            sample,
            frame,
            warnings,
            end,
        })
    }
}

/// Refuses a sound that nothing can be done with.
pub(super) fn check(description: &Description) -> Result<(), Fault> {
    if description.rate == 0 || description.channels == 0 {
        return Err(Fault::NotAudio("it states no sample rate or no channels".into()));
    }
    if description.channels > MOST_CHANNELS {
        return Err(Fault::NotAudio(format!(
            "it states {} channels",
            description.channels
        )));
    }
    Ok(())
}

impl Decoder for Pcm {
    fn description(&self) -> &Description {
        &self.description
    }

    fn warnings(&self) -> Vec<Warning> {
        self.warnings.clone()
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        // A frame may begin in one part and end in the next.
        let mut filled = 0;
        while filled < self.buffer.len() {
            let Some(part) = self.parts.front_mut() else {
                break;
            };
            let wanted = usize::try_from(part.end.saturating_sub(part.start))
                .unwrap_or(usize::MAX)
                .min(self.buffer.len() - filled);
            let read = self
                .bytes
                .read(part.start, &mut self.buffer[filled..filled + wanted])?;
            filled += read;
            part.start += read as u64;
            if part.start >= part.end {
                self.parts.pop_front();
            } else if read < wanted {
                // The file became shorter while it was read.
                self.end = End::Bytes;
                self.parts.clear();
            }
        }
        let frames = filled / self.frame;
        if frames == 0 {
            return Ok(Next::End(self.end));
        }
        for (channel, samples) in packet.iter_mut().enumerate() {
            let at = channel * self.sample.bytes;
            samples.clear();
            samples.extend(
                self.buffer[..frames * self.frame]
                    .chunks_exact(self.frame)
                    .map(|frame| self.sample.value(&frame[at..at + self.sample.bytes])),
            );
        }
        Ok(Next::Sound)
    }
}
