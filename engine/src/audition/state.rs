//! What the threads of an audition share.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::history::{History, Kept};
use super::replay::{Clip, Replay};
use super::ticket::Ticket;
use crate::block::Block;
use crate::config::EngineConfig;
use crate::geometry::Geometry;

/// Seconds of input that are kept after they were heard.
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
    /// Samples of [`HISTORY_SECONDS`], in whole blocks.
    recent: usize,
    /// Nothing more is kept for now.
    held: AtomicBool,
    to_audio: Mutex<HeapProd<Box<Clip>>>,
    from_audio: Mutex<HeapCons<Box<Clip>>>,
}

impl Auditions {
    /// The shared part, and the audio thread's.
    pub(crate) fn new(geometry: &Geometry, config: &EngineConfig) -> (Auditions, Replay) {
        let (to_audio, incoming) = HeapRb::new(CLIPS).split();
        let (leaving, from_audio) = HeapRb::new(CLIPS).split();
        let recent = geometry.samples(HISTORY_SECONDS) / geometry.block;
        // What is heard now came in one latency ago.
        let blocks = recent + geometry.latency().div_ceil(geometry.block) + 1;
        let auditions = Auditions {
            config: config.clone(),
            ticket: Ticket::new(),
            failure: Mutex::new(None),
            history: Mutex::new(History::new(config.channels, blocks, geometry.block)),
            recent: recent.max(1) * geometry.block,
            held: AtomicBool::new(false),
            to_audio: Mutex::new(to_audio),
            from_audio: Mutex::new(from_audio),
        };
        (auditions, Replay::new(incoming, leaving, geometry.ramp()))
    }

    /// Keeps a block of input. The worker's.
    pub(crate) fn keep(&self, block: &Block) {
        if !self.is_held() {
            self.history.lock().keep(block);
        }
    }

    /// Keeps nothing more, or goes on.
    pub(crate) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::Relaxed);
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// How much is kept of the last [`HISTORY_SECONDS`], in samples.
    pub(crate) fn kept(&self) -> usize {
        self.history.lock().len().min(self.recent)
    }

    /// Whether a sample of a life is kept.
    pub(crate) fn keeps(&self, generation: u64, sample: u64) -> bool {
        self.history.lock().place(generation, sample).is_some()
    }

    /// What came in in the last [`HISTORY_SECONDS`].
    pub(crate) fn last(&self) -> Kept {
        self.history.lock().last(self.recent)
    }

    /// From one sample up to another one, each of a life; from the oldest where the first is no longer kept. `None` where the last is not
    /// kept, or nothing lies between them.
    pub(crate) fn between(&self, from: (u64, u64), to: (u64, u64)) -> Option<Kept> {
        let history = self.history.lock();
        // That before the end: the end itself may not have come yet.
        let end = history.place(to.0, to.1.checked_sub(1)?)? + 1;
        let start = history.place(from.0, from.1).unwrap_or(0);
        (start < end).then(|| history.part(start..end))
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
