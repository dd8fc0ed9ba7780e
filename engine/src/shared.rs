//! What the halves of one engine read of each other.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use earmark_controls::{Loudness, SLOTS};
use earmark_models::Separator;
use parking_lot::Mutex;

use crate::audition::state::Auditions;
use crate::clock::Clock;
use crate::column::Columns;
use crate::config::{MAX_CHANNELS, Trim, Waiting};
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::mix::Gains;
use crate::query::Query;
use crate::signal::Signal;

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No separator yet: sound passes delayed.
    Loading,
    /// No query is heard, or the slot is off: sound passes delayed.
    Idle,
    /// The target is being computed.
    Running,
    /// The machine is too slow: sound passes delayed until the next try.
    Resting,
}

/// How the engine is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// What it is doing.
    pub phase: Phase,
    /// Blocks that were due since the engine was made.
    pub blocks: u64,
    /// Those of them that were not ready when due and were replaced: the target by silence, the rest by the input.
    pub late_blocks: u64,
    /// Those of the late blocks that were waited for: a render has a gap there. It stays until the engine is gone, so that who looks
    /// after a render still finds it.
    pub gaps: u64,
    /// The worker's time per block against the block's length, averaged over about a second; 1 is all it can do.
    pub load: f32,
    /// Why no query is heard although one is set, or why the last audition came to nothing, in plain words.
    pub failure: Option<String>,
}

/// Peaks since they were last read, linear, per channel (those beyond the engine's channels are 0).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Meters {
    /// What came in.
    pub input: [f32; MAX_CHANNELS],
    /// The target, before its gain.
    pub target: [f32; MAX_CHANNELS],
    /// What went out.
    pub output: [f32; MAX_CHANNELS],
    /// How much of what is heard now the target is, before shaping and gains: the square root of its share of the mixture's
    /// K-weighted power (ITU-R BS.1770), averaged over about a tenth of a second. 1: it is everything; 0.5: it is 6 dB below the
    /// whole; 0: it is below −70 LUFS, or no query is heard.
    pub presence: f32,
}

/// Which separator and queries the worker should use. Never touched by the audio thread.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) separator: Option<Arc<dyn Separator>>,
    pub(crate) queries: [Option<Query>; SLOTS],
    pub(crate) trim: Trim,
}

impl Wishes {
    /// What these slots ask for together. An empty slot adds nothing: where the active one is empty, the other one is heard
    /// alone. `None` where there is nothing to be heard.
    pub(crate) fn query(&self, heard: Heard) -> Option<Cow<'_, Query>> {
        let of = |slot: u8| self.queries.get(usize::from(slot))?.as_ref();
        let Heard { slot, also } = heard.tidy();
        match (of(slot?), also.and_then(of)) {
            (Some(first), Some(second)) => Some(Cow::Owned(first.joined(second))),
            (first, second) => first.or(second).map(Cow::Borrowed),
        }
    }
}

/// One peak meter: the bits of a non-negative float order like the float.
#[derive(Default)]
pub(crate) struct Peak(AtomicU32);

impl Peak {
    pub(crate) fn raise(&self, peak: f32) {
        if peak > 0.0 {
            self.0.fetch_max(peak.to_bits(), Ordering::Relaxed);
        }
    }

    fn take(&self) -> f32 {
        f32::from_bits(self.0.swap(0, Ordering::Relaxed))
    }
}

/// Peaks of every channel.
#[derive(Default)]
pub(crate) struct Peaks {
    pub(crate) input: [Peak; MAX_CHANNELS],
    pub(crate) target: [Peak; MAX_CHANNELS],
    pub(crate) output: [Peak; MAX_CHANNELS],
}

impl Peaks {
    pub(crate) fn take(&self, presence: f32) -> Meters {
        let read = |peaks: &[Peak; MAX_CHANNELS]| std::array::from_fn(|channel| peaks[channel].take());
        Meters {
            input: read(&self.input),
            target: read(&self.target),
            output: read(&self.output),
            presence,
        }
    }
}

