//! The keyboard after a click, where the host takes it back.
//!
//! The window asks for the keyboard as soon as a button goes down in it. The window manager tells the host of the same click, and a
//! host made with JUCE answers by giving the keyboard to a window of its own, before or after ours has asked: what is typed then
//! reaches nobody. So the editor asks again for a moment, while the pointer that clicked is still in it.

use std::time::Duration;

/// How long after a click the keyboard is asked for again: a busy host answers late.
const MOMENT: f64 = 1.0;
/// Between one request and the next, in seconds: the server and the host have to answer.
const PAUSE: f64 = 0.04;
/// A host that insists is let have it.
const REQUESTS: u8 = 4;

/// What one frame knows of the keyboard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Seconds, of the window's clock.
    pub now: f64,
    /// A button went down in the window.
    pub clicked: bool,
    /// The pointer is in the window.
    pub pointed_at: bool,
    /// Something in the window waits for keys.
    pub wanted: bool,
    /// The window has the keyboard.
    pub given: bool,
}

impl Seen {
    pub(super) fn of(context: &egui::Context) -> Seen {
        let wanted = context.memory(|memory| memory.focused().is_some());
        context.input(|input| Seen {
            now: input.time,
            clicked: input.pointer.any_pressed(),
            pointed_at: input.pointer.has_pointer(),
            wanted,
            given: input.viewport().focused != Some(false),
        })
    }
}

/// What is to be done after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// Look again soon.
    Wait,
    /// Ask for the keyboard, and look again soon.
    Ask,
}

/// Whether to ask for the keyboard again.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    clicked: Option<f64>,
    asked: Option<f64>,
    requests: u8,
}

impl Keyboard {
    /// How soon to look again.
    pub(super) const LOOK: Duration = Duration::from_millis(50);

    pub(super) fn step(&mut self, seen: Seen) -> Step {
        if seen.clicked {
            *self = Keyboard {
                clicked: Some(seen.now),
                ..Keyboard::default()
            };
        }
        let within = |since: Option<f64>, time: f64| since.is_some_and(|since| seen.now - since < time);
        if !within(self.clicked, MOMENT) || !seen.pointed_at || self.requests == REQUESTS {
            self.clicked = None;
            return Step::Nothing;
        }
        // The window may lose it later in this moment, so it is looked at until the moment is over.
        if !seen.wanted || seen.given || within(self.asked, PAUSE) {
            return Step::Wait;
        }
        self.asked = Some(seen.now);
        self.requests += 1;
        Step::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: Seen = Seen {
        now: 0.0,
        clicked: false,
        pointed_at: true,
        wanted: true,
        given: false,
    };

    fn at(now: f64, seen: Seen) -> Seen {
        Seen { now, ..seen }
    }

    fn clicked(keyboard: &mut Keyboard, now: f64) {
        let click = Seen {
            clicked: true,
            wanted: false,
            ..at(now, LOST)
        };
        assert_eq!(keyboard.step(click), Step::Wait);
    }

    #[test]
    fn what_the_host_takes_back_after_a_click_is_asked_for_again() {
        let mut keyboard = Keyboard::default();
        assert_eq!(keyboard.step(LOST), Step::Nothing, "nobody has clicked");
        clicked(&mut keyboard, 5.0);
        let given = Seen { given: true, ..LOST };
        assert_eq!(keyboard.step(at(5.1, given)), Step::Wait);
        assert_eq!(keyboard.step(at(5.2, LOST)), Step::Ask);
        assert_eq!(
            keyboard.step(at(5.21, LOST)),
            Step::Wait,
            "the answer is on its way"
        );
        assert_eq!(keyboard.step(at(5.3, given)), Step::Wait);
        assert_eq!(keyboard.step(at(6.1, LOST)), Step::Nothing, "the moment is over");
    }

    #[test]
    fn a_host_that_insists_and_a_pointer_that_left_end_it() {
        let mut keyboard = Keyboard::default();
        clicked(&mut keyboard, 0.0);
        let asked = (1..10).filter(|&step| keyboard.step(at(f64::from(step) * 0.1, LOST)) == Step::Ask);
        assert_eq!(asked.count(), usize::from(REQUESTS));

        clicked(&mut keyboard, 2.0);
        let elsewhere = Seen {
            pointed_at: false,
            ..LOST
        };
        assert_eq!(keyboard.step(at(2.1, elsewhere)), Step::Nothing);
        assert_eq!(
            keyboard.step(at(2.2, LOST)),
            Step::Nothing,
            "it may be another window's by now"
        );
    }
}
