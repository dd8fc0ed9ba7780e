//! Plays the worker's blocks when they are due, and fades around those that are missing.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ringbuf::traits::{Consumer, Observer};

use crate::block::{AudioPort, Block, Outcome};
use crate::config::Waiting;
use crate::geometry::Geometry;
use crate::pace::Pace;
use crate::shared::Shared;

/// How long a block is waited for when the host renders offline: far more than the slowest separator needs, so that only a
/// worker that will never answer runs into it.
const OFFLINE_PATIENCE: Duration = Duration::from_secs(30);
/// The same while somebody may be listening.
const ALWAYS_PATIENCE: Duration = Duration::from_secs(2);

/// The target as it is heard: block after block, each exactly when it is due or not at all.
pub(crate) struct Player {
    block: usize,
    edge: usize,
    current: Option<Block>,
    next: Option<Block>,
    /// Blocks that came back before their time, in their order.
    early: VecDeque<Block>,
    /// The block before the current one was missing.
    after_gap: bool,
    /// Whether a query was heard last.
    present: bool,
    /// A wait ran into its limit; nobody waits again until the worker answers.
    given_up: bool,
}

impl Player {
    pub(crate) fn new(geometry: &Geometry) -> Player {
        Player {
            block: geometry.block,
            edge: geometry.edge,
            current: None,
            next: None,
            early: VecDeque::with_capacity(geometry.pool()),
            after_gap: false,
            present: false,
            given_up: false,
        }
    }

    /// Forgets everything that was to be played.
    pub(crate) fn reset(&mut self, port: &mut AudioPort) {
        let kept = [self.current.take(), self.next.take()];
        port.free
            .extend(kept.into_iter().flatten().chain(self.early.drain(..)));
        while let Some(block) = port.from_worker.try_pop() {
            port.free.push(block);
        }
        (self.after_gap, self.present) = (false, false);
    }

    /// Asks for block `index`, a fade's length before it is due: what is not here now is late.
    pub(crate) fn fetch(
        &mut self,
        index: u64,
        generation: u64,
        port: &mut AudioPort,
        shared: &Shared,
        (waiting, pace): (Waiting, &Pace),
    ) {
        if !self.find(index, generation, port) {
            let limit = self.patience(waiting, pace);
            if !limit.is_zero() {
                self.wait(index, generation, port, shared, (waiting, limit));
            }
        }
        shared.due.fetch_add(1, Ordering::Relaxed);
        let outcome = self.next.as_ref().map(|block| block.outcome);
        if outcome != Some(Outcome::WarmingUp) {
            shared.judged.fetch_add(1, Ordering::Relaxed);
        }
        match outcome {
            Some(Outcome::Ready) => return,
            Some(Outcome::WarmingUp) => {}
            Some(Outcome::Missing) | None => {
                shared.slow.fetch_add(1, Ordering::Relaxed);
            }
        }
        shared.late.fetch_add(1, Ordering::Relaxed);
        if waiting != Waiting::Live {
            shared.gaps.fetch_add(1, Ordering::Relaxed);
        }
        port.free.extend(self.next.take());
    }

    /// Begins with block `index`, which is due now.
    pub(crate) fn turn(&mut self, index: u64, port: &mut AudioPort) {
        self.after_gap = self.current.is_none() && index > 0;
        port.free.extend(self.current.take());
        self.current = self.next.take();
    }

    /// How present the target is in the current block.
    pub(crate) fn presence(&self) -> f32 {
        self.current.as_ref().map_or(0.0, |block| block.presence)
    }

    /// Writes the target from sample `at` of the current block, `target[channel][sample]`, and where it is `present`.
    /// The block ends no sooner than what is written.
    pub(crate) fn play(&mut self, at: usize, target: &mut [Vec<f32>], present: &mut [bool], len: usize) {
        let Some(block) = &self.current else {
            target.iter_mut().for_each(|channel| channel[..len].fill(0.0));
            present[..len].fill(self.present);
            return;
        };
        present[..len].copy_from_slice(&block.present[at..at + len]);
        self.present = present[len - 1];
        let fades_in = self.after_gap && at < self.edge;
        let fades_out = self.next.is_none() && at >= self.block - self.edge;
        let slope = 1.0 / (self.edge + 1) as f32;
        for (out, samples) in target.iter_mut().zip(&block.samples) {
            out[..len].copy_from_slice(&samples[at..at + len]);
            if fades_in || fades_out {
                for (offset, sample) in out[..len].iter_mut().enumerate() {
                    let k = at + offset;
                    let gain_in = if fades_in {
                        ((k + 1) as f32 * slope).min(1.0)
                    } else {
                        1.0
                    };
                    let gain_out = if fades_out {
                        ((self.block - k) as f32 * slope).min(1.0)
                    } else {
                        1.0
                    };
                    *sample *= gain_in * gain_out;
                }
            }
        }
    }

    /// A block to fill. Blocks of an earlier life may all be with the worker still: where the host lets us wait, they are
    /// waited for, and else the coming samples have to do without one.
    pub(crate) fn supply(
        &mut self,
        generation: u64,
        port: &mut AudioPort,
        shared: &Shared,
        (waiting, pace): (Waiting, &Pace),
    ) -> Option<Block> {
        if port.free.is_empty() {
            self.collect(generation, port);
        }
        let until = Instant::now() + self.patience(waiting, pace);
        while port.free.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.wait_for_any(left, port, shared) {
                self.given_up = waiting != Waiting::Live;
                break;
            }
            self.collect(generation, port);
        }
        port.free.pop()
    }

    /// Takes in all that came back; what belongs to an earlier life goes to rest.
    fn collect(&mut self, generation: u64, port: &mut AudioPort) {
        while let Some(block) = port.from_worker.try_pop() {
            self.given_up = false;
            if block.generation == generation {
                self.early.push_back(block);
            } else {
                port.free.push(block);
            }
        }
    }

    /// Looks whether block `index` has come back; older ones go to rest.
    fn find(&mut self, index: u64, generation: u64, port: &mut AudioPort) -> bool {
        self.collect(generation, port);
        while self.early.front().is_some_and(|block| block.index < index) {
            port.free.extend(self.early.pop_front());
        }
        if self.early.front().is_some_and(|block| block.index == index) {
            self.next = self.early.pop_front();
        }
        self.next.is_some()
    }

    fn patience(&self, waiting: Waiting, pace: &Pace) -> Duration {
        match waiting {
            _ if self.given_up => Duration::ZERO,
            Waiting::Live => pace.patience(Instant::now()),
            Waiting::Offline => OFFLINE_PATIENCE,
            Waiting::Always => ALWAYS_PATIENCE,
        }
    }

    /// Waits until anything comes back; false when nothing did, or nothing will.
    fn wait_for_any(&self, limit: Duration, port: &AudioPort, shared: &Shared) -> bool {
        let ended = || shared.ended.load(Ordering::Acquire);
        shared
            .signal
            .wait(limit, || !port.from_worker.is_empty() || ended())
            && !ended()
    }

    fn wait(
        &mut self,
        index: u64,
        generation: u64,
        port: &mut AudioPort,
        shared: &Shared,
        (waiting, limit): (Waiting, Duration),
    ) {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !self.wait_for_any(left, port, shared) {
                self.given_up = waiting != Waiting::Live;
                self.find(index, generation, port);
                return;
            }
            // Where a later block came first, this one was never sent.
            if self.find(index, generation, port) || !self.early.is_empty() {
                return;
            }
        }
    }
}
