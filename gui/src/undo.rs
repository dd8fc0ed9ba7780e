//! Taking back what was done to the slots.

use crate::view::{Command, OwnMix, SLOTS, SlotView, View};

/// Steps kept.
const DEPTH: usize = 100;

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Put {
        slot: usize,
        before: Box<SlotView>,
        after: Box<SlotView>,
    },
    Move {
        from: usize,
        to: usize,
    },
}

/// What can be taken back and done again.
#[derive(Debug, Default)]
pub(crate) struct Undo {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// A slot whose example is being listened to, as it was before.
    awaited: Option<(usize, Box<SlotView>)>,
}

impl Undo {
    pub(crate) fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Takes note of an example that has become part of its slot; to be called at the beginning of a frame.
    pub(crate) fn follow(&mut self, view: &View) {
        let Some((slot, before)) = &self.awaited else {
            return;
        };
        let after = &view.slots[*slot];
        if after.sounds != before.sounds {
            let after = SlotView {
                sounds: after.sounds.clone(),
                ..(**before).clone()
            };
            let (slot, before, after) = (*slot, before.clone(), Box::new(after));
            self.awaited = None;
            self.push(Step::Put { slot, before, after });
        }
    }

    /// Takes note of what a frame's commands do to the slots of `view`.
    pub(crate) fn note(&mut self, commands: &[Command], view: &View) {
        let mut slots = view.slots.clone();
        for command in commands {
            let Some((slot, after)) = edited(command, &slots) else {
                match command {
                    Command::MoveSlot { from, to } => {
                        self.push(Step::Move { from: *from, to: *to });
                        let (from, to) = (*from, *to);
                        if from < to {
                            slots[from..=to].rotate_left(1);
                        } else {
                            slots[to..=from].rotate_right(1);
                        }
                    }
                    Command::Listen { slot, .. } => {
                        self.awaited = slots.get(*slot).map(|before| (*slot, Box::new(before.clone())));
                    }
                    // Other slots altogether: what was done to the old ones means nothing any more.
                    Command::ChoosePreset(_) | Command::LoadPreset(_) | Command::Compare(_) => {
                        *self = Undo::default();
                    }
                    _ => {}
                }
                continue;
            };
            let before = std::mem::replace(&mut slots[slot], after.clone());
            if before != after {
                let (before, after) = (Box::new(before), Box::new(after));
                self.push(Step::Put { slot, before, after });
            }
        }
    }

    fn push(&mut self, step: Step) {
        self.undone.clear();
        self.done.push(step);
        if self.done.len() > DEPTH {
            self.done.remove(0);
        }
    }

    /// The command that takes the last step back.
    pub(crate) fn undo(&mut self, view: &View) -> Option<Command> {
        let step = self.done.pop()?;
        let command = match &step {
            Step::Put { slot, before, after } => put(view, *slot, after, before),
            Step::Move { from, to } => Command::MoveSlot { from: *to, to: *from },
        };
        self.undone.push(step);
        Some(command)
    }

    /// The command that does it again.
    pub(crate) fn redo(&mut self, view: &View) -> Option<Command> {
        let step = self.undone.pop()?;
        let command = match &step {
            Step::Put { slot, before, after } => put(view, *slot, before, after),
            Step::Move { from, to } => Command::MoveSlot { from: *from, to: *to },
        };
        self.done.push(step);
        Some(command)
    }
}

/// The slot that a command edits, and what it becomes. Mixes of a slot's own are left out: a fader is its own undo.
fn edited(command: &Command, slots: &[SlotView; SLOTS]) -> Option<(usize, SlotView)> {
    let with = |slot: usize, change: &dyn Fn(&mut SlotView)| {
        let mut after = slots.get(slot)?.clone();
        change(&mut after);
        Some((slot, after))
    };
    match command {
        Command::SetQuery { slot, text } => with(*slot, &|after| after.text.clone_from(text)),
        Command::SetNegative { slot, text } => with(*slot, &|after| after.negative.clone_from(text)),
        Command::RenameSlot { slot, name } => with(*slot, &|after| after.name.clone_from(name)),
        Command::SetSlotColour { slot, colour } => with(*slot, &|after| after.colour = *colour),
        Command::PutSlot { slot, content } => with(*slot, &|after| after.clone_from(content)),
        _ => None,
    }
}

/// Brings back what differs between `from` and `to`, and leaves what was changed elsewhere meanwhile.
fn put(view: &View, slot: usize, from: &SlotView, to: &SlotView) -> Command {
    let mut content = view.slots[slot].clone();
    if from.text != to.text {
        content.text.clone_from(&to.text);
    }
    if from.sounds != to.sounds {
        content.sounds.clone_from(&to.sounds);
    }
    if from.negative != to.negative {
        content.negative.clone_from(&to.negative);
    }
    if from.name != to.name {
        content.name.clone_from(&to.name);
    }
    if from.colour != to.colour {
        content.colour = to.colour;
    }
    let differs = |a: Option<OwnMix>, b: Option<OwnMix>| a != b;
    if differs(from.own, to.own) {
        content.own = to.own;
    }
    Command::PutSlot { slot, content }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(slot: usize, text: &str) -> Command {
        Command::SetQuery {
            slot,
            text: text.into(),
        }
    }

    fn apply(view: &mut View, command: &Command) {
        if let Some((slot, after)) = edited(command, &view.slots) {
            view.slots[slot] = after;
        }
    }

    #[test]
    fn texts_come_back_and_go_again_and_leave_the_rest_alone() {
        let (mut undo, mut view) = (Undo::default(), View::default());
        for command in [query(2, "rain"), query(2, "snow")] {
            undo.note(std::slice::from_ref(&command), &view);
            apply(&mut view, &command);
        }
        view.slots[2].colour = 5;
        let back = undo.undo(&view).expect("there is something to undo");
        apply(&mut view, &back);
        assert_eq!((view.slots[2].text.as_str(), view.slots[2].colour), ("rain", 5));
        let again = undo.redo(&view).expect("there is something to redo");
        apply(&mut view, &again);
        assert_eq!(view.slots[2].text, "snow");
        undo.undo(&view);
        assert!(undo.can_redo());
        undo.note(&[query(0, "wind")], &view);
        assert!(!undo.can_redo(), "a new step ends what was undone");
    }

    #[test]
    fn what_changes_nothing_is_no_step_and_another_preset_forgets_all() {
        let (mut undo, view) = (Undo::default(), View::default());
        undo.note(&[query(1, "")], &view);
        assert!(!undo.can_undo());
        undo.note(&[Command::MoveSlot { from: 1, to: 4 }], &view);
        assert_eq!(undo.undo(&view), Some(Command::MoveSlot { from: 4, to: 1 }));
        undo.redo(&view);
        undo.note(&[Command::ChoosePreset("rain only".into())], &view);
        assert!(!undo.can_undo() && !undo.can_redo());
    }
}
