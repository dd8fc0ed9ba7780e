//! Blocks that lie ready are computed again where a hand has asked for something else, and where there is time for it.
//!
//! Some blocks always lie ready: they are what the worker's time and a host's burst are taken from. A query that is edited by hand would be
//! heard after all of them. So it reads its past at once, and what has not begun to play of those blocks is assembled once more. Whoever
//! plays them goes over to the first revision that comes in time (`player.rs`); what comes too late is dropped.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;

use ringbuf::traits::{Consumer, Producer};

use super::duty::LiveBlock;
use super::{Worker, failure};
use crate::block::Block;
use crate::geometry::Geometry;
use crate::heard::Heard;
use crate::wishes::Wishes;

/// Share of the time until the next block is due that may go into a revision.
const SHARE: f64 = 0.6;

/// What is read at once takes at most one in so many parts of that time, and a trial one in so many, if steps of the past are no cheaper. With
/// fewer steps than that no trial says anything.
const PIECES: f64 = 4.0;
const TRIAL: f64 = 2.0;
const TELLING: u64 = 4;

/// Most steps of the past that are read at once.
const AT_ONCE: u64 = 32;
/// Share of what the worker has for a block that it may take with what it reads of another query's past where nothing is revised.
const TAKEN: f64 = 0.95;
/// Seconds of the past that may be read beside a step before it is known how long a step takes.
const UNKNOWN_SECONDS: f64 = 0.32;

/// What a step of one voice takes, all that goes with it included.
#[derive(Clone)]
pub(crate) struct StepCost {
    steps: f64,
    /// Seconds that a step lasts: what takes longer cannot be played at all.
    lasts: f64,
    /// Seconds that the worker has for a block.
    budget: f64,
    /// Seconds that one takes, once some have been timed.
    takes: Option<f64>,
}

impl StepCost {
    pub(super) fn new(geometry: &Geometry) -> StepCost {
        StepCost {
            steps: geometry.steps as f64,
            lasts: geometry.step as f64 / geometry.model_rate as f64,
            budget: geometry.budget as f64 / geometry.host_rate as f64,
            takes: None,
        }
    }

    /// A block in which so many `voices` were computed took so long. One that catches up says nothing of a step.
    pub(super) fn learn(&mut self, took: Duration, voices: usize) {
        if voices == 1 {
            let takes = took.as_secs_f64() / self.steps;
            // The shortest of the last ones: what else the machine does is no cost of ours. Silence costs nothing, and is soon forgotten.
            self.takes = Some(self.takes.map_or(takes, |before| takes.min(1.1 * before)));
        }
    }

    /// How many of so many steps of the past may be read beside each that comes, one at least. A block has more time than it lasts, and the last
    /// of several that take longer than they last must be there in time, too.
    pub(super) fn beside(&self, past: u64) -> u64 {
        let Some(takes) = self.takes else {
            return ((UNKNOWN_SECONDS / self.lasts).round() as u64).max(1);
        };
        let in_one_block = TAKEN * self.budget / self.steps / takes - 1.0;
        let spent = (self.budget - self.steps * self.lasts) / past.max(1) as f64;
        let in_all = if takes > spent {
            (self.lasts - takes) / (takes - spent)
        } else {
            f64::INFINITY
        };
        // Each step reads whole ones, the last of them perhaps one more.
        let in_all = if in_all < 3.0 { in_all } else { in_all - 1.0 };
        (in_one_block.min(in_all) as u64).clamp(1, past.max(1))
    }

    /// How many steps to read at once next, where all that are `left` are likely to be read within `time`, of which `took` has passed with the
    /// `read` ones. Steps of the past may take far less than one that is waited for: where they would take too long otherwise, the first ones are
    /// a trial.
    fn affords(&self, left: u64, read: u64, time: f64, took: f64) -> Option<u64> {
        let step = if read == 0 {
            self.takes.unwrap_or(self.lasts).min(self.lasts)
        } else {
            took / read as f64
        };
        if read > 0 && took + left as f64 * step > time {
            return None;
        }
        let trial = read == 0 && self.takes.is_some() && left as f64 * step > time;
        let at_once = (time / if trial { TRIAL } else { PIECES } / step) as u64;
        if trial && at_once < TELLING {
            return None;
        }
        // A power of two: what reads many steps at once reads them in pieces of such lengths.
        let at_once = at_once.min(AT_ONCE).checked_ilog2()?;
        Some(1 << at_once)
    }
}

/// The slots after changes by hand, and by hand alone, within a block.
pub(super) fn edits_by_hand(block: &Block) -> Option<Heard> {
    let by_hand = block.changes.iter().all(|change| change.offset.is_none());
    block
        .changes
        .last()
        .filter(|_| by_hand)
        .map(|change| change.heard)
}

impl Worker {
    /// Looks at what was edited, between two blocks. What cannot be heard sooner is left to the next block.
    pub(super) fn look_at_edits(&mut self) {
        let edits = self.shared.edits.load(Ordering::Acquire);
        let place = self.next.filter(|(generation, _)| {
            let lives = *generation == self.shared.generation.load(Ordering::Acquire);
            lives && edits != self.edits && self.broken.is_none() && !self.shared.patient()
        });
        if let Some(place) = place {
            self.tried = edits;
            let wishes = self.shared.wishes.lock().clone();
            let _listened_to = LiveBlock::begin();
            let revised = catch_unwind(AssertUnwindSafe(|| self.revise(place, wishes, None)));
            if let Ok(Ok(true)) = revised {
                self.edits = edits;
                self.tell();
            } else if let Some(words) = failure(revised.map(|revised| revised.map(|_| ()))) {
                self.edits = edits;
                self.break_off(&words);
            }
        }
        self.shared.edited.store(false, Ordering::Release);
    }

