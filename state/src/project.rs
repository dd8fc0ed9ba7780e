//! What a project stores beside the parameters.

use earmark_controls::{Automation, ChannelMode, SLOTS};
use earmark_models::resunet::Quality;
use serde::{Deserialize, Deserializer, Serialize};

use crate::bounded;
use crate::condition::ModelRef;
use crate::slot::StoredSlot;
use crate::text::query_line;

/// The newest version of the field `queries`, which knows sounds that are no texts.
pub const VERSION: u32 = 3;
/// The version that is written where all sounds are texts: earlier versions of Earmark know all of that, too.
pub const TEXTS: u32 = 2;

/// The field `queries`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StoredQueries {
    /// [`VERSION`] or [`TEXTS`] when it was written.
    pub version: u32,
    /// The model that the project was made with.
    pub model: ModelRef,
    /// How it was run.
    pub quality: Quality,
    /// By how many dB the model hears the input louder; `None` is found automatically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim: Option<f32>,
    /// What the model hears of two channels.
    pub stereo: ChannelMode,
    /// When automation acts; `None` is what the host needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Automation>,
    /// At most [`SLOTS`].
    pub slots: Vec<StoredSlot>,
}

impl StoredQueries {
    /// Puts a text into a slot, 0 to 7, or empties it.
    pub fn put(&mut self, slot: usize, text: &str) {
        if let Some(slot) = self.all_slots().get_mut(slot) {
            slot.text = query_line(text);
        }
    }

    /// All [`SLOTS`] slots.
    pub fn all_slots(&mut self) -> &mut [StoredSlot] {
        self.slots.resize_with(SLOTS, StoredSlot::default);
        &mut self.slots
    }

    /// Forgets what the texts were encoded to. What clips were embedded to is part of them, and stays.
    #[must_use]
    pub fn without_conditions(mut self) -> StoredQueries {
        self.slots.iter_mut().for_each(|slot| slot.conditions.clear());
        self
    }

    /// The same under the version that it is written as: the oldest that knows all of it.
    #[must_use]
    pub fn stamped(mut self) -> StoredQueries {
        let texts_alone = self.slots.iter().all(|slot| slot.sounds.is_empty());
        self.version = if texts_alone { TEXTS } else { VERSION };
        self
    }
}

/// Reads whatever can be read: a damaged slot loses that slot, not the project. Memory is bounded by what a state can have, not by
/// what is given.
impl<'de> Deserialize<'de> for StoredQueries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = bounded::value(deserializer)?;
        let part = |name: &str| value.get(name).cloned().unwrap_or_default();
        let slots = value.get("slots").and_then(|slots| slots.as_array());
        Ok(StoredQueries {
            version: part("version")
                .as_u64()
                .and_then(|version| version.try_into().ok())
                .unwrap_or(VERSION),
            model: serde_json::from_value(part("model")).unwrap_or_default(),
            quality: serde_json::from_value(part("quality")).unwrap_or_default(),
            trim: part("trim")
                .as_f64()
                .map(|db| db as f32)
                .filter(|db| db.abs() <= 60.0),
            stereo: serde_json::from_value(part("stereo")).unwrap_or_default(),
            timing: serde_json::from_value(part("timing")).unwrap_or_default(),
            slots: slots
                .into_iter()
                .flatten()
                .take(SLOTS)
                .map(StoredSlot::from)
                .collect(),
        })
    }
}
