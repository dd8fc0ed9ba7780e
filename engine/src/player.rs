//! Plays the worker's blocks when they are due, and fades around those that are missing.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use ringbuf::traits::{Consumer, Observer, Producer};

use crate::block::{AudioPort, Block, Outcome, Revision};
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
    /// Samples of the crossfade from a block to its revision.
    crossfade: usize,
    current: Option<Block>,
    /// The first sample of it that has not been played.
    at: usize,
    next: Option<Block>,
    /// Blocks that came back before their time, in their order.
    early: VecDeque<Block>,
    /// The block before the current one was missing, or was not the one that the worker went on from.
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
            crossfade: geometry.ramp().min(geometry.block),
            current: None,
            at: 0,
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
        while let Some(revision) = port.revisions.try_pop() {
            give_back(revision, port);
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
        self.after_gap = match (&self.current, &self.next) {
            (Some(current), Some(next)) => !next.follows(current),
            (current, _) => current.is_none() && index > 0,
        };
        port.free.extend(self.current.take());
        self.current = self.next.take();
        self.at = 0;
    }

    /// Takes in what has been revised, in the block that plays from its next sample on.
    pub(crate) fn look(&mut self, generation: u64, port: &mut AudioPort) {
        if !port.revisions.is_empty() {
            self.collect(generation, port);
        }
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
        self.at = at + len;
        let Some(block) = &self.current else {
            target.iter_mut().for_each(|channel| channel[..len].fill(0.0));
            has_target[..len].fill(self.has_target);
            return;
        };
        has_target[..len].copy_from_slice(&block.has_target[at..at + len]);
        self.has_target = has_target[len - 1];
        let fades_in = self.after_gap && at < self.gap_fade;
        // What has not been asked for yet is not missing.
        let ends = match &self.next {
            Some(next) => !next.follows(block),
            None => !self.wants(block.index + 1),
        };
        let fades_out = ends && at >= self.block - self.gap_fade;
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
        // After the blocks: whoever sees a block sees all revisions that were made before it.
        while let Some(revision) = port.revisions.try_pop() {
            self.revise(revision, generation, port);
        }
    }

    /// Takes a revision in place of the block that it revises, if that has not been played. The first of several is what the sound goes
    /// over to: from the block as it was, within its first samples or, where it plays already, within the next ones.
    fn revise(&mut self, mut revision: Revision, generation: u64, port: &mut AudioPort) {
        let Revision { index, edition, .. } = revision;
        let plays = self.current.as_ref().filter(|block| block.index == index);
        let from = plays.map_or(0, |_| self.at);
        let before = self.early.iter().chain(&self.next).chain(&self.current);
        let joins = !before
            .filter(|block| block.index + 1 == index)
            .any(|block| block.edition == edition);
        let coming = self.current.iter_mut().chain(&mut self.next);
        let mut coming = coming.chain(&mut self.early);
        let block = coming.find(|block| block.index == index && block.outcome == Outcome::Ready);
        if let Some(block) = block
            && revision.generation == generation
            && from + self.crossfade <= self.block
        {
            if (joins || from > 0) && block.has_target[from] {
                let slope = 1.0 / (self.crossfade + 1) as f32;
                for (new, old) in revision.samples.iter_mut().zip(&block.samples) {
                    let samples = new[from..].iter_mut().zip(&old[from..]).take(self.crossfade);
                    for (k, (new, old)) in samples.enumerate() {
                        *new = old + (k + 1) as f32 * slope * (*new - old);
                    }
                }
            }
            std::mem::swap(&mut block.samples, &mut revision.samples);
            block.has_target[from..].fill(true);
            block.presence = revision.presence;
            block.edition = edition;
            // How it began stays as it was.
            block.joins = joins || from > 0;
        }
        give_back(revision, port);
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

/// Gives a revision back to the worker, whether it is played or not.
fn give_back(revision: Revision, port: &mut AudioPort) {
    // The queue holds every revision there is. Dropping one here would free its memory.
    if let Err(revision) = port.spent.try_push(revision) {
        std::mem::forget(revision);
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::stft::{StftConfig, WindowKind};
    use earmark_models::{Edges, EncoderKind, SeparatorSpec};

    use super::*;
    use crate::block::{WorkerPort, circulation};

    /// A player beside the two ends of its queues.
    struct Desk {
        player: Player,
        audio: AudioPort,
        worker: WorkerPort,
    }

    impl Desk {
        /// Block 0 plays, block 1 has been asked for, and 2 and 3 lie ready, all at this level.
        fn new(level: f32) -> Desk {
            let spec = SeparatorSpec {
                id: "test".into(),
                sha256: String::new(),
                sample_rate: 48_000,
                stft: StftConfig {
                    window: 1920,
                    hop: 960,
                    kind: WindowKind::SqrtHann,
                },
                condition_size: 2,
                encoder: EncoderKind::MiniLm,
                block: 1,
                lookahead: 0,
                context: 0,
                top_band: (10_000.0, 14_000.0),
                levels: (-40.0, -3.0),
                edges: Edges::Silent,
            };
            let geometry = Geometry::of(48_000.0, &spec);
            let (audio, worker) = circulation(&geometry, 1);
            let mut desk = Desk {
                player: Player::new(&geometry),
                audio,
                worker,
            };
            for index in 0..4 {
                desk.compute(index, level, 0);
            }
            desk.player.find(0, 0, &mut desk.audio);
            desk.player.turn(0, &mut desk.audio);
            desk.ask(1);
            desk
        }

        /// The worker gives block `index` back.
        fn compute(&mut self, index: u64, level: f32, edition: u64) {
            let mut block = self.audio.free.pop().unwrap();
            (block.index, block.edition, block.outcome) = (index, edition, Outcome::Ready);
            block.samples[0].fill(level);
            block.has_target.fill(true);
            assert!(self.worker.to_audio.try_push(block).is_ok());
        }

        /// The worker revises it.
        fn revise(&mut self, index: u64, level: f32, edition: u64) {
            let mut revision = self.worker.blank.pop().unwrap();
            (revision.index, revision.edition) = (index, edition);
            revision.samples[0].fill(level);
            assert!(self.worker.revisions.try_push(revision).is_ok());
        }

        fn ask(&mut self, index: u64) {
            self.player.wanted = index + 1;
            self.player.find(index, 0, &mut self.audio);
        }

        /// Plays the block that plays to its end, and goes on to block `next`.
        fn play(&mut self, next: u64) -> Vec<f32> {
            let (len, fade) = (self.player.block, self.player.gap_fade);
            let mut sound = Vec::new();
            // As the engine does: fades are asked for by themselves.
            for (at, len) in [(0, fade), (fade, len - 2 * fade), (len - fade, fade)] {
                let (mut target, mut has_target) = ([vec![0.0; len]], vec![false; len]);
                self.player.play(at, &mut target, &mut has_target, len);
                assert!(has_target.iter().all(|has| *has));
                sound.extend_from_slice(&target[0]);
            }
            self.player.turn(next, &mut self.audio);
            sound
        }
    }

    /// The largest step between two samples.
    fn step(sound: &[f32]) -> f32 {
        let steps = sound.windows(2).map(|pair| (pair[0] - pair[1]).abs());
        steps.fold(0.0, f32::max)
    }

    #[test]
    fn the_first_revision_in_time_is_gone_over_to_and_those_before_are_given_back() {
        let mut desk = Desk::new(1.0);
        // Block 1 has all but ended when the revisions come.
        let mut sound = desk.play(1);
        desk.player.at = desk.player.block - 479;
        for index in 0..4 {
            desk.revise(index, 0.5, 1);
        }
        desk.compute(4, 0.5, 1);
        for index in 2..5 {
            desk.ask(index);
            sound.extend(desk.play(index));
        }
        sound.extend(desk.play(5));
        let len = desk.player.block;
        assert!(sound[..2 * len].iter().all(|sample| *sample == 1.0));
        assert!(sound[2 * len + 480..].iter().all(|sample| *sample == 0.5));
        assert!(step(&sound) < 1.05 * 0.5 / 480.0, "{}", step(&sound));
        desk.ask(5);
        assert_eq!(desk.audio.spent.occupied_len(), 4, "all are given back");
    }

    #[test]
    fn one_that_was_asked_for_and_has_not_begun_is_still_revised() {
        let mut desk = Desk::new(1.0);
        desk.revise(1, 0.5, 1);
        desk.player.collect(0, &mut desk.audio);
        let mut sound = desk.play(1);
        sound.extend(desk.play(2));
        assert!(step(&sound) < 1.05 * 0.5 / 480.0, "{}", step(&sound));
        assert_eq!(sound.last(), Some(&0.5));
    }

    #[test]
    fn the_block_that_plays_is_revised_from_its_next_sample_on() {
        for at in [1, 300, 480] {
            let mut desk = Desk::new(1.0);
            let len = desk.player.block;
            let play = |desk: &mut Desk, at: usize, len: usize| {
                let (mut target, mut has_target) = ([vec![0.0; len]], vec![false; len]);
                desk.player.play(at, &mut target, &mut has_target, len);
                target[0].clone()
            };
            let mut sound = play(&mut desk, 0, at);
            for index in 0..4 {
                desk.revise(index, 0.5, 1);
            }
            desk.player.look(0, &mut desk.audio);
            sound.extend(play(&mut desk, at, len - at));
            desk.player.turn(1, &mut desk.audio);
            sound.extend(desk.play(2));
            assert!(sound[..at].iter().all(|sample| *sample == 1.0));
            assert!(
                sound[at + 480..].iter().all(|sample| *sample == 0.5),
                "from {at} on"
            );
            assert!(step(&sound) < 1.05 * 0.5 / 480.0, "{}", step(&sound));
        }
    }

    #[test]
    fn a_revision_that_is_revised_goes_over_from_what_it_was() {
        let mut desk = Desk::new(1.0);
        desk.revise(2, 0.5, 1);
        desk.revise(3, 0.5, 1);
        desk.revise(3, 0.0, 2);
        desk.player.collect(0, &mut desk.audio);
        let mut sound = desk.play(1);
        for index in 2..4 {
            desk.ask(index);
            sound.extend(desk.play(index));
        }
        sound.extend(desk.play(4));
        assert!(step(&sound) < 1.05 * 0.5 / 480.0, "{}", step(&sound));
        assert_eq!(sound.last(), Some(&0.0));
    }

    #[test]
    fn where_all_revisions_come_too_late_there_is_a_gap_and_no_click() {
        let mut desk = Desk::new(1.0);
        let mut sound = desk.play(1);
        for index in 2..4 {
            desk.ask(index);
            sound.extend(desk.play(index));
        }
        // Block 3 plays, and has all but ended.
        desk.player.at = desk.player.block - 400;
        for index in 2..4 {
            desk.revise(index, 0.5, 1);
        }
        desk.compute(4, 0.5, 1);
        desk.ask(4);
        sound.extend(desk.play(4));
        sound.extend(desk.play(5));
        let slope = 1.05 / desk.player.gap_fade as f32;
        assert!(step(&sound) < slope, "{}", step(&sound));
        let len = desk.player.block;
        assert!(sound[4 * len].abs() < 2.0 * slope, "the seam is silent");
        assert_eq!(sound.last(), Some(&0.5));
    }

    #[test]
    fn those_of_an_earlier_life_are_given_back() {
        let mut desk = Desk::new(1.0);
        desk.revise(2, 0.5, 1);
        desk.player.collect(1, &mut desk.audio);
        assert_eq!(desk.audio.spent.occupied_len(), 1);
        desk.revise(3, 0.5, 2);
        desk.player.reset(&mut desk.audio);
        assert_eq!(desk.audio.spent.occupied_len(), 2);
    }
}
