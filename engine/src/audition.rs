//! The last seconds of input, heard again with another query.
//!
//! The worker keeps what came in. A thread of its own separates that with the query of a slot, or of two together, as fast as it
//! can, and hands the result to the audio thread, which plays it over and over in place of the output until it is told to stop. What comes in
//! meanwhile is kept and separated as ever, and the latency stays what it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use crate::block::Block;
use crate::config::EngineConfig;
use crate::error::EngineError;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::ramp::Ramp;
use crate::shaping::Shaping;
use crate::shared::Shared;
use crate::worker::Stream;

/// Seconds of input that are kept.
pub const HISTORY_SECONDS: f64 = 10.0;
/// Clips on their way to the audio thread, and back.
const CLIPS: usize = 4;
/// Fade at both ends of what is played over and over, in seconds.
const EDGE_SECONDS: f64 = 0.01;

/// What is being auditioned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Audition {
    /// Nothing: the output is heard.
    Off,
    /// The kept input is being separated; so much of it is done, 0 to 1.
    Working(f32),
    /// It is heard in place of the output.
    Playing,
}

/// The input that is kept, `[channel][sample]`, in a ring.
struct History {
    ring: Vec<Vec<f32>>,
    at: usize,
    filled: usize,
    shaping: Shaping,
}

/// A piece of input and its target, `[channel][sample]`, of one length.
pub(crate) struct Clip {
    mixture: Vec<Vec<f32>>,
    target: Vec<Vec<f32>>,
}

/// What the threads share.
pub(crate) struct Auditions {
    config: EngineConfig,
    history: Mutex<History>,
    /// Counts what was asked for: only the newest counts.
    number: AtomicU64,
    /// A share of 0 to 1 while the newest is being worked on; above 1 it is done, below 0 nothing was asked for.
    progress: AtomicU32,
    playing: AtomicBool,
    to_audio: Mutex<HeapProd<Box<Clip>>>,
    from_audio: Mutex<HeapCons<Box<Clip>>>,
}

const OFF: f32 = -1.0;
const DONE: f32 = 2.0;

impl Auditions {
    /// The shared part, and the audio thread's.
    pub(crate) fn new(geometry: &Geometry, config: &EngineConfig) -> (Auditions, Replay) {
        let (to_audio, incoming) = HeapRb::new(CLIPS).split();
        let (leaving, from_audio) = HeapRb::new(CLIPS).split();
        let blocks = geometry.samples(HISTORY_SECONDS) / geometry.block;
        let history = History {
            ring: vec![vec![0.0; blocks.max(1) * geometry.block]; config.channels],
            at: 0,
            filled: 0,
            shaping: Shaping::default(),
        };
        let auditions = Auditions {
            config: config.clone(),
            history: Mutex::new(history),
            number: AtomicU64::new(0),
            progress: AtomicU32::new(OFF.to_bits()),
            playing: AtomicBool::new(false),
            to_audio: Mutex::new(to_audio),
            from_audio: Mutex::new(from_audio),
        };
        let replay = Replay {
            incoming,
            leaving,
            clip: None,
            at: 0,
            share: Ramp::new(0.0, geometry.ramp()),
        };
        (auditions, replay)
    }

    /// Keeps a block of input. The worker's.
    pub(crate) fn keep(&self, block: &Block) {
        let mut history = self.history.lock();
        let history = &mut *history;
        let (at, len) = (history.at, history.ring[0].len());
        for (ring, samples) in history.ring.iter_mut().zip(&block.samples) {
            ring[at..at + samples.len()].copy_from_slice(samples);
        }
        let n = block.samples.first().map_or(0, Vec::len);
        history.at = (at + n) % len;
        history.filled = (history.filled + n).min(len);
        history.shaping = block
            .shapings
            .last()
            .map_or(block.shaping, |change| change.shaping);
    }

    /// How much is kept, in samples.
    pub(crate) fn kept(&self) -> usize {
        self.history.lock().filled
    }

    pub(crate) fn state(&self) -> Audition {
        match f32::from_bits(self.progress.load(Ordering::Relaxed)) {
            share if share < 0.0 => Audition::Off,
            share if share > 1.0 => Audition::Playing,
            share => Audition::Working(share),
        }
    }

