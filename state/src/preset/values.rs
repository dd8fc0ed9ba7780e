//! The parameters that belong to a sound.

use earmark_controls::{Control, Mode, Numbers};
use serde::Serialize;

/// The parameters that belong to a sound: those that have a name in presets in [`earmark_controls::PARAMETERS`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Values {
    /// 0 is off, 1 to 8 are the slots.
    pub slot: i32,
    /// The slot that is heard together with it: 0 is none, 1 to 8 are the slots.
    pub also: i32,
    /// Isolate, remove or custom.
    pub mode: Mode,
    /// Those that have a fader.
    #[serde(flatten)]
    pub numbers: Numbers,
}

impl Default for Values {
    fn default() -> Self {
        Values {
            slot: 1,
            also: 0,
            mode: Mode::Isolate,
            numbers: Numbers::default(),
        }
    }
}

impl Values {
    /// The same with another value for a control.
    #[must_use]
    pub fn with(self, control: Control, value: f32) -> Values {
        Values {
            numbers: self.numbers.with(control, value),
            ..self
        }
    }
}
