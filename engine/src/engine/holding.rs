//! Blocks that are not sent before their target is due, in a render whose changes come at the output.
//!
//! A host that shifts its lanes by the latency tells of a change when its sample goes out. By then the worker would have computed
//! what is heard from there on, with the sound of before. In a render nobody listens, and it can be asked as late as possible:
//! block by block, when the one before has been played. A change is then heard with the next block at the latest; another sound
//! within the block that plays, which is computed again.

use std::collections::VecDeque;

use earmark_controls::Automation;
use ringbuf::traits::{Observer, Producer};

use super::Engine;
use crate::block::{Again, Block};
use crate::config::WaitPolicy;

/// The blocks that are full, in their order.
pub(super) struct Held(VecDeque<Block>);

impl Held {
    /// With room for all there are.
    pub(super) fn new(pool: usize) -> Held {
        Held(VecDeque::with_capacity(pool))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one that is sent next.
    pub(super) fn first(&mut self) -> Option<&mut Block> {
        self.0.front_mut()
    }
}

impl Engine {
    /// Whether blocks wait here until they are due. A host that only races may play again at any moment, and nothing would be
    /// computed ahead then: it has to have announced that it renders.
    fn holds_back(&self) -> bool {
        self.automation == Automation::AtOutput && self.pace.announced() == WaitPolicy::Offline
    }

    /// Sends a block that is full, now or when it is due.
    pub(super) fn hand_over(&mut self, block: Block) {
        if self.holds_back() {
            // There is room for every block there is.
            self.waiting.0.push_back(block);
        } else {
            self.send_held(u64::MAX);
            self.send(block);
        }
    }

    /// Sends what is held up to block `index`, and all of it where nothing is held back any more.
    pub(super) fn send_held(&mut self, index: u64) {
        let index = if self.holds_back() { index } else { u64::MAX };
        while self.waiting.0.front().is_some_and(|block| block.index <= index) {
            if let Some(block) = self.waiting.0.pop_front() {
                self.send(block);
            }
        }
    }

    /// How many samples before a block is due it is asked for: with time to fade out where it is missing, and when it is due where
    /// blocks are held back, as all of them are waited for then.
    pub(super) fn foresight(&self) -> u64 {
        if self.holds_back() {
            0
        } else {
            self.geometry.gap_fade as u64
        }
    }

    /// Has the block that plays computed again with the slots that are asked for, if it is the last one that the worker knows. A block
    /// that has not begun is not needed for it, and where the input passes from now on none is.
    pub(super) fn compute_again(&mut self) {
        let Some(played) = self.output_index().filter(|_| self.holds_back()) else {
            return;
        };
        let len = self.geometry.block as u64;
        let at = (played % len) as usize;
        if at == 0 || self.asked.heard.slot.is_none() || self.owed() > 0 || !self.port.from_worker.is_empty()
        {
            return;
        }
        let Some(mut block) = self.player.lend(played / len) else {
            return;
        };
        let heard = self.asked.heard;
        block.again = Some(Again { at, heard });
        self.send(block);
        let (index, generation) = (played / len, self.generation);
        self.player
            .take_back(index, generation, &mut self.port, &self.shared, &self.pace);
    }

    /// Forgets what is held.
    pub(super) fn drop_held(&mut self) {
        self.port.free.extend(self.waiting.0.drain(..));
    }

    fn send(&mut self, block: Block) {
        // The queue holds every block there is, so there is room.
        if let Err(block) = self.port.to_worker.try_push(block) {
            self.port.free.push(block);
        }
        self.wake_worker();
    }

    pub(super) fn wake_worker(&self) {
        if let Some(worker) = &self.worker {
            worker.thread().unpark();
        }
    }
}
