//! What a hand does to the slots.

use super::Session;
use super::inner::Inner;
use crate::state::{OwnMix, SLOTS, StoredSlot};

impl Session {
    /// Puts a text typed by hand into a slot, 0 to 7, or empties it. What was heard goes on until the text is encoded.
    pub fn edit(&self, slot: usize, text: &str) {
        self.change_slot(slot, |slot| slot.text = text.into());
    }

    /// Says what is not to be heard with a slot's text; empty for nothing.
    pub fn set_negative(&self, slot: usize, text: &str) {
        self.change_slot(slot, |slot| slot.negative = text.into());
    }

    /// Gives a slot a name; empty for its text.
    pub fn rename(&self, slot: usize, name: &str) {
        self.change_slot(slot, |slot| slot.name = name.into());
    }

    /// Gives a slot a colour, 0 to 7.
    pub fn colour(&self, slot: usize, colour: u8) {
        self.change_slot(slot, |slot| slot.colour = colour);
    }

    /// Gives a slot a mix of its own, or takes it back; wet stays the parameters'.
    pub fn set_own(&self, slot: usize, own: Option<OwnMix>) {
        self.change_slot(slot, |slot| slot.own = own.map(OwnMix::clamped));
    }

    /// Replaces a slot; conditions beside it are not needed.
    pub fn put_slot(&self, slot: usize, content: StoredSlot) {
        self.change_slot(slot, |slot| *slot = content.clone());
    }

    /// Moves a slot to another place; those between move up. The parameters stay: where the active slot moves or the one that is
    /// heard with it, whoever moved it sets them, too.
    pub fn move_slot(&self, from: usize, to: usize) {
        if from < SLOTS && to < SLOTS {
            self.change(|slots| {
                if from < to {
                    slots[from..=to].rotate_left(1);
                } else {
                    slots[to..=from].rotate_right(1);
                }
            });
        }
    }

    fn change_slot(&self, slot: usize, change: impl Fn(&mut StoredSlot)) {
        self.change(|slots| slots.get_mut(slot).into_iter().for_each(&change));
    }

    /// Changes the slots by hand, also those of a model that is still to come.
    pub(crate) fn change(&self, change: impl Fn(&mut [StoredSlot])) {
        self.change_within(&mut self.inner.lock(), change);
    }

    /// The same as part of what else is done under one lock.
    pub(super) fn change_within(&self, inner: &mut Inner, change: impl Fn(&mut [StoredSlot])) {
        self.settle(inner);
        inner.failure = None;
        let (coming, wish) = inner.next.both();
        if let Some(wish) = wish {
            change(wish.stored.all_slots());
        }
        for line in [Some(&mut inner.line), coming].into_iter().flatten() {
            let jobs = line.change(&change);
            self.encode(line, jobs);
        }
        if let Some(notice) = inner.limits_news() {
            inner.notice = Some(notice);
        }
        self.offer(inner);
        self.update_ready(inner);
    }
}
