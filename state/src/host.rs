//! Writing a state without a host or an editor.

use std::collections::BTreeMap;

use earmark_controls::SLOTS;
use earmark_models::resunet::Quality;
use earmark_models::{Condition, SeparatorSpec};
use earmark_queries::Sound;
use serde::Serialize;
use serde_json::Value;

use crate::condition::{ModelRef, StoredCondition, StoredSound};
use crate::preset::Preset;
use crate::project::StoredQueries;
use crate::slot::StoredSlot;

/// The class of the plug-in in VST3 hosts, which preset files name. It is part of every project ever saved: it never changes.
pub const VST3_CLASS: [u8; 16] = *b"EarmarkTypeHear1";

/// A state to be given to a host, where there is no editor to type into.
///
/// ```
/// use earmark_state::HostState;
/// use serde_json::json;
///
/// let state = HostState::for_query("a dog barking").with_param("mode", json!({"string": "remove"}));
/// let bytes_for_clap = state.to_clap();
/// let bytes_for_vst3 = state.to_json();
/// let preset_file = state.to_vst3_preset();
/// ```
#[derive(Debug, Clone, Default)]
pub struct HostState {
    queries: StoredQueries,
    params: BTreeMap<String, Value>,
}

/// The whole of it, as nice-plug reads and writes it.
#[derive(Serialize)]
struct State<'a> {
    version: &'a str,
    params: &'a BTreeMap<String, Value>,
    fields: BTreeMap<&'a str, String>,
}

/// A parameter's plain value, as nice-plug writes it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Param {
    F32(f32),
    I32(i32),
    String(String),
}

/// What a preset stands for.
impl From<&Preset> for HostState {
    fn from(preset: &Preset) -> HostState {
        let mut state = HostState::default();
        state.queries.slots.clone_from(&preset.slots);
        let values = &preset.values;
        let mode = serde_json::to_value(values.mode).unwrap_or_default();
        state = state
            .with_param("slot", Param::I32(values.slot))
            .with_param("also", Param::I32(values.also))
            .with_param("mode", Param::String(mode.as_str().unwrap_or_default().into()));
        for (control, value) in values.numbers.iter() {
            state = state.with_param(control.parameter().id, Param::F32(value));
        }
        state
    }
}

impl HostState {
    /// This text in slot 1, which is made the active one; everything else stays as it is.
    pub fn for_query(text: &str) -> HostState {
        HostState::default()
            .with_query(0, text)
            .with_param("slot", Param::I32(1))
    }

    /// Puts a text into a slot, 0 to 7. Slots beyond are ignored.
    #[must_use]
    pub fn with_query(mut self, slot: usize, text: &str) -> HostState {
        if slot < SLOTS {
            let slots = self.queries.slots.len().max(slot + 1);
            self.queries.slots.resize(slots, StoredSlot::default());
            self.queries.slots[slot] = StoredSlot::of(text);
        }
        self
    }

    /// Asks for a model by its name in the catalogue, and for its quality.
    #[must_use]
    pub fn with_model(mut self, id: &str, quality: Quality) -> HostState {
        self.queries.model.id = id.into();
        self.queries.quality = quality;
        self
    }

    /// The same with what every sound of every slot is encoded to for a model, so that no encoder is needed.
    ///
    /// # Errors
    /// The first that `encode` gives.
    pub fn encoded<E>(
        mut self,
        spec: &SeparatorSpec,
        quality: Quality,
        mut encode: impl FnMut(&Sound) -> Result<Condition, E>,
    ) -> Result<HostState, E> {
        let model = ModelRef::from(spec);
        for slot in &mut self.queries.slots {
            slot.conditions.clear();
            for (sound, _) in slot.phrases().all() {
                let condition = encode(sound)?;
                // What is no text brings it along.
                if let Some(text) = sound.text() {
                    slot.conditions.push(StoredSound {
                        text: text.to_owned(),
                        condition: StoredCondition {
                            encoder: condition.encoder,
                            model: model.clone(),
                            values: condition.values.to_vec(),
                        },
                    });
                }
            }
        }
        self.queries.model = model;
        self.queries.quality = quality;
        Ok(self)
    }

    /// Puts a text that names one sound, with its condition, into a slot, 0 to 7, so that no encoder is needed. Slots beyond are ignored.
    #[must_use]
    pub fn with_condition(mut self, slot: usize, text: &str, condition: &Condition) -> HostState {
        self = self.with_query(slot, text);
        let model = self.queries.model.clone();
        if let Some(slot) = self.queries.slots.get_mut(slot) {
            slot.conditions = vec![StoredSound {
                text: slot.text.clone(),
                condition: StoredCondition {
                    encoder: condition.encoder,
                    model,
                    values: condition.values.to_vec(),
                },
            }];
        }
        self
    }

    /// Sets a parameter by its identifier, to its plain value as the state holds it: `{"f32": 0.5}`, `{"i32": 1}`, `{"bool": true}` or
    /// `{"string": "remove"}`. What cannot be written so is left out.
    #[must_use]
    pub fn with_param(mut self, id: &str, value: impl Serialize) -> HostState {
        if let Ok(value) = serde_json::to_value(value) {
            self.params.insert(id.into(), value);
        }
        self
    }

    /// The JSON object: what a VST3 host hands to the component.
    pub fn to_json(&self) -> Vec<u8> {
        let text = |value: serde_json::Result<String>| value.unwrap_or_default();
        let state = State {
            version: env!("CARGO_PKG_VERSION"),
            params: &self.params,
            fields: [(
                "queries",
                text(serde_json::to_string(&self.queries.clone().stamped())),
            )]
            .into(),
        };
        text(serde_json::to_string(&state)).into_bytes()
    }

    /// What a CLAP host hands to the plug-in's state extension.
    pub fn to_clap(&self) -> Vec<u8> {
        let json = self.to_json();
        [&(json.len() as u64).to_le_bytes()[..], &json].concat()
    }

    /// A `.vstpreset` file, which every VST3 host can load.
    ///
    /// Layout as in Steinberg's `vstpresetfile.h`: `VST3`, version, class id as 32 hexadecimal digits, offset of the list;
    /// the chunks; `List`, their number, and for each its name, offset and size.
    pub fn to_vst3_preset(&self) -> Vec<u8> {
        const HEADER: usize = 4 + 4 + 32 + 8;
        let json = self.to_json();
        let class: String = VST3_CLASS.iter().map(|byte| format!("{byte:02X}")).collect();
        let mut file = Vec::with_capacity(HEADER + json.len() + 28);
        file.extend(b"VST3");
        file.extend(1_u32.to_le_bytes());
        file.extend(class.as_bytes());
        file.extend(((HEADER + json.len()) as u64).to_le_bytes());
        file.extend(&json);
        file.extend(b"List");
        file.extend(1_u32.to_le_bytes());
        file.extend(b"Comp");
        file.extend((HEADER as u64).to_le_bytes());
        file.extend((json.len() as u64).to_le_bytes());
        file
    }
}