    fn set_progress(&self, progress: f32) {
        self.progress.store(progress.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn stop(&self) {
        self.number.fetch_add(1, Ordering::SeqCst);
        self.playing.store(false, Ordering::Relaxed);
        self.set_progress(OFF);
        self.tidy();
    }

    /// Drops what the audio thread has done with.
    fn tidy(&self) {
        let mut done = self.from_audio.lock();
        while done.try_pop().is_some() {}
    }

    /// The input that is kept, oldest first.
    fn snapshot(&self) -> (Vec<Vec<f32>>, Shaping) {
        let history = self.history.lock();
        let from = history.at + history.ring[0].len() - history.filled;
        let unrolled = history.ring.iter().map(|ring| {
            let samples = (from..from + history.filled).map(|k| ring[k % ring.len()]);
            samples.collect()
        });
        (unrolled.collect(), history.shaping)
    }
}

/// Separates what is kept with what the slots of `heard` ask for, and has it played.
///
/// # Errors
/// [`EngineError::Thread`] when the system gives no thread.
pub(crate) fn begin(shared: &Arc<Shared>, heard: Heard) -> Result<(), EngineError> {
    let auditions = &shared.auditions;
    auditions.tidy();
    let number = auditions.number.fetch_add(1, Ordering::SeqCst) + 1;
    auditions.set_progress(0.0);
    let shared = shared.clone();
    std::thread::Builder::new()
        .name("earmark-audition".into())
        .spawn(move || {
            let clip = separate(&shared, heard, number);
            let auditions = &shared.auditions;
            let mut to_audio = auditions.to_audio.lock();
            if auditions.number.load(Ordering::SeqCst) != number {
                return;
            }
            let handed = clip.is_some_and(|clip| to_audio.try_push(Box::new(clip)).is_ok());
            auditions.playing.store(handed, Ordering::Relaxed);
            auditions.set_progress(if handed { DONE } else { OFF });
        })?;
    Ok(())
}

/// `None` where something newer is asked for, or nothing can be separated: no query, no model, nothing kept.
fn separate(shared: &Shared, heard: Heard, number: u64) -> Option<Clip> {
    let (auditions, geometry) = (&shared.auditions, &shared.geometry);
    let (mixture, shaping) = auditions.snapshot();
    let len = mixture.first()?.len();
    let wishes = shared.wishes.lock().clone();
    wishes.separator.as_ref()?;
    wishes.query(heard)?;
    if len == 0 {
        return None;
    }
    let mut stream = Stream::new(geometry, &shared.spec, &auditions.config).ok()?;
    stream.restart(heard, shaping, wishes, true);
    let total = geometry.head + len + geometry.delay();
    let mut target = vec![Vec::with_capacity(total); mixture.len()];
    let mut block = Block::new(mixture.len(), geometry.block);
    for start in (0..total).step_by(geometry.block) {
        if auditions.number.load(Ordering::SeqCst) != number {
            return None;
        }
        for (to, from) in block.samples.iter_mut().zip(&mixture) {
            for (k, to) in to.iter_mut().enumerate() {
                let sample = (start + k).checked_sub(geometry.head);
                *to = sample.and_then(|k| from.get(k)).copied().unwrap_or_default();
            }
        }
        block.index = (start / geometry.block) as u64;
        let done = stream.process(&mut block, true, false, |_, _| {});
        if let Err(words) = done {
            tracing::error!("the audition failed: {words}");
            return None;
        }
        for (target, samples) in target.iter_mut().zip(&block.samples) {
            target.extend_from_slice(samples);
        }
        auditions.set_progress((start as f32 / total as f32).min(1.0));
    }
    for target in &mut target {
        target.drain(..geometry.head + geometry.delay());
        target.truncate(len);
    }
    let mut clip = Clip { mixture, target };
    let edge = geometry.samples(EDGE_SECONDS).min(len / 2);
    for channel in clip.mixture.iter_mut().chain(&mut clip.target) {
        for k in 0..edge {
            let gain = (k + 1) as f32 / (edge + 1) as f32;
            channel[k] *= gain;
            channel[len - 1 - k] *= gain;
        }
    }
    Some(clip)
}

/// The audio thread's part. It owns a clip while it plays it, and gives it back to be dropped elsewhere.
pub(crate) struct Replay {
    incoming: HeapCons<Box<Clip>>,
    leaving: HeapProd<Box<Clip>>,
    clip: Option<Box<Clip>>,
    at: usize,
    share: Ramp,
}

impl Replay {
    /// Looks what is to be played from here on; says whether anything is. A clip makes way for another one in silence only.
    pub(crate) fn look(&mut self, auditions: &Auditions) -> bool {
        let wanted = auditions.playing.load(Ordering::Relaxed);
        let silent = self.share.is_at(0.0);
        if silent && !self.leaving.is_full() {
            if let Some(next) = self.incoming.try_pop() {
                self.at = 0;
                if let Some(before) = self.clip.replace(next) {
                    let _ = self.leaving.try_push(before);
                }
            } else if !wanted && let Some(done) = self.clip.take() {
                let _ = self.leaving.try_push(done);
            }
        }
        let plays = wanted && self.clip.is_some() && self.incoming.is_empty();
        self.share.aim(if plays { 1.0 } else { 0.0 });
        plays || !silent
    }

    /// The share of the clip in the next sample, 0 to 1.
    pub(crate) fn advance(&mut self) -> f32 {
        if let Some(clip) = &self.clip {
            self.at = (self.at + 1) % clip.mixture.first().map_or(1, Vec::len).max(1);
        }
        self.share.advance()
    }

    /// Input and target of the clip at this sample; silence, where there is none.
    pub(crate) fn sample(&self, channel: usize) -> (f32, f32) {
        self.clip.as_ref().map_or((0.0, 0.0), |clip| {
            let at = |of: &[Vec<f32>]| of.get(channel).map_or(0.0, |samples| samples[self.at]);
            (at(&clip.mixture), at(&clip.target))
        })
    }
}
