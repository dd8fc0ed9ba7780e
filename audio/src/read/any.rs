//! The formats that symphonia reads.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::audio::{Channels, GenericAudioBufferRef};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_ALAC, CODEC_ID_OPUS, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::decoder::{Decoder, End, Fault, Next};
use super::description::Description;
use super::guarded::guarded;
use super::options::{Options, no_track};
use super::warning::Warning;

/// A file that symphonia reads.
pub(super) struct Any {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Samples of one tick of the track's clock.
    tick: f64,
    /// Whether the last three channels come with the one in the middle first, against their speakers.
    turned: bool,
    description: Description,
    /// The first packet, which was decoded to learn rate and channels from the sound itself.
    first: Option<Vec<Vec<f32>>>,
    /// Packets before the first one that could be decoded, each with its samples.
    damaged: std::vec::IntoIter<u64>,
    warning: Option<Warning>,
}

impl Any {
    /// Opens a file and decodes its first packet, so that rate and channels are those of the sound itself.
    ///
    /// # Errors
    /// A [`Fault`] also for a track that there is not.
    pub(super) fn open(file: File, name: &Path, options: Options) -> Result<Self, Fault> {
        let format = probe(file, name)?;
        let is_sound = |track: &&Track| track.track_type() == Some(TrackType::Audio);
        let sounds: Vec<u32> = format
            .tracks()
            .iter()
            .filter(is_sound)
            .map(|track| track.id)
            .collect();
        let asked = match options.track {
            Some(asked) => Some(
                *asked
                    .checked_sub(1)
                    .and_then(|index| sounds.get(index))
                    .ok_or_else(|| no_track(asked, sounds.len()))?,
            ),
            None => format.default_track(TrackType::Audio).map(|track| track.id),
        };
        let id = asked.ok_or_else(|| Fault::NotAudio("it has no sound track".into()))?;
        let read = sounds.iter().position(|&sound| sound == id).unwrap_or(0) + 1;
        let count = sounds.len();
        Self::new(format, id, (count > 1).then_some(Warning::Tracks { count, read }))
    }

    /// Opens the track of this number, and says what there is to say of others.
    pub(super) fn open_track(
        file: File,
        name: &Path,
        id: u32,
        warning: Option<Warning>,
    ) -> Result<Self, Fault> {
        Self::new(probe(file, name)?, id, warning)
    }

    fn new(format: Box<dyn FormatReader>, id: u32, warning: Option<Warning>) -> Result<Self, Fault> {
        let track = format
            .tracks()
            .iter()
            .find(|track| track.id == id)
            .ok_or_else(|| Fault::NotAudio("it has no sound track".into()))?;
        let params = track.codec_params.as_ref().and_then(|params| params.audio());
        let params = params.ok_or_else(|| Fault::NotAudio("its codec is unknown".into()))?;
        if params.codec == CODEC_ID_OPUS {
            return Err(Fault::Unreadable(
                "it holds Opus, which is read from Ogg files alone; convert it first, for example with `ffmpeg -i IN OUT.wav`"
                    .into(),
            ));
        }
        // It undoes the coupling of more than two channels in the wrong order.
        let channels = params.channels.as_ref().map_or(0, |channels| channels.count());
        if params.codec == CODEC_ID_VORBIS && channels > 2 {
            return Err(Fault::Unreadable(format!(
                "it holds Vorbis of {channels} channels, which is read from Ogg files alone; convert it first, for example with `ffmpeg -i IN OUT.wav`"
            )));
        }
        // Its 6.1 has the rear centre before rear left and right.
        let turned = params.codec == CODEC_ID_ALAC && channels == 7;
        let codecs = symphonia::default::get_codecs();
        let decoder = guarded(|| codecs.make_audio_decoder(params, &AudioDecoderOptions::default()))
            .ok_or_else(|| Fault::NotAudio(DAMAGED.into()))?
            .map_err(|error| Fault::NotAudio(words(&error)))?;

        let (track_id, frames, time_base) = (track.id, track.num_frames, track.time_base);
        let declared = params
            .sample_rate
            .zip(params.channels.as_ref().map(|channels| channels.count()));
        let mut reader = Self {
            format,
            decoder,
            track: track_id,
            tick: 1.0,
            turned,
            description: Description {
                frames,
                ..Description::default()
            },
            first: None,
            damaged: Vec::new().into_iter(),
            warning,
        };
        let mut packet = Vec::new();
        let mut damaged = Vec::new();
        loop {
            match reader.decode(&mut packet)? {
                Next::Damaged(samples) => damaged.push(samples),
                Next::Sound => {
                    reader.first = Some(packet);
                    // Where fragments hold the sound, the whole declares none.
                    reader.description.frames = frames.filter(|&frames| frames > 0);
                    break;
                }
                Next::End(_) => match declared {
                    // A file that says of itself that it is empty is as good as any other.
                    Some((rate, channels)) if frames == Some(0) && damaged.is_empty() => {
                        (reader.description.rate, reader.description.channels) = (rate, channels);
                        break;
                    }
                    _ => return Err(Fault::NotAudio("no sound in it could be decoded".into())),
                },
            }
        }
        reader.damaged = damaged.into_iter();
        if reader.description.rate == 0 || reader.description.channels == 0 {
            return Err(Fault::NotAudio("it states no sample rate or no channels".into()));
        }
        if let Some(base) = time_base {
            reader.tick = f64::from(base.numer.get()) / f64::from(base.denom.get())
                * f64::from(reader.description.rate);
        }
        Ok(reader)
    }

