//! Whether the queried sound has been there lately.

use std::borrow::Cow;

use crate::view::{Status, View};

/// Presence below which the sound counts as absent.
const ABSENT: f32 = 0.1;
/// Peak above which there is something to hear: -50 dB below full scale.
const AUDIBLE: f32 = 0.003;
/// For so long it has to be absent, in seconds of sound.
const PATIENCE: f32 = 3.0;

/// How long there has been sound without the one that is asked for.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    absent: f32,
    texts: Vec<String>,
}

impl Listening {
    /// Takes a frame's view, `seconds` after the last one.
    pub(crate) fn feed(&mut self, view: &View, seconds: f32) {
        let texts = || view.heard().map(|slot| slot.wanted());
        let another = !texts().eq(self.texts.iter().map(String::as_str));
        if view.status != Status::Hearing || another || view.meters.presence >= ABSENT {
            self.absent = 0.0;
            if another {
                self.texts = texts().map(Cow::into_owned).collect();
            }
        } else if view.meters.input.iter().any(|&peak| peak > AUDIBLE) {
            self.absent += seconds;
        }
    }

    /// Whether nothing like it has been there for a while, though there was sound.
    pub(crate) fn in_vain(&self) -> bool {
        self.absent >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Meters;

    #[test]
    fn absence_is_told_after_three_seconds_of_sound() {
        let mut listening = Listening::default();
        let mut view = View {
            status: Status::Hearing,
            ..View::default()
        };
        view.slots[0].text = "rain".into();
        listening.feed(&view, 10.0);
        assert!(!listening.in_vain(), "silence says nothing");
        view.meters = Meters {
            input: [0.2; 8],
            ..Meters::default()
        };
        listening.feed(&view, 2.9);
        assert!(!listening.in_vain());
        listening.feed(&view, 0.2);
        assert!(listening.in_vain());
        view.meters.presence = 0.6;
        listening.feed(&view, 0.1);
        assert!(!listening.in_vain(), "there it is");
        view.meters.presence = 0.0;
        listening.feed(&view, 4.0);
        view.slots[0].text = "snow".into();
        listening.feed(&view, 0.1);
        assert!(!listening.in_vain(), "another query gets its own time");
        listening.feed(&view, 4.0);
        assert!(listening.in_vain());
        view.also = Some(3);
        listening.feed(&view, 0.1);
        assert!(!listening.in_vain(), "so does a second slot");
    }
}
