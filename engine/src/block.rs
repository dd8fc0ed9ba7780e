//! What travels between the audio thread and the worker: one block of sound, there and back.

use ringbuf::HeapRb;
use ringbuf::traits::Split;
use ringbuf::{HeapCons, HeapProd};

use crate::fields::Fields;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::memory::zeros;
use crate::shaping::Shaping;

/// A slot change on its way to the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotChange {
    /// Sample within the block that it is stamped with; `None` acts as soon as the worker can.
    pub(crate) offset: Option<usize>,
    /// The slots from there on.
    pub(crate) heard: Heard,
}

/// A change of the shaping on its way to the worker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ShapingChange {
    /// As [`SlotChange::offset`].
    pub(crate) offset: Option<usize>,
    pub(crate) shaping: Shaping,
    /// What a change without an offset sets; one with an offset sets all.
    pub(crate) fields: Fields,
}

/// That a block is to be computed again, with other slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Again {
    /// The first sample of the block's target that has not been played.
    pub(crate) at: usize,
    /// The slots from there on.
    pub(crate) heard: Heard,
}

/// What a block that came back holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A target and where it is present.
    Ready,
    /// Nothing: it was given up.
    Missing,
    /// Nothing: it was computed in time, but the state behind it is too young. That is what a restart costs, and says nothing
    /// about the machine.
    WarmingUp,
}

/// Input on the way to the worker, target on the way back, in buffers that are made once.
pub(crate) struct Block {
    /// Which life of the stream it belongs to: a reset begins a new one.
    pub(crate) generation: u64,
    /// Its number within that life; it holds input samples `index · len` and on.
    pub(crate) index: u64,
    /// `[channels][len]` at the host's rate: input, then target.
    pub(crate) samples: Vec<Vec<f32>>,
    /// `[len]`: whether a query was heard at this sample. Where none was, the input passes.
    pub(crate) has_target: Vec<bool>,
    /// The slots at the block's first sample.
    pub(crate) heard: Heard,
    /// Slot changes within the block.
    pub(crate) changes: Vec<SlotChange>,
    /// The shaping at the block's first sample.
    pub(crate) shaping: Shaping,
    /// Changes of it within the block.
    pub(crate) shapings: Vec<ShapingChange>,
    /// How present the target is at the block's end, as the worker found it: see [`crate::Meters::presence`].
    pub(crate) presence: f32,
    /// The sample of it, 0 to its length, before which the signal ended; `None` while it goes on.
    pub(crate) end: Option<usize>,
    /// Whether the host's transport rested at its end.
    pub(crate) rests: bool,
    /// It holds its target, and is to be computed again.
    pub(crate) again: Option<Again>,
    /// What the worker made of it.
    pub(crate) outcome: Outcome,
    /// How many times the worker had revised what lay ready when it made this.
    pub(crate) edition: u64,
    /// It goes over from another edition in its first samples.
    pub(crate) joins: bool,
}

impl Block {
    /// Room for changes of each kind within one block; beyond that the last one counts.
    const CHANGES: usize = 64;

    pub(crate) fn new(channels: usize, len: usize) -> Block {
        Block {
            generation: 0,
            index: 0,
            samples: (0..channels).map(|_| zeros(len)).collect(),
            has_target: vec![false; len],
            heard: Heard::OFF,
            changes: Vec::with_capacity(Block::CHANGES),
            shaping: Shaping::default(),
            shapings: Vec::with_capacity(Block::CHANGES),
            presence: 0.0,
            end: None,
            rests: false,
            again: None,
            outcome: Outcome::Missing,
            edition: 0,
            joins: false,
        }
    }

    /// Whether the sound goes on from the block `before` it without a jump.
    pub(crate) fn follows(&self, before: &Block) -> bool {
        self.joins || self.edition == before.edition
    }

    /// Notes a slot change without allocating.
    pub(crate) fn change(&mut self, change: SlotChange) {
        if self.changes.len() == self.changes.capacity() {
            self.changes.pop();
        }
        self.changes.push(change);
    }

    /// Notes a change of the shaping without allocating.
    pub(crate) fn shape(&mut self, change: ShapingChange) {
        if self.shapings.len() == self.shapings.capacity() {
            self.shapings.pop();
        }
        self.shapings.push(change);
    }
}

/// The target of a block that was given back before, with another query: for whoever plays it, if it has not begun.
pub(crate) struct Revision {
    pub(crate) generation: u64,
    pub(crate) index: u64,
    /// `[channels][len]`.
    pub(crate) samples: Vec<Vec<f32>>,
    pub(crate) presence: f32,
    /// As [`Block::edition`].
    pub(crate) edition: u64,
}

/// The audio thread's ends: blocks to the worker, blocks from it, and those at rest; revisions from it, and back.
pub(crate) struct AudioPort {
    pub(crate) to_worker: HeapProd<Block>,
    pub(crate) from_worker: HeapCons<Block>,
    pub(crate) free: Vec<Block>,
    pub(crate) revisions: HeapCons<Revision>,
    pub(crate) spent: HeapProd<Revision>,
}

/// The worker's ends, and the revisions that it may fill.
pub(crate) struct WorkerPort {
    pub(crate) from_audio: HeapCons<Block>,
    pub(crate) to_audio: HeapProd<Block>,
    pub(crate) revisions: HeapProd<Revision>,
    pub(crate) spent: HeapCons<Revision>,
    pub(crate) blank: Vec<Revision>,
}

/// Makes the blocks and revisions of an engine, and queues that hold all of them, so that no push can fail.
pub(crate) fn circulation(geometry: &Geometry, channels: usize) -> (AudioPort, WorkerPort) {
    let (count, len) = (geometry.pool(), geometry.block);
    let (to_worker, from_audio) = HeapRb::new(count).split();
    let (to_audio, from_worker) = HeapRb::new(count).split();
    let free = (0..count).map(|_| Block::new(channels, len)).collect();
    let (revise, revisions) = HeapRb::new(geometry.ready()).split();
    let (spend, spent) = HeapRb::new(geometry.ready()).split();
    let blank = |_| Revision {
        generation: 0,
        index: 0,
        samples: (0..channels).map(|_| zeros(len)).collect(),
        presence: 0.0,
        edition: 0,
    };
    (
        AudioPort {
            to_worker,
            from_worker,
            free,
            revisions,
            spent: spend,
        },
        WorkerPort {
            from_audio,
            to_audio,
            revisions: revise,
            spent,
            blank: (0..geometry.ready()).map(blank).collect(),
        },
    )
}
