//! Whether the queried sound has been there lately.

use std::borrow::Cow;

use crate::view::{Audition, Status, View};

/// Presence below which the sound counts as absent.
const ABSENT: f32 = 0.1;
/// Peak above which there is something to hear: -50 dB below full scale.
const AUDIBLE: f32 = 0.003;
/// For so long it has to be absent, in seconds of sound.
const PATIENCE: f32 = 3.0;

/// Without anything to hear for so long, nothing plays, in seconds.
const QUIET: f32 = 1.5;

/// What has come in lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lately {
    /// Sound, and nothing to be said of it.
    #[default]
    Sound,
    /// Sound for a while, without the one that is asked for.
    InVain,
    /// Nothing.
    Nothing,
}

/// How long there has been sound without the one that is asked for, and how long there has been none.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    absent: f32,
    quiet: f32,
    texts: Vec<String>,
}

impl Listening {
    /// Takes a frame's view, `seconds` after the last one.
    pub(crate) fn feed(&mut self, view: &View, seconds: f32) {
        let audible = view.meters.input.iter().any(|&peak| peak > AUDIBLE);
        // What is heard again needs nothing to come in.
        if audible || view.status != Status::Hearing || view.audition != Audition::Off {
            self.quiet = 0.0;
        } else {
            self.quiet += seconds;
        }
        let texts = || view.heard().map(|slot| slot.wanted());
        let another = !texts().eq(self.texts.iter().map(String::as_str));
        if view.status != Status::Hearing || another || view.meters.presence >= ABSENT {
            self.absent = 0.0;
            if another {
                self.texts = texts().map(Cow::into_owned).collect();
            }
        } else if audible {
            self.absent += seconds;
        }
    }

    /// What has come in lately.
    pub(crate) fn lately(&self) -> Lately {
        if self.quiet >= QUIET {
            Lately::Nothing
        } else if self.absent >= PATIENCE {
            Lately::InVain
        } else {
            Lately::Sound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Meters;

    fn in_vain(listening: &Listening) -> bool {
        listening.lately() == Lately::InVain
    }

    #[test]
    fn absence_is_told_after_three_seconds_of_sound() {
        let mut listening = Listening::default();
        let mut view = View {
            status: Status::Hearing,
            ..View::default()
        };
        view.slots[0].text = "rain".into();
        listening.feed(&view, 1.0);
        assert_eq!(listening.lately(), Lately::Sound, "a pause says nothing");
        listening.feed(&view, 9.0);
        assert_eq!(listening.lately(), Lately::Nothing, "nothing plays");
        view.audition = Audition::Playing;
        listening.feed(&view, 9.0);
        assert_eq!(
            listening.lately(),
            Lately::Sound,
            "something is heard all the same"
        );
        view.audition = Audition::Off;
        view.meters = Meters {
            input: [0.2; 8],
            ..Meters::default()
        };
        listening.feed(&view, 2.9);
        assert!(!in_vain(&listening));
        listening.feed(&view, 0.2);
        assert!(in_vain(&listening));
        view.meters.presence = 0.6;
        listening.feed(&view, 0.1);
        assert!(!in_vain(&listening), "there it is");
        view.meters.presence = 0.0;
        listening.feed(&view, 4.0);
        view.slots[0].text = "snow".into();
        listening.feed(&view, 0.1);
        assert!(!in_vain(&listening), "another query gets its own time");
        listening.feed(&view, 4.0);
        assert!(in_vain(&listening));
        view.also = Some(3);
        listening.feed(&view, 0.1);
        assert!(!in_vain(&listening), "so does a second slot");
    }
}
