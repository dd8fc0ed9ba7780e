//! The one table of parameters.
//!
//! A new number is a [`Control`] and a row here, and a field with its arms in the plug-in's `params.rs`; state, presets, the editor's
//! values and `docs/parameters.md` follow.

use crate::number::{Number, Unit, Words};

/// Query slots. The active one is a parameter.
pub const SLOTS: usize = 8;
/// Colours that a slot can have: 0 to 7.
pub const COLOURS: u8 = 8;
/// Most characters of a query.
pub const QUERY_LIMIT: usize = 300;
/// Most characters of a slot's or a preset's name.
pub const NAME_LIMIT: usize = 40;

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
}

/// What a host can set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its identifier in projects, for ever.
    pub id: &'static str,
    /// What a host calls it.
    pub name: &'static str,
    /// What the editor calls it.
    pub title: &'static str,
    /// What kind of value it has.
    pub kind: Kind,
    /// Its name in the file of a preset; `None` where presets leave it alone.
    pub in_presets: Option<&'static str>,
    /// What it does, in half a sentence.
    pub help: &'static str,
}

/// The values of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// On or off; off at first.
    Switch,
    /// One of [`crate::Mode`].
    Mode,
    /// The number of a slot from 1 to [`SLOTS`], or 0.
    Slot {
        /// The number at first.
        default: u8,
        /// What 0 is called.
        none: &'static str,
    },
    /// A number, set by a fader.
    Number(Control, Number),
}

impl Parameter {
    /// The values that it takes, as documents give them.
    pub fn values(&self) -> String {
        match &self.kind {
            Kind::Switch => "off, on".into(),
            Kind::Mode => "isolate, remove, custom".into(),
            Kind::Slot { none, .. } => format!("0 ({none}) to {}", SLOTS),
            Kind::Number(_, number) => number.range_in_words(),
        }
    }

    /// Its first value, as documents give it.
    pub fn default_in_words(&self) -> String {
        match &self.kind {
            Kind::Switch => "off".into(),
            Kind::Mode => "isolate".into(),
            Kind::Slot { default, .. } => default.to_string(),
            Kind::Number(_, number) => number.in_words(number.default),
        }
    }
}

/// A fader from silence to +12 dB.
const GAIN: Number = Number {
    min: -60.0,
    max: 12.0,
    default: 0.0,
    unit: Unit::Decibels,
    step: 0.1,
    skew: 0.0,
    decimals: 1,
    silent_at_min: true,
    words: Words {
        at_min: Some("silent"),
        at_max: None,
        before: "",
    },
};

/// A share from 0 to 1.
const SHARE: Number = Number {
    min: 0.0,
    max: 1.0,
    default: 0.0,
    unit: Unit::Percent,
    step: 0.01,
    skew: 0.0,
    decimals: 1,
    silent_at_min: false,
    words: Words {
        at_min: None,
        at_max: None,
        before: "",
    },
};

const fn off_at_min(before: &'static str) -> Words {
    Words {
        at_min: Some("off"),
        at_max: None,
        before,
    }
}

/// Every parameter, in the order in which hosts list them. Identifiers, ranges and order are part of every project ever saved: they
/// never change, and new rows go to the end.
pub const PARAMETERS: [Parameter; 14] = [
    Parameter {
        id: "bypass",
        name: "Bypass",
        title: "Bypass",
        kind: Kind::Switch,
        in_presets: None,
        help: "passes the input unchanged, as late as ever",
    },
    Parameter {
        id: "mode",
        name: "Mode",
        title: "Mode",
        kind: Kind::Mode,
        in_presets: Some("mode"),
        help: "hears only the sound, everything but it, or both at their faders",
    },
    Parameter {
        id: "slot",
        name: "Query slot",
        title: "Slot",
        kind: Kind::Slot {
            default: 1,
            none: "Off",
        },
        in_presets: Some("slot"),
        help: "the slot that is heard",
    },
    Parameter {
        id: "target",
        name: "Target gain",
        title: "This sound",
        kind: Kind::Number(Control::TargetGain, GAIN),
        in_presets: Some("target_db"),
        help: "how loud the sound is that the query names",
    },
    Parameter {
        id: "rest",
        name: "Rest gain",
        title: "The rest",
        kind: Kind::Number(Control::RestGain, GAIN),
        in_presets: Some("rest_db"),
        help: "how loud everything else is",
    },
    Parameter {
        id: "limit",
        name: "Attenuation limit",
        title: "Turn it down",
        kind: Kind::Number(
            Control::AttenuationLimit,
            Number {
                min: 0.0,
                max: 60.0,
                default: 60.0,
                silent_at_min: false,
                words: Words {
                    at_min: None,
                    at_max: Some("completely"),
                    before: "by ",
                },
                ..GAIN
            },
        ),
        in_presets: Some("attenuation_limit_db"),
        help: "by how much the sound goes down that the query names",
    },
    Parameter {
        id: "wet",
        name: "Wet",
        title: "Wet",
        kind: Kind::Number(
            Control::Wet,
            Number {
                default: 1.0,
                ..SHARE
            },
        ),
        in_presets: Some("wet"),
        help: "how much of this is mixed with the untouched, equally delayed input",
    },
    Parameter {
        id: "mute_target",
        name: "Mute target",
        title: "Mute",
        kind: Kind::Switch,
        in_presets: None,
        help: "silences the sound that the query names, whatever its gain",
    },
    Parameter {
        id: "mute_rest",
        name: "Mute rest",
        title: "Mute",
        kind: Kind::Switch,
        in_presets: None,
        help: "silences everything else, whatever its gain",
    },
    Parameter {
        id: "sensitivity",
        name: "Sensitivity",
        title: "Sensitivity",
        kind: Kind::Number(
            Control::Sensitivity,
            Number {
                min: 0.25,
                max: 4.0,
                default: 1.0,
                unit: Unit::None,
                step: 0.01,
                skew: -1.0,
                decimals: 2,
                silent_at_min: false,
                words: Words {
                    at_min: None,
                    at_max: None,
                    before: "\u{d7} ",
                },
            },
        ),
        in_presets: Some("sensitivity"),
        help: "below 1 more is taken for this sound, above 1 only what is surely part of it",
    },
    Parameter {
        id: "floor",
        name: "Floor",
        title: "Floor",
        kind: Kind::Number(
            Control::Floor,
            Number {
                max: 0.0,
                default: -60.0,
                words: Words {
                    at_min: Some("none"),
                    at_max: None,
                    before: "",
                },
                ..GAIN
            },
        ),
        in_presets: Some("floor_db"),
        help: "lets at least so much through everywhere: less watery, less separate",
    },
    Parameter {
        id: "smoothing",
        name: "Smoothing",
        title: "Smoothing",
        kind: Kind::Number(
            Control::Smoothing,
            Number {
                max: 500.0,
                unit: Unit::Milliseconds,
                step: 1.0,
                decimals: 0,
                words: off_at_min(""),
                ..SHARE
            },
        ),
        in_presets: Some("smoothing_ms"),
        help: "lets the gains change no faster than this: less warbling, softer attacks",
    },
    Parameter {
        id: "gate",
        name: "Gate",
        title: "Gate",
        kind: Kind::Number(
            Control::Gate,
            Number {
                words: off_at_min("below "),
                ..SHARE
            },
        ),
        in_presets: Some("gate"),
        help: "closes this sound while less of it is there than this",
    },
    Parameter {
        id: "also",
        name: "Also slot",
        title: "Together",
        kind: Kind::Slot {
            default: 0,
            none: "None",
        },
        in_presets: Some("also"),
        help: "the slot that is heard together with it",
    },
];
