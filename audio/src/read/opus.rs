//! Opus packets, wherever they are stored. A packet of more than two channels holds several streams of one or two (RFC 7845,
//! section 5.1.1), each with a decoder of its own.

mod delimited;
mod head;

use rusty_opus::OpusDecoder;

use super::decoder::Fault;
use super::description::Description;
use super::guarded::guarded;
use super::speakers;
use head::Head;
pub(super) use head::is;

/// Samples per second of everything that is decoded: Opus itself has no other.
pub(super) const RATE: u32 = 48_000;
/// Longest packet, in samples: 120 ms.
const MOST_SAMPLES: usize = 5760;

/// An Opus decoder.
pub(super) struct Opus {
    head: Head,
    streams: Vec<Stream>,
    /// Which of the decoded channels each channel is, in the order of WAVE; `None` for one that is silent.
    sources: Vec<Option<usize>>,
    /// What the decoded samples are multiplied with.
    gain: f32,
    /// A stream's samples, its channels interleaved.
    interleaved: Vec<f32>,
}

/// One of the streams that a packet holds.
struct Stream {
    decoder: OpusDecoder,
    /// One or two.
    channels: usize,
}

impl Opus {
    /// A decoder for what follows this head.
    pub(super) fn open(head: &[u8]) -> Result<(Description, Self), Fault> {
        let head = Head::read(head)?;
        let channels = head.mapping.len();
        // Only the family of surround sound says which speakers its channels have.
        let (order, speakers) = match head.has_speakers {
            true => (speakers::vorbis_order(channels), speakers::usual(channels)),
            false => ((0..channels).collect(), (channels > 2).then_some(0)),
        };
        let silent = usize::from(u8::MAX);
        let sources = order
            .into_iter()
            .map(|channel| Some(usize::from(head.mapping[channel])).filter(|&source| source != silent))
            .collect();
        let streams = (0..head.streams).map(|stream| Stream::new(1 + usize::from(stream < head.coupled)));
        let opus = Self {
            streams: streams.collect::<Result<_, _>>()?,
            sources,
            gain: 10f32.powf(f32::from(head.gain) / (20.0 * 256.0)),
            interleaved: vec![0.0; 2 * MOST_SAMPLES],
            head,
        };
        let description = Description {
            rate: RATE,
            channels,
            speakers,
            ..Description::default()
        };
        Ok((description, opus))
    }

    /// Samples that are to be left out at the beginning.
    pub(super) fn pre_skip(&self) -> u64 {
        u64::from(self.head.pre_skip)
    }

    /// The samples of a packet, `[channel][sample]`, in the order of WAVE; or, where it is damaged, how many there would be, as far as
    /// that is known.
    pub(super) fn decode(&mut self, packet: &[u8]) -> Result<Vec<Vec<f32>>, u64> {
        let samples = delimited::samples(packet);
        self.decoded(packet)
            .filter(|channels| {
                let len = channels.first().map_or(0, Vec::len);
                samples == Some(len)
            })
            .ok_or(samples.unwrap_or(0) as u64)
    }

    fn decoded(&mut self, mut packet: &[u8]) -> Option<Vec<Vec<f32>>> {
        let mut channels = Vec::new();
        let last = self.streams.len() - 1;
        for (i, stream) in self.streams.iter_mut().enumerate() {
            let own = if i == last {
                packet.to_vec()
            } else {
                let (own, rest) = delimited::split(packet)?;
                packet = rest;
                own
            };
            let samples = stream.decode(&own, &mut self.interleaved)?;
            for channel in 0..stream.channels {
                let of_channel = self.interleaved[channel..].iter().step_by(stream.channels);
                channels.push(
                    of_channel
                        .take(samples)
                        .map(|&x| x * self.gain)
                        .collect::<Vec<f32>>(),
                );
            }
        }
        let len = channels.first().map_or(0, Vec::len);
        // All streams of a packet are equally long.
        channels.iter().all(|channel| channel.len() == len).then(|| {
            let source =
                |source: &Option<usize>| source.map_or_else(|| vec![0.0; len], |i| channels[i].clone());
            self.sources.iter().map(source).collect()
        })
    }
}

impl Stream {
    fn new(channels: usize) -> Result<Self, Fault> {
        let decoder = OpusDecoder::new(RATE as i32, channels)
            .map_err(|error| Fault::Unreadable(format!("its Opus decoder says: {error}")))?;
        Ok(Self { decoder, channels })
    }

    /// Decodes a packet, and gives its length in samples.
    fn decode(&mut self, packet: &[u8], interleaved: &mut [f32]) -> Option<usize> {
        // The decoder takes nothing at all for a lost packet, and makes up what was in it.
        if packet.is_empty() {
            return None;
        }
        let decoder = &mut self.decoder;
        guarded(|| decoder.decode(packet, MOST_SAMPLES, interleaved).ok()).flatten()
    }
}