    fn decode(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        loop {
            let format = &mut self.format;
            let coded = guarded(|| format.next_packet()).ok_or_else(|| Fault::Unreadable(DAMAGED.into()))?;
            let coded = match coded {
                Ok(Some(coded)) if coded.track_id == self.track => coded,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(Next::End(End::Bytes)),
                // A file cut short ends where it was cut.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(Next::End(End::Bytes));
                }
                Err(Error::IoError(error)) => return Err(Fault::Unreadable(error.to_string())),
                Err(Error::ResetRequired) => {
                    return Err(Fault::Unreadable(
                        "another stream begins in the middle of it; split it there".into(),
                    ));
                }
                Err(error) => return Err(Fault::Unreadable(words(&error))),
            };
            let decoder = &mut self.decoder;
            let Some(decoded) = guarded(|| decoder.decode(&coded)) else {
                return Ok(Next::Damaged(self.samples_of(&coded)));
            };
            match decoded {
                Ok(samples) if samples.is_empty() => {}
                Ok(samples) => {
                    take(samples, &mut self.description, packet)?;
                    if self.turned {
                        packet[4..].rotate_left(1);
                    }
                    return Ok(Next::Sound);
                }
                Err(Error::DecodeError(_) | Error::IoError(_)) => {
                    return Ok(Next::Damaged(self.samples_of(&coded)));
                }
                Err(error) => return Err(Fault::Unreadable(words(&error))),
            }
        }
    }

    fn samples_of(&self, packet: &Packet) -> u64 {
        (packet.dur.get() as f64 * self.tick).round() as u64
    }
}

impl Decoder for Any {
    fn description(&self) -> &Description {
        &self.description
    }

    fn warnings(&self) -> Vec<Warning> {
        self.warning.iter().cloned().collect()
    }

    fn next(&mut self, packet: &mut Vec<Vec<f32>>) -> Result<Next, Fault> {
        if let Some(samples) = self.damaged.next() {
            return Ok(Next::Damaged(samples));
        }
        if let Some(first) = self.first.take() {
            *packet = first;
            return Ok(Next::Sound);
        }
        self.decode(packet)
    }
}

fn probe(file: File, name: &Path) -> Result<Box<dyn FormatReader>, Fault> {
    let source = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    if let Some(extension) = name.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    guarded(|| symphonia::default::get_probe().probe(&hint, source, format, metadata))
        .ok_or_else(|| Fault::NotAudio(DAMAGED.into()))?
        .map_err(|error| Fault::NotAudio(words(&error)))
}

/// The speakers of more than two channels, as a mask of WAVE: its bits are symphonia's lowest ones.
fn speakers(channels: &Channels) -> Option<u32> {
    let Channels::Positioned(positions) = channels else {
        return None;
    };
    let mask = u32::try_from(positions.bits()).ok()?;
    (channels.count() > 2 && mask < 1 << 18).then_some(mask)
}

/// Copies a decoded packet out; the first one sets rate and channels, which the others must keep.
fn take(
    samples: GenericAudioBufferRef<'_>,
    description: &mut Description,
    packet: &mut Vec<Vec<f32>>,
) -> Result<(), Fault> {
    let given = (samples.spec().rate(), samples.num_planes());
    let (rate, channels) = (description.rate, description.channels);
    if channels == 0 {
        (description.rate, description.channels) = given;
        description.speakers = speakers(samples.spec().channels());
    } else if (rate, channels) != given {
        return Err(Fault::Unreadable(format!(
            "it changes from {rate} Hz and {channels} channels to {} Hz and {} in the middle; split it there",
            given.0, given.1
        )));
    }
    samples.copy_to_vecs_planar(packet);
    Ok(())
}

/// Also where a panic of symphonia says so.
const DAMAGED: &str = "its contents are damaged";

/// What symphonia says, without its own nouns.
fn words(error: &Error) -> String {
    match error {
        Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => "it ends too early".into(),
        Error::IoError(error) => error.to_string(),
        Error::Unsupported(_) => "its format is unknown".into(),
        Error::DecodeError(_) => DAMAGED.into(),
        Error::LimitError(_) => "its header asks for too much memory".into(),
        other => other.to_string(),
    }
}