    /// Takes over what was edited by hand before block `coming` of a life, and has it heard in the blocks that lie ready before that one; says
    /// whether it is. The wishes are taken over in any case.
    ///
    /// # Errors
    /// As [`Stream::revise`].
    ///
    /// [`Stream::revise`]: super::stream::Stream::revise
    pub(super) fn revise(
        &mut self,
        (generation, coming): (u64, u64),
        wishes: Wishes,
        heard: Option<Heard>,
    ) -> Result<bool, String> {
        while let Some(revision) = self.port.spent.try_pop() {
            self.port.blank.push(revision);
        }
        let geometry = &self.shared.geometry;
        let (len, rate) = (geometry.block as u64, geometry.host_rate as f64);
        let played = self.shared.played.load(Ordering::Acquire);
        let turnaround = geometry.turnaround() as u64;
        // The block that plays, and how long it is until this one must be there.
        let first = played.saturating_sub(turnaround) / len;
        let due = coming * len + turnaround - geometry.gap_fade as u64;
        let time = SHARE * due.saturating_sub(played) as f64 / rate;
        let back = coming.saturating_sub(first) as usize;
        let back = back.min(self.port.blank.len());
        if back == 0 {
            return Ok(false);
        }
        let clock = self.shared.clock.clone();
        let (begun, cost) = (Cell::new(None), &self.step_cost);
        let tries = |steps| steps == 0 || cost.affords(steps, 0, time, 0.0).is_some();
        let affords = |left, read| {
            let now = clock.now();
            let took = now.saturating_sub(begun.get().unwrap_or(now)).as_secs_f64();
            begun.set(begun.get().or(Some(now)));
            cost.affords(left, read, time, took)
        };
        let back = self.stream.revise(wishes, heard, back, tries, affords)?;
        if back == 0 {
            return Ok(false);
        }
        let blank = self.port.blank.len() - back;
        let mut revisions = self.port.blank.split_off(blank);
        let samples = revisions.iter_mut().map(|revision| &mut revision.samples[..]);
        let assembled = self.stream.assemble_again(samples);
        self.edition += 1;
        for (mut revision, index) in revisions.into_iter().zip(coming - back as u64..) {
            (revision.generation, revision.index) = (generation, index);
            (revision.presence, revision.edition) = (self.stream.presence(), self.edition);
            // The queue holds every revision there is.
            let _ = self.port.revisions.try_push(revision);
        }
        assembled.map(|()| true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(takes: Option<f64>, lasts: f64) -> StepCost {
        StepCost {
            steps: 1.0,
            lasts,
            budget: 0.365,
            takes,
        }
    }

    #[test]
    fn what_may_take_long_is_not_tried() {
        assert_eq!(cost(None, 0.04).affords(200, 0, 0.16, 0.0), Some(1));
        assert_eq!(cost(Some(0.001), 0.04).affords(100, 0, 0.12, 0.0), Some(16));
        assert_eq!(
            cost(Some(0.001), 0.04).affords(200, 0, 0.12, 0.0),
            Some(32),
            "a trial"
        );
        assert_eq!(
            cost(None, 0.32).affords(1, 0, 0.3, 0.0),
            None,
            "a block of AudioSep"
        );
        assert_eq!(cost(Some(0.08), 0.32).affords(1, 0, 0.3, 0.0), None);
        assert_eq!(
            cost(Some(0.08), 0.32).affords(5, 0, 0.36, 0.0),
            None,
            "a trial that would say nothing"
        );
        assert_eq!(
            cost(Some(0.08), 0.32).affords(4, 0, 0.36, 0.0),
            Some(1),
            "all of them fit"
        );
    }

    #[test]
    fn what_turns_out_to_take_too_long_is_given_up() {
        let cost = cost(Some(0.001), 0.04);
        assert_eq!(cost.affords(90, 10, 0.12, 0.01), Some(16));
        assert_eq!(cost.affords(90, 10, 0.12, 0.02), None);
    }

    #[test]
    fn as_much_of_the_past_is_read_beside_a_step_as_there_is_time_for() {
        assert_eq!(cost(Some(0.1), 0.32).beside(5), 2, "AudioSep on two quick cores");
        assert_eq!(cost(Some(0.16), 0.32).beside(5), 1);
        assert_eq!(cost(Some(0.3), 0.32).beside(5), 1, "it must be heard some day");
        assert_eq!(
            cost(Some(0.1), 0.32).beside(22),
            2,
            "what lies ready is shared by more steps"
        );
        assert_eq!(
            cost(Some(0.001), 0.04).beside(100),
            100,
            "all of it lasts shorter than what may be spent"
        );
        assert_eq!(cost(None, 0.04).beside(100), 8);
    }

    #[test]
    fn one_slow_block_says_little() {
        let mut cost = cost(None, 0.04);
        for took in [2, 2, 40, 2, 3] {
            cost.learn(Duration::from_millis(took), 1);
        }
        assert!(cost.takes.is_some_and(|takes| takes < 0.0023));
        cost.learn(Duration::from_millis(1), 2);
        assert!(
            cost.takes.is_some_and(|takes| takes > 0.0019),
            "a block in which another voice catches up"
        );
        cost.learn(Duration::from_micros(10), 1);
        (0..100).for_each(|_| cost.learn(Duration::from_millis(2), 1));
        assert!(
            cost.takes.is_some_and(|takes| takes > 0.0019),
            "silence is forgotten"
        );
    }
}
