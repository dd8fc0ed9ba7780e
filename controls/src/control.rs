//! Controls with a fader.

use crate::number::Number;
use crate::parameter::{Kind, Parameter};
use crate::table::PARAMETERS;

/// A parameter that is a number: what has a fader in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    /// Gain of the named sound.
    TargetGain,
    /// Gain of everything else.
    RestGain,
    /// By how much "remove" turns the named sound down.
    AttenuationLimit,
    /// Share of the processed sound; the remainder is the delayed input.
    Wet,
    /// Exponent of the mask.
    Sensitivity,
    /// What the mask lets through at least.
    Floor,
    /// Time over which the mask's gains are smoothed.
    Smoothing,
    /// Presence below which the target closes.
    Gate,
}

impl Control {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in the order of [`PARAMETERS`].
    pub const ALL: [Control; Control::COUNT] = [
        Control::TargetGain,
        Control::RestGain,
        Control::AttenuationLimit,
        Control::Wet,
        Control::Sensitivity,
        Control::Floor,
        Control::Smoothing,
        Control::Gate,
    ];

    /// Its row in the table.
    pub const fn parameter(self) -> &'static Parameter {
        let (parameter, _) = self.row();
        parameter
    }

    /// Its range, default, unit and words.
    pub const fn number(self) -> &'static Number {
        let (_, number) = self.row();
        number
    }

    /// What it does, in half a sentence, for a tooltip.
    pub const fn help(self) -> &'static str {
        self.parameter().help
    }

    const fn row(self) -> (&'static Parameter, &'static Number) {
        let mut i = 0;
        while i < PARAMETERS.len() {
            if let Kind::Number(control, number) = &PARAMETERS[i].kind
                && *control as usize == self as usize
            {
                return (&PARAMETERS[i], number);
            }
            i += 1;
        }
        panic!("a control without a row in the table")
    }
}

// Each has its row.
const _: () = {
    let mut i = 0;
    while i < Control::COUNT {
        Control::ALL[i].row();
        i += 1;
    }
};
