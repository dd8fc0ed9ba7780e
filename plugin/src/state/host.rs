//! Writing a state without an editor.

use std::collections::BTreeMap;

use earmark_models::Condition;
use earmark_models::resunet::Quality;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::{PluginState, Vst3Plugin};

use super::{SLOTS, StoredCondition, StoredQueries, StoredSlot, StoredSound, VERSION};
use crate::processor::Earmark;

/// A state to be given to a host, where there is no editor to type into.
///
/// ```
/// use earmark_plugin::state::HostState;
/// use nice_plug::plugin::ParamValue;
///
/// let state = HostState::for_query("a dog barking").with_param("mode", ParamValue::String("remove".into()));
/// let bytes_for_clap = state.to_clap();
/// let bytes_for_vst3 = state.to_json();
/// let preset_file = state.to_vst3_preset();
/// ```
#[derive(Debug, Clone, Default)]
pub struct HostState {
    queries: StoredQueries,
    params: BTreeMap<String, ParamValue>,
}

impl HostState {
    /// This text in slot 1, which is made the active one; everything else stays as it is.
    pub fn for_query(text: &str) -> HostState {
        HostState::default()
            .with_query(0, text)
            .with_param("slot", ParamValue::I32(1))
    }

    /// Puts a text into a slot, 0 to 7. Slots beyond are ignored.
    #[must_use]
    pub fn with_query(mut self, slot: usize, text: &str) -> HostState {
        self.queries.version = VERSION;
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
        self.queries.version = VERSION;
        self.queries.model.id = id.into();
        self.queries.quality = quality;
        self
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

    /// Sets a parameter by its identifier, to its plain value: see [`crate::params::EarmarkParams`].
    #[must_use]
    pub fn with_param(mut self, id: &str, value: ParamValue) -> HostState {
        self.params.insert(id.into(), value);
        self
    }

    /// The JSON object: what a VST3 host hands to the component.
    pub fn to_json(&self) -> Vec<u8> {
        let text = |value: serde_json::Result<String>| value.unwrap_or_default();
        let state = PluginState {
            version: env!("CARGO_PKG_VERSION").into(),
            params: self.params.clone(),
            fields: [("queries".to_owned(), text(serde_json::to_string(&self.queries)))].into(),
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
        let class: String = Earmark::VST3_CLASS_ID
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
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
