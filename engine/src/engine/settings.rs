//! What changes, and when it is heard.

use earmark_controls::Automation;

use super::Engine;
use crate::block::{ShapingChange, SlotChange};
use crate::change::{ChangeKind, Settings};

use crate::fields::Fields;
use crate::mix::Mix;

impl Engine {
    /// Sends each value that a change changes on its way: through the worker, through the delay, or straight to the output.
    pub(super) fn accept(&mut self, kind: ChangeKind) {
        let before = self.asked;
        self.asked = before.with(kind);
        let changed = before.differs(&self.asked);
        let at_once = match self.automation {
            Automation::InTime => changed.and(self.by_hand),
            Automation::AtOutput => changed,
        };
        let in_time = changed - at_once;
        self.tell_worker(before, in_time, at_once);
        self.queue.push(
            self.position + self.latency as u64 - self.half_ramp,
            in_time - Fields::SHAPING,
            &self.asked,
        );
        self.queue.forget(at_once);
        self.held.take(at_once, &self.asked);
        self.obey(at_once);
        if !at_once.and(Fields::SLOTS).is_empty() {
            self.compute_again();
        }
    }

    /// Notes what the worker has to know: in the block that is being filled, and in the one that it computes next.
    fn tell_worker(&mut self, before: Settings, in_time: Fields, at_once: Fields) {
        let within = (self.position % self.geometry.block as u64) as usize;
        let Some(block) = &mut self.filling else { return };
        let mut stamped = before;
        stamped.take(in_time, &self.asked);
        if stamped.heard != before.heard {
            block.change(SlotChange {
                offset: Some(within),
                heard: stamped.heard,
            });
        }
        if stamped.shaping != before.shaping {
            block.shape(ShapingChange {
                offset: Some(within),
                shaping: stamped.shaping,
                fields: Fields::SHAPING,
            });
        }
        // What acts at once is for the block that is computed next.
        let next = self.waiting.first().unwrap_or(block);
        if self.asked.heard != stamped.heard {
            next.change(SlotChange {
                offset: None,
                heard: self.asked.heard,
            });
        }
        if self.asked.shaping != stamped.shaping {
            next.shape(ShapingChange {
                offset: None,
                shaping: self.asked.shaping,
                fields: at_once,
            });
        }
    }

    /// Aims at what was set in `held`.
    pub(super) fn obey(&mut self, set: Fields) {
        if !set.and(Fields::MIX | Fields::SLOT).is_empty() {
            self.mixer.aim(self.mix_here());
        }
        if set.contains(Fields::BYPASS) {
            self.enabled.aim(if self.held.bypass { 0.0 } else { 1.0 });
            if self.held.bypass {
                self.shared.auditions.ticket.end();
            }
        }
    }

    /// The mix at the output: with the gains of the slot that is active there, where it has any.
    pub(super) fn mix_here(&self) -> Mix {
        let active = self.held.heard.slot;
        let own = active.and_then(|slot| self.shared.own_gains(slot));
        self.held.mix.with_gains(own)
    }
}
