//! Plays the worker's blocks when they are due, and fades around those that are missing.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use ringbuf::traits::{Consumer, Observer};

use crate::block::{AudioPort, Block, Outcome};
use crate::clock::Clock;
use crate::config::WaitPolicy;
use crate::geometry::Geometry;
use crate::pace::Pace;
use crate::patience::Patience;
use crate::shared::Shared;

/// The target as it is heard: block after block, each exactly when it is due or not at all.
pub(crate) struct Player {
    block: usize,
    gap_fade: usize,
    current: Option<Block>,
    next: Option<Block>,
    /// Blocks that came back before their time, in their order.
    early: VecDeque<Block>,
    /// The block before the current one was missing.
    after_gap: bool,
    /// Whether a query was heard last.
    has_target: bool,
    /// A wait ran into its limit; nobody waits again until the worker answers.
    given_up: bool,
    /// The block that is asked for next.
    wanted: u64,
}

impl Player {
    pub(crate) fn new(geometry: &Geometry) -> Player {
        Player {
            block: geometry.block,
            gap_fade: geometry.gap_fade,
            current: None,
            next: None,
            early: VecDeque::with_capacity(geometry.pool()),
            after_gap: false,
            has_target: false,
            given_up: false,
            wanted: 0,
        }
    }

    /// Blocks that it holds.
    pub(crate) fn blocks(&self) -> usize {
        let played = [&self.current, &self.next];
        self.early.len() + played.into_iter().flatten().count()
    }

    /// Forgets everything that was to be played.
    pub(crate) fn reset(&mut self, port: &mut AudioPort) {
        let kept = [self.current.take(), self.next.take()];
        port.free
            .extend(kept.into_iter().flatten().chain(self.early.drain(..)));
        while let Some(block) = port.from_worker.try_pop() {
            port.free.push(block);
        }
        (self.after_gap, self.has_target) = (false, false);
        self.wanted = 0;
    }

    /// Whether block `index` has yet to be asked for.
    pub(crate) fn wants(&self, index: u64) -> bool {
        index >= self.wanted
    }

    /// Asks for block `index`, a fade's length before it is due, or when it is due where all blocks are waited for. What is not here now
    /// is late, if it `matters`: neither silence nor a slot without a query has a target that could be missed.
    pub(crate) fn fetch(
        &mut self,
        index: u64,
        generation: u64,
        port: &mut AudioPort,
        shared: &Shared,
        pace: &Pace,
        matters: bool,
    ) {
        self.wanted = index + 1;
        if !self.find(index, generation, port) {
            self.wait(port, shared, pace, |player, port| {
                // Where a later block came first, this one was never sent.
                player.find(index, generation, port) || !player.early.is_empty()
            });
        }
        shared.due.fetch_add(1, Ordering::Relaxed);
        let outcome = self.next.as_ref().map(|block| block.outcome);
        if !matters && outcome != Some(Outcome::Ready) {
            port.free.extend(self.next.take());
            return;
        }
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
        if pace.wait_policy() != WaitPolicy::Live {
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

    /// Block `index`, if it is the one that plays and the last one that the worker gave back.
    pub(crate) fn lend(&mut self, index: u64) -> Option<Block> {
        if self.next.is_some() || !self.early.is_empty() {
            return None;
        }
        self.current.take_if(|block| block.index == index)
    }

    /// Plays on with block `index` when the worker has given it back.
    pub(crate) fn take_back(
        &mut self,
        index: u64,
        generation: u64,
        port: &mut AudioPort,
        shared: &Shared,
        pace: &Pace,
    ) {
        if !self.find(index, generation, port) {
            self.wait(port, shared, pace, |player, port| {
                player.find(index, generation, port)
            });
        }
        self.current = self.next.take();
    }

    /// How present the target is in the current block.
    pub(crate) fn presence(&self) -> f32 {
        self.current.as_ref().map_or(0.0, |block| block.presence)
    }

    /// Writes the target from sample `at` of the current block, `target[channel][sample]`, and where it is `has_target`.
    /// The block ends no sooner than what is written.
    pub(crate) fn play(&mut self, at: usize, target: &mut [Vec<f32>], has_target: &mut [bool], len: usize) {
        let Some(block) = &self.current else {
            target.iter_mut().for_each(|channel| channel[..len].fill(0.0));
            has_target[..len].fill(self.has_target);
            return;
        };
        has_target[..len].copy_from_slice(&block.has_target[at..at + len]);
        self.has_target = has_target[len - 1];
        let fades_in = self.after_gap && at < self.gap_fade;
        // What has not been asked for yet is not missing.
        let missing = self.next.is_none() && !self.wants(block.index + 1);
        let fades_out = missing && at >= self.block - self.gap_fade;
        let slope = 1.0 / (self.gap_fade + 1) as f32;
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
        pace: &Pace,
    ) -> Option<Block> {
        if port.free.is_empty() {
            self.collect(generation, port);
        }
        if port.free.is_empty() {
            self.wait(port, shared, pace, |player, port| {
                player.collect(generation, port);
                !port.free.is_empty()
            });
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

    /// Waits, as long as the host lets us, until something has come back and `done` is content with it.
    fn wait(
        &mut self,
        port: &mut AudioPort,
        shared: &Shared,
        pace: &Pace,
        mut done: impl FnMut(&mut Player, &mut AudioPort) -> bool,
    ) {
        let clock: &dyn Clock = &*shared.clock;
        let mut patience = Patience::of(pace, clock.now());
        while !self.given_up {
            let Some(limit) = patience.next(clock) else {
                self.given_up = pace.wait_policy() != WaitPolicy::Live;
                return;
            };
            let ended = || shared.ended.load(Ordering::Acquire);
            let came = shared
                .signal
                .wait(clock, limit, || !port.from_worker.is_empty() || ended());
            // A worker that has ended may have handed something back before.
            self.given_up = came && port.from_worker.is_empty() && pace.wait_policy() != WaitPolicy::Live;
            if came {
                if done(self, port) || ended() {
                    return;
                }
                patience = patience.after_a_sign_of_life(pace);
            }
        }
    }
}
