//! The one table of parameters.
//!
//! A new number is a row here with a [`Control`], and a field with an arm in the plug-in's `params.rs`; state, presets, the editor's
//! values and `docs/parameters.md` follow.

use std::fmt::Write;

use crate::control::Control;
use crate::number::{Number, Unit, Words};
use crate::parameter::{Kind, Parameter};

/// Query slots. The active one is a parameter.
pub const SLOTS: usize = 8;
/// Colours that a slot can have: 0 to 7.
pub const COLOURS: u8 = 8;
/// Most characters of a query.
pub const QUERY_LIMIT: usize = 300;
/// Most characters of a slot's or a preset's name.
pub const NAME_LIMIT: usize = 40;

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

impl Control {
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

/// The row with this identifier.
///
/// # Panics
/// Where there is none.
pub const fn parameter(id: &str) -> &'static Parameter {
    let mut i = 0;
    while i < PARAMETERS.len() {
        if same(PARAMETERS[i].id.as_bytes(), id.as_bytes()) {
            return &PARAMETERS[i];
        }
        i += 1;
    }
    panic!("no parameter has this identifier")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The table as Markdown, for `docs/parameters.md`.
pub fn markdown() -> String {
    let mut table =
        String::from("| identifier | in hosts | values | at first | in presets | what it does |\n");
    table += "|---|---|---|---|---|---|\n";
    for parameter in &PARAMETERS {
        let preset = parameter
            .in_presets
            .map_or(String::new(), |name| format!("`{name}`"));
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {preset} | {} |",
            parameter.id,
            parameter.name,
            parameter.values(),
            parameter.default_in_words(),
            parameter.help,
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What anybody reads of a parameter is what it is.
    #[test]
    fn the_documents_say_what_the_table_says() {
        let docs = include_str!("../../docs/parameters.md");
        assert!(
            docs.contains(&markdown()),
            "docs/parameters.md should have\n{}",
            markdown()
        );
        let readme = include_str!("../../README.md");
        for parameter in &PARAMETERS {
            let title = parameter.title.to_lowercase();
            assert!(
                readme.to_lowercase().contains(&title),
                "README.md does not name {title}"
            );
        }
    }

    #[test]
    fn every_default_is_within_its_range_and_every_name_is_its_own() {
        for (i, parameter) in PARAMETERS.iter().enumerate() {
            if let Kind::Number(_, number) = &parameter.kind {
                assert!(number.range().contains(&number.default), "{}", parameter.id);
            }
            for other in &PARAMETERS[i + 1..] {
                assert_ne!((parameter.id, parameter.name), (other.id, other.name));
                assert!(parameter.id != other.id && parameter.name != other.name);
                assert!(parameter.in_presets.is_none() || parameter.in_presets != other.in_presets);
            }
        }
    }
}
