//! Vorbis. One and two channels are decoded by symphonia; it undoes the coupling of more than two in the wrong order (it must be the
//! last pair first), so lewton decodes those.

use lewton::audio::{PreviousWindowRight, get_decoded_sample_count, read_audio_packet_generic};
use lewton::header::{IdentHeader, SetupHeader, read_header_ident, read_header_setup};
use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::super::bytes::le32;
use super::super::decoder::Fault;
use super::super::description::Description;
use super::super::guarded::guarded;
use super::super::speakers;

/// Whether a packet is the head of such a stream.
pub(super) fn is(packet: &[u8]) -> bool {
    packet.starts_with(b"\x01vorbis")
}

/// The heads that follow the first.
pub(super) const HEADS: usize = 2;

/// A decoder for the stream that begins with this packet; it waits for its other heads.
pub(super) fn open(head: &[u8]) -> Result<(Description, Vorbis), Fault> {
    if head.len() < 30 {
        return Err(Fault::NotAudio("its contents are damaged".into()));
    }
    let channels = usize::from(head[11]);
    Ok((
        Description {
            rate: le32(head, 12),
            channels,
            speakers: speakers::usual(channels),
            ..Description::default()
        },
        Vorbis {
            head: head.to_vec(),
            channels,
            decoder: None,
        },
    ))
}

/// A Vorbis decoder.
pub(super) struct Vorbis {
    head: Vec<u8>,
    channels: usize,
    decoder: Option<Decoder>,
}

enum Decoder {
    Few(Box<dyn AudioDecoder>),
    Many(Box<Many>),
}

struct Many {
    head: IdentHeader,
    setup: SetupHeader,
    window: PreviousWindowRight,
    order: Vec<usize>,
}

impl Vorbis {
    /// Takes one of the heads behind the first.
    pub(super) fn head(&mut self, packet: &[u8]) -> Result<(), Fault> {
        let damaged = || Fault::NotAudio("its contents are damaged".into());
        if !packet.starts_with(b"\x05vorbis") {
            return Ok(());
        }
        if self.channels <= 2 {
            let mut params = AudioCodecParameters::new();
            let both = [&self.head[..], packet].concat();
            params
                .for_codec(CODEC_ID_VORBIS)
                .with_extra_data(both.into_boxed_slice());
            let decoder = symphonia::default::get_codecs()
                .make_audio_decoder(&params, &AudioDecoderOptions::default())
                .map_err(|_| damaged())?;
            self.decoder = Some(Decoder::Few(decoder));
            return Ok(());
        }
        let read = || {
            let head = read_header_ident(&self.head).ok()?;
            let sizes = (head.blocksize_0, head.blocksize_1);
            let setup = read_header_setup(packet, head.audio_channels, sizes).ok()?;
            Some((head, setup))
        };
        let (head, setup) = guarded(read).flatten().ok_or_else(damaged)?;
        self.decoder = Some(Decoder::Many(Box::new(Many {
            head,
            setup,
            window: PreviousWindowRight::new(),
            order: speakers::vorbis_order(self.channels),
        })));
        Ok(())
    }

    /// The samples of a packet, `[channel][sample]`, in the order of WAVE; or, where it is damaged, how many there would be, as far as
    /// that is known.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<Vec<Vec<f32>>, u64> {
        match self.decoder.as_mut().ok_or(0u64)? {
            Decoder::Few(decoder) => {
                let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), packet.to_vec());
                let samples = decoder.decode(&packet).map_err(|_| 0u64)?;
                let mut channels = Vec::new();
                samples.copy_to_vecs_planar(&mut channels);
                Ok(channels)
            }
            Decoder::Many(many) => {
                let Many {
                    head,
                    setup,
                    window,
                    order,
                } = &mut **many;
                let length = guarded(|| get_decoded_sample_count(head, setup, packet).ok()).flatten();
                let decoded =
                    guarded(|| read_audio_packet_generic::<Vec<Vec<f32>>>(head, setup, packet, window).ok());
                match decoded.flatten() {
                    Some(channels) => {
                        let mut channels: Vec<Option<Vec<f32>>> = channels.into_iter().map(Some).collect();
                        let ordered = order
                            .iter()
                            .map(|&from| channels[from].take().unwrap_or_default());
                        Ok(ordered.collect())
                    }
                    None => {
                        *window = PreviousWindowRight::new();
                        Err(length.unwrap_or(0) as u64)
                    }
                }
            }
        }
    }

    /// Forgets the packets before.
    pub(super) fn reset(&mut self) {
        match &mut self.decoder {
            Some(Decoder::Few(decoder)) => decoder.reset(),
            Some(Decoder::Many(many)) => many.window = PreviousWindowRight::new(),
            None => {}
        }
    }
}
