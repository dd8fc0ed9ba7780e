//! One query slot.

use earmark_controls::{COLOURS, NAME_LIMIT, OwnMix};
use earmark_queries::Phrases;
use serde::Serialize;
use serde_json::Value;

use crate::condition::StoredSound;
use crate::sound::{Named, NamedSound};
use crate::text::{one_line, query_line};

/// One slot as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StoredSlot {
    /// The query; empty for a slot that asks for nothing in words.
    pub text: String,
    /// What is not to be heard with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub negative: String,
    /// What the slot is called; empty where it is called like its text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// 0 to 7.
    #[serde(skip_serializing_if = "is_first")]
    pub colour: u8,
    /// Its own mix, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnMix>,
    /// The sounds that it names without words; at most [`Phrases::MOST`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sounds: Vec<NamedSound>,
    /// What its texts were encoded to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<StoredSound>,
}

fn is_first(colour: &u8) -> bool {
    *colour == 0
}

impl StoredSlot {
    /// A slot with this text and nothing else.
    pub fn of(text: &str) -> StoredSlot {
        StoredSlot {
            text: query_line(text),
            ..StoredSlot::default()
        }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.sounds.is_empty()
    }

    /// What is to be heard, in words: its text, and what its other sounds are called.
    pub fn title(&self) -> String {
        let text = Some(self.text.clone()).filter(|text| !text.is_empty());
        let sounds = self.sounds.iter().filter(|sound| sound.wanted);
        let all: Vec<String> = text.into_iter().chain(sounds.map(NamedSound::title)).collect();
        all.join(" + ")
    }

    /// The sounds that it names, as far as this version knows them.
    pub fn phrases(&self) -> Phrases {
        let others = self.sounds.iter().filter_map(|named| match &named.sound {
            Named::Known(sound) => Some((sound, named.wanted)),
            Named::Unknown(_) => None,
        });
        Phrases::of(&self.text, &self.negative, others)
    }

    /// The first of its sounds that this version does not know, as a person would call it.
    pub fn unknown(&self) -> Option<String> {
        let unknown = |named: &&NamedSound| matches!(named.sound, Named::Unknown(_));
        self.sounds.iter().find(unknown).map(NamedSound::title)
    }

    /// The same with every text on one line and every value within its range.
    #[must_use]
    pub fn clamped(mut self) -> StoredSlot {
        self.text = query_line(&self.text);
        self.negative = query_line(&self.negative);
        self.name = one_line(&self.name, NAME_LIMIT);
        self.colour = self.colour.min(COLOURS - 1);
        self.own = self.own.map(OwnMix::clamped);
        self.sounds.truncate(Phrases::MOST);
        self
    }
}

/// A slot from whatever of it can be read.
impl From<&Value> for StoredSlot {
    fn from(value: &Value) -> StoredSlot {
        let text = |name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let list = |name: &str| {
            let list = value.get(name).and_then(Value::as_array);
            list.into_iter().flatten().take(Phrases::MOST).cloned()
        };
        // Version 1: one condition for the whole text.
        let whole = value.get("condition").cloned().and_then(|condition| {
            Some(StoredSound {
                text: query_line(&text("text")),
                condition: serde_json::from_value(condition).ok()?,
            })
        });
        let conditions = list("conditions").filter_map(|sound| serde_json::from_value(sound).ok());
        StoredSlot {
            text: text("text"),
            negative: text("negative"),
            name: text("name"),
            colour: value
                .get("colour")
                .and_then(Value::as_u64)
                .and_then(|colour| colour.try_into().ok())
                .unwrap_or_default(),
            own: value
                .get("own")
                .and_then(|own| serde_json::from_value(own.clone()).ok()),
            sounds: list("sounds").map(NamedSound::of).collect(),
            // JSON's largest numbers are infinite in 32 bits, and could not be written again.
            conditions: whole
                .into_iter()
                .chain(conditions)
                .filter(|sound| sound.condition.values.iter().all(|value| value.is_finite()))
                .take(Phrases::MOST)
                .collect(),
        }
        .clamped()
    }
}
