//! MPEG audio: MP3, and layers 1 and 2.
//!
//! Frames are found here, and decoded by symphonia. A frame counts where another one like it follows, so that junk and tags
//! between frames are passed over; frames that are damaged become silence. What the first frame states of the others is only
//! taken where it is true.

mod header;
mod info;

use std::collections::VecDeque;
use std::io;

use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::bytes::{Bytes, array, le32};
use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::id3;
use super::part::Part;
use super::window::Window;
use header::Header;
use info::Info;

/// Bytes of junk before the first frame, at most.
const MOST_JUNK: u64 = 1 << 20;
/// Longest frame, in bytes.
const LONGEST_FRAME: u64 = 2881;
/// Frames in a row that make a sound of bytes that nothing else is known of.
const SURE: usize = 4;

/// MPEG audio.
pub(super) struct Mp3 {
    window: Window,
    decoder: Box<dyn AudioDecoder>,
    description: Description,
    first: Header,
    info: Info,
    /// Where the next frame is to begin.
    at: u64,
    /// Frames of sound so far, damaged ones with them.
    frames: u64,
    /// Samples that are still to be left out at the beginning.
    skip: u64,
    /// What was decoded and waits until it is known whether it is the end.
    held: VecDeque<Part>,
    ended: bool,
}

/// Where the first frame of a file is, if it is MPEG audio. `at_once` asks for a file that begins with it (or with a tag).
pub(super) fn start(bytes: &mut Bytes, at_once: bool) -> io::Result<Option<u64>> {
    let begin = id3::skip(bytes, 0)?;
    let is_tagged = begin > 0;
    if at_once && !is_tagged {
        return Ok(is_chain(bytes, begin, SURE, 1)?.then_some(begin));
    }
    let junk = bytes.vec(begin, MOST_JUNK, MOST_JUNK as usize)?;
    for (skip, head) in junk.windows(4).enumerate() {
        // Behind junk, one frame that the file ends with is four bytes by chance.
        let least = if skip == 0 { 1 } else { 2 };
        if Header::read(head).is_some() && is_chain(bytes, begin + skip as u64, SURE, least)? {
            return Ok(Some(begin + skip as u64));
        }
    }
    Ok(None)
}

/// Whether so many frames of one stream follow each other from `at` on, or at least `least` up to the end of the file or a tag.
fn is_chain(bytes: &mut Bytes, mut at: u64, count: usize, least: usize) -> io::Result<bool> {
    let mut first: Option<Header> = None;
    for i in 0..count {
        let head = bytes.vec(at, 4, 4)?;
        match (Header::read(&head), first) {
            (Some(header), first) if first.is_none_or(|first| header.is_like(&first)) => at += header.len,
            _ => return Ok(i >= least && (bytes.behind(at) == 0 || head.starts_with(b"TAG"))),
        }
        first = first.or(Header::read(&head));
    }
    Ok(true)
}

