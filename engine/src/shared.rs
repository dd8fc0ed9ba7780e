//! What the halves of one engine read of each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use earmark_controls::{Loudness, Meters, Moment, SLOTS};
use parking_lot::Mutex;

use crate::audition::state::Auditions;
use crate::clock::Clock;
use crate::column_queue::ColumnQueue;
use crate::config::WaitPolicy;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::meters::Peaks;
use crate::mix::Gains;
use crate::signal::Signal;
use crate::status::{Phase, Status};
use crate::wishes::Wishes;

/// Engines of this process so far.
static ENGINES: AtomicU64 = AtomicU64::new(1);
/// Bits of [`Moment::stream`] that tell the lives of one engine apart; those above tell the engines apart.
const LIFE_BITS: u32 = 40;

/// What all halves of one engine hold.
pub(crate) struct Shared {
    /// A number that no other engine of this process has.
    number: u64,
    /// Lengths of this configuration.
    pub(crate) geometry: Geometry,
    /// Specification that the geometry was made from.
    pub(crate) spec: earmark_models::SeparatorSpec,
    /// Separator and queries, and the number of their edits.
    pub(crate) wishes: Mutex<Wishes>,
    pub(crate) edits: AtomicU64,
    /// The worker is to look at them before the next block.
    pub(crate) edited: AtomicBool,
    /// Which slots have a query, a bit each.
    filled: AtomicU8,
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
    pub(crate) columns: ColumnQueue,
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
        columns: ColumnQueue,
        auditions: Auditions,
        clock: Arc<dyn Clock>,
    ) -> Shared {
        Shared {
            number: ENGINES.fetch_add(1, Ordering::Relaxed),
            geometry,
            spec,
            wishes: Mutex::default(),
            edits: AtomicU64::new(0),
            edited: AtomicBool::new(false),
            own_gains: std::array::from_fn(|_| AtomicU64::new(Gains::NONE)),
            filled: AtomicU8::new(0),
            generation: AtomicU64::new(0),
            played: AtomicU64::new(0),
            due: AtomicU64::new(0),
            late: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            gaps: AtomicU64::new(0),
            waiting: AtomicU8::new(WaitPolicy::Live as u8),
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

    /// What an editor calls an input sample of a life.
    pub(crate) fn moment(&self, generation: u64, sample: u64) -> Moment {
        Moment {
            stream: self.number << LIFE_BITS | generation,
            sample,
        }
    }

    /// Life and sample of a moment that this engine gave.
    pub(crate) fn sample_of(&self, moment: Moment) -> Option<(u64, u64)> {
        let generation = moment.stream & ((1 << LIFE_BITS) - 1);
        (moment.stream >> LIFE_BITS == self.number).then_some((generation, moment.sample))
    }

    pub(crate) fn set_wait_policy(&self, waiting: WaitPolicy) {
        self.waiting.store(waiting as u8, Ordering::Relaxed);
    }

    pub(crate) fn set_own_gains(&self, slot: u8, gains: Option<Gains>) {
        if let Some(own) = self.own_gains.get(usize::from(slot)) {
            own.store(Gains::to_bits(gains), Ordering::Relaxed);
        }
    }

    /// Notes whether a slot has a query.
    pub(crate) fn set_filled(&self, slot: u8, filled: bool) {
        let bit = 1u8.checked_shl(slot.into()).unwrap_or(0);
        if filled {
            self.filled.fetch_or(bit, Ordering::Relaxed);
        } else {
            self.filled.fetch_and(!bit, Ordering::Relaxed);
        }
    }

    /// Whether a slot of these has a query.
    pub(crate) fn asks(&self, heard: Heard) -> bool {
        let filled = self.filled.load(Ordering::Relaxed);
        let mut slots = heard.slots();
        slots.any(|slot| filled.checked_shr(slot.into()).unwrap_or(0) & 1 != 0)
    }

    pub(crate) fn own_gains(&self, slot: u8) -> Option<Gains> {
        let own = self.own_gains.get(usize::from(slot))?;
        Gains::from_bits(own.load(Ordering::Relaxed))
    }

    /// Whether every block counts, however long it takes.
    pub(crate) fn patient(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) != WaitPolicy::Live as u8
    }

    /// Whether a block is waited for as long as it takes, and nobody hears a gap.
    pub(crate) fn renders(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == WaitPolicy::Offline as u8
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
