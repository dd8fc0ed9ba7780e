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
//! Presets of one's own lie in `presets/NAME.json` of the user's folder ([`Folders`]).

mod error;
mod factory;
mod shelf;

use earmark_engine::{FADER_BOTTOM_DB, MixSettings, NO_FLOOR_DB, Shaping};
use nice_plug::context::gui::ParamSetter;
use nice_plug::prelude::Param;
use serde::Serialize;
use serde_json::Value;

pub use error::PresetError;
pub(crate) use shelf::{Shelf, read};

use crate::params::{EarmarkParams, FADER_TOP_DB, ModeParam};
use crate::state::{self, NAME_LIMIT, SLOTS, StoredMode, StoredSlot};

/// The version of the file that is written, and the newest that is read.
pub const VERSION: u64 = 1;
/// Larger files are no presets.
const LARGEST: u64 = 256 * 1024;

/// The parameters that belong to a sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Values {
    /// 0 is off, 1 to 8 are the slots.
    pub slot: i32,
    /// The slot that is heard together with it: 0 is none, 1 to 8 are the slots.
    pub also: i32,
    /// Isolate, remove or custom.
    pub mode: StoredMode,
    /// Gain of the named sound in dB, -60 to 12.
    pub target_db: f32,
    /// Gain of everything else in dB, -60 to 12.
    pub rest_db: f32,
    /// By how many dB "remove" turns the named sound down, 0 to 60.
    pub attenuation_limit_db: f32,
    /// Share of the processed sound, 0 to 1.
    pub wet: f32,
    /// See [`Shaping::sensitivity`].
    pub sensitivity: f32,
    /// See [`Shaping::floor_db`].
    pub floor_db: f32,
    /// See [`Shaping::smoothing_ms`].
    pub smoothing_ms: f32,
    /// See [`Shaping::gate`].
    pub gate: f32,
}

impl Default for Values {
    fn default() -> Self {
        let (mix, shaping) = (MixSettings::default(), Shaping::default());
        Values {
            slot: 1,
            also: 0,
            mode: StoredMode::Isolate,
            target_db: mix.target_db,
            rest_db: mix.rest_db,
            attenuation_limit_db: mix.attenuation_limit_db,
            wet: mix.wet,
            sensitivity: shaping.sensitivity,
            floor_db: shaping.floor_db,
            smoothing_ms: shaping.smoothing_ms,
            gate: shaping.gate,
        }
    }
}

impl Values {
    /// What the parameters are now.
    pub fn of(params: &EarmarkParams) -> Values {
        let (mix, shaping) = (params.settings(), params.shaping());
        Values {
            slot: params.slot.value(),
            also: params.also.value(),
            mode: state::StoredMix::from(mix).mode,
            target_db: mix.target_db,
            rest_db: mix.rest_db,
            attenuation_limit_db: mix.attenuation_limit_db,
            wet: mix.wet,
            sensitivity: shaping.sensitivity,
            floor_db: shaping.floor_db,
            smoothing_ms: shaping.smoothing_ms,
            gate: shaping.gate,
        }
    }

    /// Sets the parameters through the host, each as one gesture. From the editor.
    pub fn set(&self, params: &EarmarkParams, host: &ParamSetter) {
        fn gesture<P: Param>(host: &ParamSetter, param: &P, value: P::Plain) {
            host.begin_set_parameter(param);
            host.set_parameter(param, value);
            host.end_set_parameter(param);
        }
        let mode = match self.mode {
            StoredMode::Isolate => ModeParam::Isolate,
            StoredMode::Remove => ModeParam::Remove,
            StoredMode::Custom => ModeParam::Custom,
        };
        gesture(host, &params.mode, mode);
        gesture(host, &params.slot, self.slot);
        gesture(host, &params.also, self.also);
        for (param, value) in [
            (&params.target, self.target_db),
            (&params.rest, self.rest_db),
            (&params.limit, self.attenuation_limit_db),
            (&params.wet, self.wet),
            (&params.sensitivity, self.sensitivity),
            (&params.floor, self.floor_db),
            (&params.smoothing, self.smoothing_ms),
            (&params.gate, self.gate),
        ] {
            gesture(host, param, value);
        }
    }
}

