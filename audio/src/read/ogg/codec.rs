//! The codecs that are read from Ogg.

use super::super::decoder::Fault;
use super::super::description::Description;
use super::super::opus::{self, Opus};
use super::vorbis::{self, Vorbis};

/// The decoder of a stream.
pub(super) enum Codec {
    Vorbis(Vorbis),
    Opus(Box<Opus>),
}

impl Codec {
    /// A decoder for the stream that begins with this packet, where it is sound.
    pub(super) fn open(head: &[u8]) -> Result<Option<(Description, Self)>, Fault> {
        if opus::is(head) {
            let (description, opus) = Opus::open(head)?;
            return Ok(Some((description, Self::Opus(Box::new(opus)))));
        }
        if vorbis::is(head) {
            let (description, vorbis) = vorbis::open(head)?;
            return Ok(Some((description, Self::Vorbis(vorbis))));
        }
        Ok(None)
    }

    /// Heads that follow the first.
    pub(super) fn heads(&self) -> usize {
        match self {
            Self::Vorbis(_) => vorbis::HEADS,
            // What it holds are tags.
            Self::Opus(_) => 1,
        }
    }

    /// Samples that pages count and that are to be left out at the beginning.
    pub(super) fn pre_skip(&self) -> u64 {
        match self {
            Self::Vorbis(_) => 0,
            Self::Opus(opus) => opus.pre_skip(),
        }
    }

    /// Takes one of the heads behind the first.
    pub(super) fn head(&mut self, packet: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Vorbis(vorbis) => vorbis.head(packet),
            Self::Opus(_) => Ok(()),
        }
    }

    /// The samples of a packet, `[channel][sample]`, in the order of WAVE; or, where it is damaged, how many there would be, as far as
    /// that is known.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<Vec<Vec<f32>>, u64> {
        match self {
            Self::Vorbis(vorbis) => vorbis.decode(packet),
            Self::Opus(opus) => opus.decode(packet),
        }
    }

    /// Prepares for a packet that does not follow the one before.
    pub(super) fn reset(&mut self) {
        match self {
            Self::Vorbis(vorbis) => vorbis.reset(),
            // What it predicts from is nearer to the sound than nothing; libopus's users keep it, too.
            Self::Opus(_) => {}
        }
    }
}
