//! What may change from one sample to the next.

use std::collections::VecDeque;

use crate::heard::Heard;
use crate::mix::Mix;
use crate::shaping::Shaping;

/// A change within one process call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The sample of the call that it belongs to, from 0. Beyond the call's length it acts with the last sample.
    pub offset: usize,
    /// What changes.
    pub kind: ChangeKind,
}

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChangeKind {
    /// Gains, mutes and wet, reached over 10 ms around the sample.
    Mix(Mix),
    /// The query slots that are heard, or none: the input passes.
    Slot(Heard),
    /// Whether the delayed input passes unchanged.
    Bypass(bool),
    /// What is done with the masks. At the output, it acts with the next frame that the worker has not computed.
    Shaping(Shaping),
}

/// Changes on their way through the delay, in the order of their samples. Room is made once.
pub(crate) struct Changes {
    queue: VecDeque<(u64, ChangeKind)>,
    room: usize,
}

impl Changes {
    pub(crate) fn new(room: usize) -> Changes {
        Changes {
            queue: VecDeque::with_capacity(room),
            room,
        }
    }

    /// Keeps a change until the sample `position` leaves the delay. Where no room is left, the newest of its kind gives
    /// way, so that the last value always arrives.
    pub(crate) fn push(&mut self, position: u64, kind: ChangeKind) {
        let same = |other: &ChangeKind| std::mem::discriminant(other) == std::mem::discriminant(&kind);
        let full = self.queue.len() >= self.room;
        if let Some((at, last)) = self.queue.back_mut()
            && same(last)
            && (full || *at == position)
        {
            *last = kind;
        } else if !full {
            self.queue.push_back((position, kind));
        } else if let Some((_, last)) = self.queue.iter_mut().rev().find(|(_, other)| same(other)) {
            *last = kind;
        }
    }

    /// The sample of the next change.
    pub(crate) fn next_position(&self) -> Option<u64> {
        self.queue.front().map(|(position, _)| *position)
    }

    /// The next change, if its sample is not after `position`.
    pub(crate) fn take_due(&mut self, position: u64) -> Option<ChangeKind> {
        if self.next_position()? > position {
            return None;
        }
        self.queue.pop_front().map(|(_, kind)| kind)
    }

    /// The next change, whenever it is due.
    pub(crate) fn take(&mut self) -> Option<ChangeKind> {
        self.queue.pop_front().map(|(_, kind)| kind)
    }
}
