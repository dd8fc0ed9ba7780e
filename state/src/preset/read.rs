//! Reading a preset's file, strictly.

use std::fs;
use std::path::Path;

use earmark_engine::{FADER_BOTTOM_DB, NO_FLOOR_DB};
use earmark_queries::Phrases;
use serde_json::Value;

use super::{LARGEST, Preset, PresetError, VERSION, Values, name};
use crate::mix::{FADER_TOP_DB, StoredMode};
use crate::project::SLOTS;
use crate::slot::{COLOURS, StoredSlot};
use crate::sound::{Named, NamedSound};
use crate::text::one_line;

/// Reads a file that somebody passed on.
///
/// # Errors
/// [`PresetError`]: what was given, and what is allowed.
pub fn open(path: &Path) -> Result<Preset, PresetError> {
    let place = path.display().to_string();
    let unreadable = |source| PresetError::Read {
        place: place.clone(),
        source,
    };
    let given = fs::metadata(path).map_err(unreadable)?.len();
    if given > LARGEST {
        return Err(PresetError::Size {
            place,
            given,
            most: LARGEST,
        });
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    Preset::from_json(&String::from_utf8_lossy(&bytes), &place)
}

impl Preset {
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

/// Reads parts of a file, strictly.
struct Reader<'a> {
    place: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, name: &str, given: &Value, allowed: impl Into<String>) -> PresetError {
        PresetError::Value {
            place: self.place.into(),
            name: name.into(),
            given: one_line(&given.to_string(), 60),
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

    fn sounds(&self, given: &Value, name: &str) -> Result<(), PresetError> {
        let sounds = match given {
            Value::Null => return Ok(()),
            Value::Array(sounds) if sounds.len() <= Phrases::MOST => sounds,
            _ => {
                let allowed = format!("a list of at most {} sounds", Phrases::MOST);
                return Err(self.wrong(name, given, allowed));
            }
        };
        for (i, sound) in sounds.iter().enumerate() {
            let name = format!("{name}[{i}]");
            if !sound.is_object() {
                return Err(self.wrong(&name, sound, "an object"));
            }
            // A sound of a kind that only a later version knows is kept as it is.
            let is_clip = !sound["clip"].is_null();
            if is_clip && matches!(NamedSound::of(sound.clone()).sound, Named::Unknown(_)) {
                let allowed =
                    "a clip with an identity, a name, an encoder and at most 2048 values of unit norm";
                return Err(self.wrong(&name, sound, allowed));
            }
        }
        Ok(())
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
        self.number(slot, "colour", (0.0, f32::from(COLOURS - 1)), 0.0)?;
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
        self.sounds(&slot["sounds"], &format!("{name}.sounds"))?;
        let slot = StoredSlot {
            conditions: vec![],
            ..StoredSlot::from(slot)
        };
        Ok(slot)
    }
}
