//! Reading a preset's file, strictly.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use earmark_controls::{COLOURS, Control, Mode, SLOTS};
use earmark_queries::Phrases;
use serde_json::Value;

use super::{LARGEST, Preset, PresetError, VERSION, Values, name};
use crate::slot::StoredSlot;
use crate::sound::NamedSound;
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
        let slot = |name, default: i32| reader.number(&file, name, 0.0..=SLOTS as f32, default as f32);
        let mut values = Values {
            slot: slot("slot", default.slot)? as i32,
            also: slot("also", default.also)? as i32,
            mode: reader.mode(&file)?,
            numbers: default.numbers,
        };
        for control in Control::ALL {
            values.numbers[control] = reader.control(&file, control)?;
        }
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
        range: RangeInclusive<f32>,
        default: f32,
    ) -> Result<f32, PresetError> {
        match &of[name] {
            Value::Null => Ok(default),
            given => given
                .as_f64()
                .map(|value| value as f32)
                .filter(|value| range.contains(value))
                .ok_or_else(|| {
                    let (low, high) = range.into_inner();
                    self.wrong(name, given, format!("a number from {low} to {high}"))
                }),
        }
    }

    /// The value of a control; its default where presets know nothing of it or this one has none.
    fn control(&self, of: &Value, control: Control) -> Result<f32, PresetError> {
        let number = control.number();
        match control.parameter().in_presets {
            Some(name) => self.number(of, name, number.range(), number.default),
            None => Ok(number.default),
        }
    }

    fn mode(&self, of: &Value) -> Result<Mode, PresetError> {
        match &of["mode"] {
            Value::Null => Ok(Mode::default()),
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
            if let Some(allowed) = NamedSound::damage(sound) {
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
        self.number(slot, "colour", 0.0..=f32::from(COLOURS - 1), 0.0)?;
        match &slot["own"] {
            Value::Null => {}
            own if own.is_object() => {
                self.mode(own)?;
                for control in [Control::TargetGain, Control::RestGain, Control::AttenuationLimit] {
                    self.control(own, control)?;
                }
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
