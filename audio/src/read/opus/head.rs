//! The head of an Opus stream (RFC 7845, section 5.1).

use super::super::bytes::le16;
use super::super::decoder::Fault;

/// Most channels of mapping family 1, which gives each one a speaker.
const MOST_SPEAKERS: usize = 8;

/// Whether a packet is the head of such a stream.
pub(in super::super) fn is(packet: &[u8]) -> bool {
    packet.starts_with(b"OpusHead")
}

/// What a head says.
pub(super) struct Head {
    /// Samples that are to be left out at the beginning.
    pub(super) pre_skip: u16,
    /// How much louder the sound is to be, in 1/256 dB.
    pub(super) gain: i16,
    /// Streams in each packet, at least one.
    pub(super) streams: usize,
    /// How many of them, the first ones, have two channels.
    pub(super) coupled: usize,
    /// Which decoded channel each channel is; 255 for one that is silent.
    pub(super) mapping: Vec<u8>,
    /// Whether the channels belong to speakers, in Vorbis's order.
    pub(super) has_speakers: bool,
}

impl Head {
    pub(super) fn read(packet: &[u8]) -> Result<Self, Fault> {
        let damaged = || Fault::NotAudio("the head of its Opus stream is damaged".into());
        let &[version, channels, ..] = packet.get(8..19).ok_or_else(damaged)? else {
            return Err(damaged());
        };
        if version >> 4 != 0 || channels == 0 {
            return Err(damaged());
        }
        let family = packet[18];
        let count = usize::from(channels);
        let (streams, coupled, mapping) = match family {
            0 if count <= 2 => (1, count - 1, (0..channels).collect()),
            1 | 2 | 255 if family != 1 || count <= MOST_SPEAKERS => {
                let table = packet.get(19..21 + count).ok_or_else(damaged)?;
                (usize::from(table[0]), usize::from(table[1]), table[2..].to_vec())
            }
            0 | 1 => return Err(damaged()),
            _ => {
                return Err(Fault::Unreadable(format!(
                    "it holds Opus with channels of mapping family {family}; 0, 1, 2 and 255 are read. Convert it first, for example with `ffmpeg -i IN OUT.wav`"
                )));
            }
        };
        let decoded = streams + coupled;
        let exists = |&source: &u8| source == u8::MAX || usize::from(source) < decoded;
        if streams == 0 || coupled > streams || !mapping.iter().all(exists) {
            return Err(damaged());
        }
        Ok(Self {
            pre_skip: le16(packet, 10),
            gain: le16(packet, 16).cast_signed(),
            streams,
            coupled,
            mapping,
            has_speakers: family < 2,
        })
    }
}