impl Mp3 {
    /// Opens a file whose first frame is at `start`.
    pub(super) fn open(bytes: Bytes, start: u64) -> Result<Self, Fault> {
        let mut window = Window::new(bytes);
        let no_sound = || Fault::NotAudio("no sound in it could be decoded".into());
        let frame = window.from(start, 4096)?;
        let first = Header::read(frame).ok_or_else(no_sound)?;
        let info = Info::read(&first, &frame[..frame.len().min(first.len as usize)]);
        let at = if info.is_some() { start + first.len } else { start };
        let info = info.unwrap_or_default();
        let codec = match first.layer {
            1 => CODEC_ID_MP1,
            2 => CODEC_ID_MP2,
            _ => CODEC_ID_MP3,
        };
        let mut params = AudioCodecParameters::new();
        params.for_codec(codec).with_sample_rate(first.rate);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&params, &AudioDecoderOptions::default())
            .map_err(|_| no_sound())?;
        // Fewer frames than could fill the file are no count.
        let possible = |frames: &u64| window.len() / (frames + 1) <= LONGEST_FRAME;
        let declared = info.frames.filter(possible).map(|frames| frames * first.samples);
        Ok(Self {
            window,
            decoder,
            description: Description {
                rate: first.rate,
                channels: first.channels,
                frames: declared.map(|samples| samples.saturating_sub(info.delay + info.padding)),
                ..Description::default()
            },
            first,
            info,
            at,
            frames: 0,
            skip: info.delay,
            held: VecDeque::new(),
            ended: false,
        })
    }

    /// Decodes the next frame; `false` at the end.
    fn advance(&mut self) -> Result<bool, Fault> {
        if self.at >= self.window.len() {
            return Ok(false);
        }
        let Some(header) = self.header(self.at)? else {
            return self.resync(self.at, None);
        };
        if self.at + header.len > self.window.len() {
            return Ok(false);
        }
        let behind = self.at + header.len;
        if behind < self.window.len() && self.header(behind)?.is_none() && self.tag(behind)?.is_none() {
            // Either bytes of this frame are gone, or there is junk behind it.
            return self.resync(self.at + 4, Some(header));
        }
        self.frame(header)?;
        Ok(true)
    }

    /// The head at `at`.
    fn header(&mut self, at: u64) -> io::Result<Option<Header>> {
        Ok(Header::read(self.window.from(at, 4)?))
    }

    /// Decodes the frame at `self.at`.
    fn frame(&mut self, header: Header) -> Result<(), Fault> {
        if !header.is_like(&self.first) {
            return Err(Fault::Unreadable(format!(
                "it changes from {} Hz and {} channels to {} Hz and {} in the middle; split it there",
                self.first.rate, self.first.channels, header.rate, header.channels
            )));
        }
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        let frame = &self.window.from(self.at, len)?[..len];
        let is_info = Info::read(&header, frame).is_some();
        let packet = Packet::new(
            0,
            Timestamp::new(0),
            Duration::new(header.samples),
            frame.to_vec(),
        );
        let mut channels = Vec::new();
        let part = match self.decoder.decode(&packet) {
            Ok(samples) if samples.frames() as u64 == header.samples => {
                samples.copy_to_vecs_planar(&mut channels);
                Part::Sound(channels)
            }
            // The information of a second file, between two sounds.
            _ if is_info => Part::Sound(vec![vec![0.0; header.samples as usize]; header.channels]),
            _ => Part::Damaged(header.samples),
        };
        self.push(part);
        self.at += header.len;
        Ok(())
    }

    fn push(&mut self, mut part: Part) {
        self.frames += 1;
        let skip = self.skip.min(part.len());
        self.skip -= skip;
        part.skip(skip);
        if part.len() > 0 {
            self.held.push_back(part);
        }
    }

    /// Goes on at the next frame that others follow, from `from` on; `cut` is a frame whose end is not where it should be.
    fn resync(&mut self, from: u64, cut: Option<Header>) -> Result<bool, Fault> {
        if let Some(len) = self.tag(self.at)? {
            self.at += len;
            return Ok(self.at < self.window.len());
        }
        let mut found = from;
        loop {
            if found >= self.window.len() {
                found = self.window.len();
                break;
            }
            match self.header(found)? {
                Some(header) if header.is_like(&self.first) && self.is_followed(found, header)? => break,
                _ => found += 1,
            }
        }
        let mut gap = self.at..found;
        if let Some(header) = cut {
            if found >= self.at + header.len {
                self.frame(header)?;
                gap.start = self.at;
            } else {
                self.push(Part::Damaged(header.samples));
                gap.start = found;
            }
        }
        // Where frames are equally long, a gap of their length is one whose head is damaged.
        let len = self.first.len;
        let lost = (gap.end - gap.start + len / 2) / len;
        if found < self.window.len() && (gap.end - gap.start).abs_diff(lost * len) <= lost + 1 {
            (0..lost).for_each(|_| self.push(Part::Damaged(self.first.samples)));
        }
        self.at = found;
        Ok(found < self.window.len())
    }

    /// Whether the frame at `at` ends where another one, a tag or nothing begins.
    fn is_followed(&mut self, at: u64, header: Header) -> io::Result<bool> {
        let behind = at + header.len;
        if behind == self.window.len() {
            return Ok(true);
        }
        let next = self.header(behind)?;
        Ok(next.is_some_and(|next| next.is_like(&header)) || self.tag(behind)?.is_some())
    }

    /// Length of a tag at `at`.
    fn tag(&mut self, at: u64) -> io::Result<Option<u64>> {
        let left = self.window.len().saturating_sub(at);
        let head = self.window.from(at, 32)?;
        Ok(match array::<8>(head, 0) {
            [b'T', b'A', b'G', ..] if left == 128 => Some(128),
            // The head of the tag, or its end, where it has no head.
            [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X'] => {
                let is_head = le32(head, 20) & 0x2000_0000 != 0;
                Some(if is_head {
                    32 + u64::from(le32(head, 12))
                } else {
                    32
                })
            }
            _ => id3::len(head),
        })
    }
}

impl Decoder for Mp3 {
    fn description(&self) -> &Description {
        &self.description
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        loop {
            let behind: u64 = self.held.iter().skip(1).map(Part::len).sum();
            if self.ended || behind >= self.info.padding {
                match self.held.pop_front() {
                    Some(Part::Sound(channels)) => {
                        *packet = channels;
                        return Ok(Next::Sound);
                    }
                    Some(Part::Damaged(samples)) => return Ok(Next::Damaged(samples)),
                    None if self.ended => return Ok(Next::End(End::Bytes)),
                    None => {}
                }
            }
            if !self.ended && !self.advance()? {
                self.ended = true;
                // What is behind the sound is known only of the frames that were counted.
                if self.info.frames.is_none_or(|frames| frames == self.frames) {
                    self.cut(self.info.padding);
                }
            }
        }
    }
}

impl Mp3 {
    /// Leaves samples out at the end.
    fn cut(&mut self, mut count: u64) {
        while count > 0
            && let Some(last) = self.held.back_mut()
        {
            let len = last.len().min(count);
            last.shorten(len);
            count -= len;
            if last.len() == 0 {
                self.held.pop_back();
            }
        }
    }
}
