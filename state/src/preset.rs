//! Sounds to come back to: what is asked for and what is done with it, as files that can be passed on.
//!
//! # The file
//! ```json
//! {
//!   "earmark_preset": 1,
//!   "name": "Remove typing",
//!   "slot": 1, "also": 0,
//!   "mode": "remove", "target_db": 0.0, "rest_db": 0.0, "attenuation_limit_db": 60.0, "wet": 1.0,
//!   "sensitivity": 1.0, "floor_db": -60.0, "smoothing_ms": 0.0, "gate": 0.0,
//!   "slots": [
//!     {"text": "someone types on a computer keyboard", "negative": "speech", "name": "Typing", "colour": 1,
//!      "own": {"mode": "remove", "target_db": 0.0, "rest_db": 0.0, "attenuation_limit_db": 30.0}}
//!   ]
//! }
//! ```
//! Everything but `earmark_preset` and `name` may be missing and has its default then; what is not known is left out. A value that
//! is there and wrong is refused, and nothing changes. There is nothing in it of one machine: no model, no bypass, no window.
//! Slots are those of a project ([`crate`]), without what their texts were encoded to; clips keep what they were embedded to.

mod error;
pub mod factory;
mod name;
mod read;
mod values;

use serde::Serialize;

pub use error::PresetError;
pub use name::{name, new_name};
pub use read::open;
pub use values::Values;

use crate::slot::StoredSlot;

/// The version of the file that is written, and the newest that is read.
pub const VERSION: u64 = 1;
/// Larger files are no presets, in bytes: eight slots of eight clips have less than half of it.
pub const LARGEST: u64 = 2 * 1024 * 1024;

/// What a person would call a sound.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    /// What it is called.
    pub name: String,
    /// At most [`crate::SLOTS`], without conditions of texts.
    pub slots: Vec<StoredSlot>,
    /// The parameters that belong to it.
    pub values: Values,
}

/// As it is written.
#[derive(Serialize)]
struct File<'a> {
    earmark_preset: u64,
    name: &'a str,
    #[serde(flatten)]
    values: &'a Values,
    slots: &'a [StoredSlot],
}

impl Preset {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut slots = self.slots.clone();
        slots.iter_mut().for_each(|slot| slot.conditions.clear());
        while slots.last() == Some(&StoredSlot::default()) {
            slots.pop();
        }
        let file = File {
            earmark_preset: VERSION,
            name: &self.name,
            values: &self.values,
            slots: &slots,
        };
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_controls::{Control, Mode, Numbers, OwnMix};

    fn refusal(text: &str) -> String {
        Preset::from_json(text, "x.json").unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let preset = Preset {
            name: "Küche – Tippen".into(),
            slots: vec![
                StoredSlot::default(),
                StoredSlot {
                    negative: "speech".into(),
                    name: "Typing".into(),
                    colour: 7,
                    own: Some(OwnMix {
                        mode: Mode::Remove,
                        attenuation_limit_db: 30.0,
                        ..OwnMix::default()
                    }),
                    ..StoredSlot::of("typing + steps")
                },
            ],
            values: Values {
                slot: 2,
                also: 8,
                mode: Mode::Custom,
                numbers: Numbers::default()
                    .with(Control::RestGain, -17.5)
                    .with(Control::Sensitivity, 1.5)
                    .with(Control::Gate, 0.25),
            },
        };
        assert_eq!(Preset::from_json(&preset.to_json(), "x.json").unwrap(), preset);
    }

    #[test]
    fn what_is_missing_has_its_default() {
        let preset =
            Preset::from_json(r#"{"earmark_preset": 1, "name": "N", "later": []}"#, "x.json").unwrap();
        assert_eq!((preset.slots.len(), preset.values), (0, Values::default()));
    }

    #[test]
    fn every_refusal_says_what_was_given_and_what_is_allowed() {
        let with = |part: &str| format!(r#"{{"earmark_preset": 1, "name": "N", {part}}}"#);
        for (text, words) in [
            ("{".to_owned(), &["x.json", "not JSON"][..]),
            ("[]".into(), &["x.json", "earmark_preset"]),
            (r#"{"name": "N"}"#.into(), &["earmark_preset"]),
            (
                r#"{"earmark_preset": 9, "name": "N"}"#.into(),
                &["version 9", "1"],
            ),
            (r#"{"earmark_preset": 1}"#.into(), &["1 to 40"]),
            (
                r#"{"earmark_preset": 1, "name": "../x"}"#.into(),
                &["../x", "1 to 40"],
            ),
            (
                with(r#""mode": "explode""#),
                &["mode", "explode", "isolate, remove or custom"],
            ),
            (with(r#""target_db": 99"#), &["target_db", "99", "-60 to 12"]),
            (with(r#""gate": "loud""#), &["gate", "loud", "0 to 1"]),
            (with(r#""slot": 9"#), &["slot", "9", "0 to 8"]),
            (with(r#""also": 9"#), &["also", "9", "0 to 8"]),
            (with(r#""also": -1"#), &["also", "-1", "0 to 8"]),
            (with(r#""also": "typing""#), &["also", "typing", "0 to 8"]),
            (with(r#""slots": 3"#), &["slots", "3", "at most 8"]),
            (with(r#""slots": [3]"#), &["slots[0]", "an object"]),
            (
                with(r#""slots": [{}, {"text": 3}]"#),
                &["slots[1].text", "3", "a text"],
            ),
            (with(r#""slots": [{"colour": 8}]"#), &["colour", "8", "0 to 7"]),
            (
                with(r#""slots": [{"own": {"rest_db": 40}}]"#),
                &["rest_db", "40", "-60 to 12"],
            ),
        ] {
            let sentence = refusal(&text);
            assert!(
                words.iter().all(|word| sentence.contains(word)),
                "{text}: {sentence}"
            );
        }
    }
}
