//! Decodes a sound file block by block, whatever the size of its packets.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use crate::error::CliError;

/// A sound file being read. Holds one packet at a time.
pub struct AudioReader {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Samples of one tick of the track's clock.
    tick: f64,
    rate: u32,
    channels: usize,
    frames: Option<u64>,
    /// The packet being handed out, `[channel][sample]`, and how much of it is gone.
    packet: Vec<Vec<f32>>,
    taken: usize,
    /// Samples of silence still to hand out in place of packets that could not be decoded.
    silence: u64,
    damaged: u64,
}

impl AudioReader {
    /// Opens a file and decodes its first packet, so that rate and channels are those of the sound itself.
    ///
    /// # Errors
    /// [`CliError::Missing`], [`CliError::Unreadable`], [`CliError::NotAudio`], [`CliError::Opus`].
    pub fn open(path: &Path) -> Result<Self, CliError> {
        let source = MediaSourceStream::new(Box::new(open_file(path)?), MediaSourceStreamOptions::default());
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let not_audio = |reason: String| CliError::NotAudio {
            path: path.to_owned(),
            reason,
        };
        let format = symphonia::default::get_probe()
            .probe(
                &hint,
                source,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(|error| not_audio(words(&error)))?;
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| not_audio("it has no sound track".into()))?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = params.ok_or_else(|| not_audio("its codec is unknown".into()))?;
        if params.codec == CODEC_ID_OPUS {
            return Err(CliError::Opus {
                path: path.to_owned(),
            });
        }
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(params, &AudioDecoderOptions::default())
            .map_err(|error| not_audio(words(&error)))?;

        let (track_id, frames, time_base) = (track.id, track.num_frames, track.time_base);
        let declared = params
            .sample_rate
            .zip(params.channels.as_ref().map(|channels| channels.count()));
        let mut reader = Self {
            path: path.to_owned(),
            format,
            decoder,
            track: track_id,
            tick: 1.0,
            rate: 0,
            channels: 0,
            frames,
            packet: Vec::new(),
            taken: 0,
            silence: 0,
            damaged: 0,
        };
        if !reader.next_packet()? {
            match declared {
                // A file that says of itself that it is empty is as good as any other.
                Some((rate, channels)) if frames == Some(0) && reader.damaged == 0 => {
                    (reader.rate, reader.channels) = (rate, channels);
                }
                _ => return Err(not_audio("no sound in it could be decoded".into())),
            }
        }
        if reader.rate == 0 || reader.channels == 0 {
            return Err(not_audio("it states no sample rate or no channels".into()));
        }
        if let Some(base) = time_base {
            reader.tick = f64::from(base.numer.get()) / f64::from(base.denom.get()) * f64::from(reader.rate);
        }
        Ok(reader)
    }

    /// Samples per second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Length in samples as the file states it, where it does. Good for a progress bar; the sound itself decides.
    pub fn frames(&self) -> Option<u64> {
        self.frames
    }

    /// Packets that could not be decoded so far; silence stands in their place, so that time is kept.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Fills `block[channel]` from its start and returns the samples written; fewer than the block holds only at the
    /// end of the sound.
    ///
    /// # Errors
    /// [`CliError::Unreadable`] when the file cannot be read on.
    pub fn read(&mut self, block: &mut [Vec<f32>]) -> Result<usize, CliError> {
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
                if !self.next_packet()? {
                    break;
                }
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

    /// Decodes on until there are samples in `packet` or silence to hand out; `false` at the end of the sound.
    fn next_packet(&mut self) -> Result<bool, CliError> {
        self.taken = 0;
        self.packet.iter_mut().for_each(Vec::clear);
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(self.end()),
                // A file cut short ends where it was cut.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(self.end());
                }
                Err(Error::IoError(error)) => return Err(self.unreadable(error.to_string())),
                Err(Error::ResetRequired) => {
                    return Err(self.unreadable("its format changes in the middle; split it there".into()));
                }
                Err(error) => return Err(self.unreadable(words(&error))),
            };
            match self.decoder.decode(&packet) {
                Ok(samples) => {
                    take(
                        samples,
                        &self.path,
                        &mut self.rate,
                        &mut self.channels,
                        &mut self.packet,
                    )?;
                    if self.packet.first().is_some_and(|channel| !channel.is_empty()) {
                        return Ok(true);
                    }
                }
                Err(Error::DecodeError(_) | Error::IoError(_)) => {
                    self.damaged += 1;
                    self.silence += self.samples_of(&packet);
                    if self.channels > 0 && self.silence > 0 {
                        return Ok(true);
                    }
                }
                Err(error) => return Err(self.unreadable(words(&error))),
            }
        }
    }

    /// Whether there is anything left to hand out when the file has ended. Damage at the end of a file that never
    /// gave a sample is no sound.
    fn end(&self) -> bool {
        self.channels > 0 && self.silence > 0
    }

    fn samples_of(&self, packet: &Packet) -> u64 {
        (packet.dur.get() as f64 * self.tick).round() as u64
    }

    fn unreadable(&self, reason: String) -> CliError {
        CliError::Unreadable {
            path: self.path.clone(),
            reason,
        }
    }
}

/// Copies a decoded packet out; the first one sets rate and channels, which the others must keep.
fn take(
    samples: GenericAudioBufferRef<'_>,
    path: &Path,
    rate: &mut u32,
    channels: &mut usize,
    packet: &mut Vec<Vec<f32>>,
) -> Result<(), CliError> {
    if samples.is_empty() {
        return Ok(());
    }
    let given = (samples.spec().rate(), samples.num_planes());
    if *channels == 0 {
        (*rate, *channels) = given;
    } else if (*rate, *channels) != given {
        return Err(CliError::Unreadable {
            path: path.to_owned(),
            reason: format!(
                "it changes from {rate} Hz and {channels} channels to {} Hz and {} in the middle; split it there",
                given.0, given.1
            ),
        });
    }
    samples.copy_to_vecs_planar(packet);
    Ok(())
}

fn open_file(path: &Path) -> Result<File, CliError> {
    let unreadable = |reason: String| CliError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => CliError::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(error.to_string()),
    })?;
    let metadata = file.metadata().map_err(|error| unreadable(error.to_string()))?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder; name a file".into()));
    }
    Ok(file)
}

/// What symphonia says, without its own nouns.
fn words(error: &Error) -> String {
    match error {
        Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => "it ends too early".into(),
        Error::IoError(error) => error.to_string(),
        Error::Unsupported(_) => "its format is unknown".into(),
        Error::DecodeError(_) => "its contents are damaged".into(),
        Error::LimitError(_) => "its header asks for too much memory".into(),
        other => other.to_string(),
    }
}