/// What a person would call a sound.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    /// What it is called.
    pub name: String,
    /// At most [`SLOTS`], without conditions.
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

    /// Reads a file's text; `place` is what the file is called in an error.
    ///
    /// # Errors
    /// [`PresetError`]: what was given, and what is allowed.
    pub fn from_json(text: &str, place: &str) -> Result<Preset, PresetError> {
        let file: Value = serde_json::from_str(text).map_err(|error| PresetError::Json {
            place: place.into(),
            reason: error.to_string(),
        })?;
        match &file["earmark_preset"] {
            Value::Null => {
                return Err(PresetError::NoPreset { place: place.into() });
            }
            version
                if version
                    .as_u64()
                    .is_some_and(|version| (1..=VERSION).contains(&version)) => {}
            version => {
                return Err(PresetError::Version {
                    place: place.into(),
                    given: version.to_string(),
                });
            }
        }
        let reader = Reader { place };
        let default = Values::default();
        let number = |name, low, high, default| reader.number(&file, name, (low, high), default);
        let slot = |name, default: i32| number(name, 0.0, SLOTS as f32, default as f32);
        let gain = |name, default| number(name, FADER_BOTTOM_DB, FADER_TOP_DB, default);
        let values = Values {
            slot: slot("slot", default.slot)? as i32,
            also: slot("also", default.also)? as i32,
            mode: reader.mode(&file)?,
            target_db: gain("target_db", default.target_db)?,
            rest_db: gain("rest_db", default.rest_db)?,
            attenuation_limit_db: number("attenuation_limit_db", 0.0, 60.0, default.attenuation_limit_db)?,
            wet: number("wet", 0.0, 1.0, default.wet)?,
            sensitivity: number("sensitivity", 0.25, 4.0, default.sensitivity)?,
            floor_db: number("floor_db", NO_FLOOR_DB, 0.0, default.floor_db)?,
            smoothing_ms: number("smoothing_ms", 0.0, 500.0, default.smoothing_ms)?,
            gate: number("gate", 0.0, 1.0, default.gate)?,
        };
        Ok(Preset {
            name: name(file["name"].as_str().unwrap_or_default())?,
            slots: reader.slots(&file)?,
            values,
        })
    }
}

/// A preset's name as it is kept.
///
/// # Errors
/// [`PresetError::Name`] for one that could not be a file's everywhere.
pub(crate) fn name(given: &str) -> Result<String, PresetError> {
    let name = given.trim();
    let forbidden = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let reserved = ["CON", "PRN", "AUX", "NUL"];
    if name.is_empty()
        || name.chars().count() > NAME_LIMIT
        || name.starts_with('.')
        || name.ends_with('.')
        || name.contains(forbidden)
        || reserved.iter().any(|word| word.eq_ignore_ascii_case(name))
    {
        return Err(PresetError::Name {
            given: state::line(given, 2 * NAME_LIMIT),
            most: NAME_LIMIT,
        });
    }
    Ok(name.to_owned())
}

/// Reads parts of a file, strictly.
struct Reader<'a> {
    place: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, name: &str, given: &Value, allowed: impl Into<String>) -> PresetError {
        PresetError::Value {
            place: self.place.into(),
            name: name.into(),
            given: state::line(&given.to_string(), 60),
            allowed: allowed.into(),
        }
    }

    fn number(
        &self,
        of: &Value,
        name: &str,
        (low, high): (f32, f32),
        default: f32,
    ) -> Result<f32, PresetError> {
        match &of[name] {
            Value::Null => Ok(default),
            given => given
                .as_f64()
                .map(|value| value as f32)
                .filter(|value| (low..=high).contains(value))
                .ok_or_else(|| self.wrong(name, given, format!("a number from {low} to {high}"))),
        }
    }

    fn mode(&self, of: &Value) -> Result<StoredMode, PresetError> {
        match &of["mode"] {
            Value::Null => Ok(StoredMode::default()),
            given => serde_json::from_value(given.clone())
                .map_err(|_| self.wrong("mode", given, "isolate, remove or custom")),
        }
    }

    fn slots(&self, file: &Value) -> Result<Vec<StoredSlot>, PresetError> {
        let given = &file["slots"];
        let slots = match given {
            Value::Null => return Ok(vec![]),
            Value::Array(slots) if slots.len() <= SLOTS => slots,
            _ => return Err(self.wrong("slots", given, format!("a list of at most {SLOTS} slots"))),
        };
        slots
            .iter()
            .enumerate()
            .map(|(i, slot)| self.slot(slot, &format!("slots[{i}]")))
            .collect()
    }

    fn slot(&self, slot: &Value, name: &str) -> Result<StoredSlot, PresetError> {
        if !slot.is_object() {
            return Err(self.wrong(name, slot, "an object with a text"));
        }
        for part in ["text", "negative", "name"] {
            if !matches!(slot[part], Value::Null | Value::String(_)) {
                return Err(self.wrong(&format!("{name}.{part}"), &slot[part], "a text"));
            }
        }
        self.number(slot, "colour", (0.0, f32::from(state::COLOURS - 1)), 0.0)?;
        match &slot["own"] {
            Value::Null => {}
            own if own.is_object() => {
                self.mode(own)?;
                for part in ["target_db", "rest_db"] {
                    self.number(own, part, (FADER_BOTTOM_DB, FADER_TOP_DB), 0.0)?;
                }
                self.number(own, "attenuation_limit_db", (0.0, 60.0), 60.0)?;
            }
            own => return Err(self.wrong(&format!("{name}.own"), own, "an object with a mode and gains")),
        }
        let slot = StoredSlot {
            conditions: vec![],
            ..state::slot(slot)
        };
        Ok(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StoredMix;

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
                    own: Some(StoredMix {
                        mode: StoredMode::Remove,
                        attenuation_limit_db: 30.0,
                        ..StoredMix::default()
                    }),
                    ..StoredSlot::of("typing + steps")
                },
            ],
            values: Values {
                slot: 2,
                also: 8,
                mode: StoredMode::Custom,
                rest_db: -17.5,
                sensitivity: 1.5,
                gate: 0.25,
                ..Values::default()
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

    #[test]
    fn the_parameters_defaults_are_the_values_defaults() {
        let params = EarmarkParams::new(&crate::session::Session::new());
        assert_eq!(Values::of(&params), Values::default());
    }
}
