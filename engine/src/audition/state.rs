//! What the threads of an audition share.

use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::history::History;
use super::replay::{Clip, Replay};
use super::ticket::Ticket;
use crate::block::Block;
use crate::config::EngineConfig;
use crate::geometry::Geometry;
use crate::shaping::Shaping;

/// Seconds of input that are kept.
pub const HISTORY_SECONDS: f64 = 10.0;
/// Clips on their way to the audio thread, and back.
const CLIPS: usize = 4;

/// Everything but the audio thread's [`Replay`].
pub(crate) struct Auditions {
    pub(crate) config: EngineConfig,
    pub(crate) ticket: Ticket,
    /// Why the newest one came to nothing, in plain words.
    pub(crate) failure: Mutex<Option<String>>,
    history: Mutex<History>,
    to_audio: Mutex<HeapProd<Box<Clip>>>,
    from_audio: Mutex<HeapCons<Box<Clip>>>,
}

impl Auditions {
    /// The shared part, and the audio thread's.
    pub(crate) fn new(geometry: &Geometry, config: &EngineConfig) -> (Auditions, Replay) {
        let (to_audio, incoming) = HeapRb::new(CLIPS).split();
        let (leaving, from_audio) = HeapRb::new(CLIPS).split();
        let blocks = geometry.samples(HISTORY_SECONDS) / geometry.block;
        let auditions = Auditions {
            config: config.clone(),
            ticket: Ticket::new(),
            failure: Mutex::new(None),
            history: Mutex::new(History::new(config.channels, blocks, geometry.block)),
            to_audio: Mutex::new(to_audio),
            from_audio: Mutex::new(from_audio),
        };
        (auditions, Replay::new(incoming, leaving, geometry.ramp()))
    }

    /// Keeps a block of input. The worker's.
    pub(crate) fn keep(&self, block: &Block) {
        self.history.lock().keep(block);
    }

    /// How much is kept, in samples.
    pub(crate) fn kept(&self) -> usize {
        self.history.lock().len()
    }

    /// See [`History::unrolled`].
    pub(crate) fn unrolled(&self) -> (Vec<Vec<f32>>, Shaping) {
        self.history.lock().unrolled()
    }

    /// A new audition. Returns its number.
    pub(crate) fn begin(&self) -> u32 {
        self.drop_played();
        *self.failure.lock() = None;
        self.ticket.begin()
    }

    /// Back to the output.
    pub(crate) fn stop(&self) {
        self.ticket.end();
        *self.failure.lock() = None;
        self.drop_played();
    }

    /// Has a clip played, unless its audition does not count any more. False where the audio thread takes no more.
    pub(crate) fn hand_over(&self, clip: Clip) -> bool {
        let number = clip.number;
        let handed = self.to_audio.lock().try_push(Box::new(clip)).is_ok();
        handed && self.ticket.play(number)
    }

    /// Drops what the audio thread has done with.
    fn drop_played(&self) {
        let mut played = self.from_audio.lock();
        while played.try_pop().is_some() {}
    }
}
