//! What a saved state holds: nice-plug writes JSON, in CLAP behind its length in eight bytes.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::error::HostError;

/// How long a text may take until its condition is in the state.
const ENCODED_WITHIN: Duration = Duration::from_secs(60);

/// What an instance saves once its texts are encoded: until then a state has no conditions, and two saves may differ.
///
/// # Errors
/// What `save` says. A state without any after a minute is returned as it is, for the test to fail on.
pub fn encoded(mut save: impl FnMut() -> Result<Vec<u8>, HostError>) -> Result<Vec<u8>, HostError> {
    let begin = Instant::now();
    loop {
        let state = save()?;
        let has = state.windows(10).any(|bytes| bytes == b"conditions");
        if has || begin.elapsed() > ENCODED_WITHIN {
            return Ok(state);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A saved state, taken apart for a test to look at or to change.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDocument(pub Map<String, Value>);

impl StateDocument {
    /// Takes a state apart that was saved by a CLAP host.
    ///
    /// # Errors
    /// [`HostError::State`] when it is not JSON behind its length.
    pub fn parse(bytes: &[u8]) -> Result<Self, HostError> {
        let (length, json) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| HostError::State("it has no length".to_owned()))?;
        if u64::from_le_bytes(*length) != json.len() as u64 {
            return Err(HostError::State(format!(
                "its length says {length:?}, but {} bytes follow",
                json.len()
            )));
        }
        serde_json::from_slice(json)
            .map(Self)
            .map_err(|error| HostError::State(error.to_string()))
    }

    /// The bytes that a CLAP host would hand to the plug-in.
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = Value::Object(self.0.clone()).to_string();
        [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat()
    }

    /// The bytes that a VST3 host would.
    pub fn to_json(&self) -> Vec<u8> {
        Value::Object(self.0.clone()).to_string().into_bytes()
    }

    /// Writes a text into a query slot (0 to 7), to be encoded by the plug-in, and makes it the active one.
    pub fn set_query(&mut self, slot: usize, text: &str) {
        let mut queries = self.field("queries").unwrap_or_else(|| json!({}));
        let mut slots = queries["slots"].as_array().cloned().unwrap_or_default();
        slots.resize(slots.len().max(slot + 1), json!({"text": ""}));
        // Without its stored condition: that of another text would not do.
        slots[slot] = json!({"text": text});
        queries["slots"] = Value::Array(slots);
        self.set_field("queries", &queries);
        self.set_param("slot", json!({"i32": slot + 1}));
    }

    /// The text in a query slot.
    pub fn query(&self, slot: usize) -> Option<String> {
        Some(
            self.field("queries")?["slots"]
                .get(slot)?
                .get("text")?
                .as_str()?
                .to_owned(),
        )
    }

    /// Asks for a model and its quality: "fast", "balanced" or "best".
    pub fn set_model(&mut self, id: &str, quality: &str) {
        let mut queries = self.field("queries").unwrap_or_else(|| json!({}));
        queries["model"] = json!({"id": id, "sha256": ""});
        queries["quality"] = json!(quality);
        self.set_field("queries", &queries);
    }

    /// The model that is asked for.
    pub fn model(&self) -> Option<String> {
        Some(self.field("queries")?["model"]["id"].as_str()?.to_owned())
    }

    /// Sets the mode: "isolate", "remove" or "custom".
    pub fn set_mode(&mut self, mode: &str) {
        self.set_param("mode", json!({"string": mode}));
    }

    /// Sets a parameter by its identifier to a value with its type: `{"f32": -6.0}`, `{"bool": true}`.
    pub fn set_param(&mut self, id: &str, value: Value) {
        self.entry("params").insert(id.to_owned(), value);
    }

    /// The value of a parameter, with its type.
    pub fn param(&self, id: &str) -> Option<&Value> {
        self.0.get("params")?.get(id)
    }

    /// A persisted field, parsed: nice-plug stores each as a string of JSON.
    pub fn field(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.0.get("fields")?.get(name)?.as_str()?).ok()
    }

    /// Replaces a persisted field.
    pub fn set_field(&mut self, name: &str, value: &Value) {
        self.entry("fields")
            .insert(name.to_owned(), Value::String(value.to_string()));
    }

    /// An object of the document, made where it is missing or no object.
    fn entry(&mut self, name: &str) -> &mut Map<String, Value> {
        let entry = self.0.entry(name).or_insert(Value::Null);
        if !entry.is_object() {
            *entry = Value::Object(Map::new());
        }
        match entry {
            Value::Object(object) => object,
            _ => unreachable!("it was made an object just now"),
        }
    }
}