/// What all halves of one engine hold.
pub(crate) struct Shared {
    /// Lengths of this configuration.
    pub(crate) geometry: Geometry,
    /// Specification that the geometry was made from.
    pub(crate) spec: earmark_models::SeparatorSpec,
    /// Separator and queries, and the number of their edits.
    pub(crate) wishes: Mutex<Wishes>,
    pub(crate) edits: AtomicU64,
    /// Gains of each slot's own, as [`Gains::to_bits`].
    own_gains: [AtomicU64; SLOTS],
    /// The stream's life that the audio thread is in.
    pub(crate) generation: AtomicU64,
    /// Output samples that the audio thread has given in this life.
    pub(crate) played: AtomicU64,
    /// Blocks that were due, and those that were late, over all lives.
    pub(crate) due: AtomicU64,
    pub(crate) late: AtomicU64,
    /// The same without those that were late because a stream had to begin anew: what tells how fast the machine is.
    pub(crate) judged: AtomicU64,
    pub(crate) slow: AtomicU64,
    /// Blocks that a render went on without, though it had waited.
    pub(crate) gaps: AtomicU64,
    /// Whether the audio thread waits, so that no block may be given up.
    waiting: AtomicU8,
    /// What the worker is doing, its load, and why it fails.
    phase: AtomicU8,
    load: AtomicU32,
    /// How present the target is in the block that is heard.
    presence: AtomicU32,
    pub(crate) failure: Mutex<Option<String>>,
    pub(crate) peaks: Peaks,
    pub(crate) columns: Columns,
    pub(crate) auditions: Auditions,
    /// The loudness in and out, in LUFS.
    pub(crate) loudness: [AtomicU32; 2],
    pub(crate) signal: Signal,
    pub(crate) clock: Arc<dyn Clock>,
    /// The engine is gone.
    pub(crate) stop: AtomicBool,
    /// The worker thread has ended.
    pub(crate) ended: AtomicBool,
}

impl Shared {
    pub(crate) fn new(
        geometry: Geometry,
        spec: earmark_models::SeparatorSpec,
        columns: Columns,
        auditions: Auditions,
        clock: Arc<dyn Clock>,
    ) -> Shared {
        Shared {
            geometry,
            spec,
            wishes: Mutex::default(),
            edits: AtomicU64::new(0),
            own_gains: std::array::from_fn(|_| AtomicU64::new(Gains::NONE)),
            generation: AtomicU64::new(0),
            played: AtomicU64::new(0),
            due: AtomicU64::new(0),
            late: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            waiting: AtomicU8::new(0),
            phase: AtomicU8::new(0),
            load: AtomicU32::new(0),
            presence: AtomicU32::new(0),
            failure: Mutex::new(None),
            peaks: Peaks::default(),
            columns,
            auditions,
            loudness: std::array::from_fn(|_| AtomicU32::new(f32::NEG_INFINITY.to_bits())),
            signal: Signal::default(),
            clock,
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_waiting(&self, waiting: Waiting) {
        self.waiting
            .store(u8::from(waiting != Waiting::Live), Ordering::Relaxed);
    }

    pub(crate) fn set_own_gains(&self, slot: u8, gains: Option<Gains>) {
        if let Some(own) = self.own_gains.get(usize::from(slot)) {
            own.store(Gains::to_bits(gains), Ordering::Relaxed);
        }
    }

    pub(crate) fn own_gains(&self, slot: u8) -> Option<Gains> {
        let own = self.own_gains.get(usize::from(slot))?;
        Gains::from_bits(own.load(Ordering::Relaxed))
    }

    /// Whether every block counts, however long it takes.
    pub(crate) fn patient(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != 0
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(crate) fn set_load(&self, load: f32) {
        self.load.store(load.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn set_presence(&self, presence: f32) {
        self.presence.store(presence.to_bits(), Ordering::Relaxed);
    }

    /// The loudness in and out, of the last readings.
    pub(crate) fn loudness(&self) -> Loudness {
        let read = |lufs: &AtomicU32| {
            let lufs = f32::from_bits(lufs.load(Ordering::Relaxed));
            lufs.is_finite().then_some(lufs)
        };
        Loudness {
            input: read(&self.loudness[0]),
            output: read(&self.loudness[1]),
        }
    }

    pub(crate) fn meters(&self) -> Meters {
        let presence = f32::from_bits(self.presence.load(Ordering::Relaxed));
        self.peaks.take(presence)
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            phase: match self.phase.load(Ordering::Relaxed) {
                0 => Phase::Loading,
                1 => Phase::Idle,
                2 => Phase::Running,
                _ => Phase::Resting,
            },
            blocks: self.due.load(Ordering::Relaxed),
            late_blocks: self.late.load(Ordering::Relaxed),
            gaps: self.gaps.load(Ordering::Relaxed),
            load: f32::from_bits(self.load.load(Ordering::Relaxed)),
            failure: self
                .failure
                .lock()
                .clone()
                .or_else(|| self.auditions.failure.lock().clone()),
        }
    }
}
