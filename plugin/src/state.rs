//! What is stored in a project, and how to write it without an editor.
//!
//! # Where it is
//! The state is one JSON object. A CLAP stream holds its length as 8 bytes, little-endian, and then the object. The VST3
//! component's stream holds the object alone; the edit controller's is empty. A `.vstpreset` file holds it as its `Comp`
//! chunk. JUCE hosts (`raw_state` of pedalboard, `save_state` of DawDreamer) wrap the component's stream once more
//! in a form of their own; use a preset file there.
//!
//! # What it is
//! ```json
//! {
//!   "version": "0.1.0",
//!   "params": {
//!     "bypass": {"bool": false}, "mode": {"string": "isolate"}, "slot": {"i32": 1},
//!     "target": {"f32": 0.0}, "rest": {"f32": 0.0}, "limit": {"f32": 60.0}, "wet": {"f32": 1.0},
//!     "mute_target": {"bool": false}, "mute_rest": {"bool": false},
//!     "sensitivity": {"f32": 1.0}, "floor": {"f32": -60.0}, "smoothing": {"f32": 0.0}, "gate": {"f32": 0.0},
//!     "also": {"i32": 0}
//!   },
//!   "fields": {"queries": "…", "window": "…"}
//! }
//! ```
//! Each field is JSON again, as a string. A parameter or a field that is missing keeps its value; what is not known is
//! left out. `window` is `[width, height]` in points. `queries` is
//! ```json
//! {
//!   "version": 2,
//!   "model": {"id": "earmark-small", "sha256": "…"},
//!   "quality": "balanced",
//!   "trim": 12.0,
//!   "stereo": "linked",
//!   "timing": "in-time",
//!   "slots": [
//!     {"text": "a dog barking", "negative": "speech", "name": "Rex", "colour": 3,
//!      "own": {"mode": "remove", "target_db": 0.0, "rest_db": -3.0, "attenuation_limit_db": 24.0},
//!      "conditions": [
//!        {"text": "a dog barking", "encoder": "minilm", "model": {"id": "…", "sha256": "…"}, "values": [0.01, …]},
//!        {"text": "speech", …}
//!      ]},
//!     …
//!   ]
//! }
//! ```
//! `quality` is `fast`, `balanced` or `best`, for models that have the choice. `trim` is by how many dB the model hears the
//! input louder; without it, that is found automatically. `stereo` is `linked` or `each` (channel by itself), `timing` `in-time` or
//! `at-output` (for hosts that shift automation themselves). There are at most eight slots; those that are missing are empty.
//! `text` and `negative` are read as [`earmark_queries::Phrases`] says. A slot with a mix of its `own` is heard with that instead of
//! the parameters'. A sound without an entry in `conditions` is encoded from its text in the background, so a state may be written
//! by hand: `{"slots": [{"text": "rain"}]}` is a whole `queries`.
//!
//! Version 1 had one `condition` for the whole text of a slot, and no more than the text beside it; it is read as before.

mod host;

use earmark_engine::{ChannelMode, FADER_BOTTOM_DB, MixSettings, Mode};
use earmark_models::resunet::Quality;
use earmark_models::{Condition, EncoderKind, SeparatorSpec};
use earmark_queries::Phrases;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub use host::HostState;

use crate::params::FADER_TOP_DB;

/// Query slots.
pub const SLOTS: usize = earmark_engine::SLOTS;
/// Version of the field `queries`.
pub const VERSION: u32 = 2;
/// Colours that a slot can have: 0 to 7.
pub const COLOURS: u8 = 8;
/// Most characters of a slot's name.
pub const NAME_LIMIT: usize = 40;

/// A model, by name and weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelRef {
    /// Its name in the catalogue.
    pub id: String,
    /// SHA-256 of its weights, in hexadecimal.
    pub sha256: String,
}

impl From<&SeparatorSpec> for ModelRef {
    fn from(spec: &SeparatorSpec) -> ModelRef {
        ModelRef {
            id: spec.id.clone(),
            sha256: spec.sha256.clone(),
        }
    }
}

/// A condition as it is stored: what was computed, and by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredCondition {
    /// The encoder that made it.
    pub encoder: EncoderKind,
    /// The model that it was made for.
    #[serde(default)]
    pub model: ModelRef,
    /// `[condition_size]`.
    pub values: Vec<f32>,
}

impl StoredCondition {
    /// The condition, if a separator of this specification can read it.
    pub fn usable(&self, spec: &SeparatorSpec) -> Option<Condition> {
        let fits = self.encoder == spec.encoder && self.values.len() == spec.condition_size;
        // Encoders give vectors of unit norm; anything far from that was not written by one.
        let norm: f32 = self.values.iter().map(|value| value * value).sum();
        (fits && (0.25..=4.0).contains(&norm)).then(|| Condition {
            encoder: self.encoder,
            values: self.values.as_slice().into(),
        })
    }
}

/// The condition of one sound that a query names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSound {
    /// The sound, as [`earmark_queries::Phrases`] finds it in the query.
    pub text: String,
    /// What it was encoded to.
    #[serde(flatten)]
    pub condition: StoredCondition,
}

/// What a slot does with its sound, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredMode {
    /// Hear only the sound.
    #[default]
    Isolate,
    /// Hear everything but it.
    Remove,
    /// Hear both, each with its own gain.
    Custom,
}

/// A slot's own mix, in force while the slot is active instead of the parameters'. What is missing has the parameters'
/// default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredMix {
    /// What the gains mean.
    pub mode: StoredMode,
    /// Gain of the sound in dB, -60 (silence) to 12.
    pub target_db: f32,
    /// Gain of everything else in dB, -60 (silence) to 12.
    pub rest_db: f32,
    /// By how many dB "remove" turns the sound down, 0 to 60 (silence).
    pub attenuation_limit_db: f32,
}

impl Default for StoredMix {
    fn default() -> Self {
        MixSettings::default().into()
    }
}

impl From<MixSettings> for StoredMix {
    fn from(settings: MixSettings) -> StoredMix {
        StoredMix {
            mode: match settings.mode {
                Mode::Isolate => StoredMode::Isolate,
                Mode::Remove => StoredMode::Remove,
                Mode::Custom => StoredMode::Custom,
            },
            target_db: settings.target_db,
            rest_db: settings.rest_db,
            attenuation_limit_db: settings.attenuation_limit_db,
        }
        .tidy()
    }
}

impl From<StoredMix> for MixSettings {
    fn from(mix: StoredMix) -> MixSettings {
        MixSettings {
            mode: match mix.mode {
                StoredMode::Isolate => Mode::Isolate,
                StoredMode::Remove => Mode::Remove,
                StoredMode::Custom => Mode::Custom,
            },
            target_db: mix.target_db,
            rest_db: mix.rest_db,
            attenuation_limit_db: mix.attenuation_limit_db,
            ..MixSettings::default()
        }
    }
}

impl StoredMix {
    /// The same within the parameters' ranges.
    fn tidy(self) -> StoredMix {
        let within = |value: f32, low: f32, high: f32, default: f32| {
            if value.is_nan() {
                default
            } else {
                value.clamp(low, high)
            }
        };
        StoredMix {
            mode: self.mode,
            target_db: within(self.target_db, FADER_BOTTOM_DB, FADER_TOP_DB, 0.0),
            rest_db: within(self.rest_db, FADER_BOTTOM_DB, FADER_TOP_DB, 0.0),
            attenuation_limit_db: within(self.attenuation_limit_db, 0.0, -FADER_BOTTOM_DB, -FADER_BOTTOM_DB),
        }
    }
}

/// One slot as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StoredSlot {
    /// The query; empty for an empty slot.
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
    pub own: Option<StoredMix>,
    /// What its sounds were encoded to.
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
            text: tidy(text),
            ..StoredSlot::default()
        }
    }

    /// The sounds that it names.
    pub fn phrases(&self) -> Phrases {
        Phrases::parse(&self.text, &self.negative)
    }

    /// The same with every text on one line and every value within its range.
    pub(crate) fn tidied(mut self) -> StoredSlot {
        self.text = tidy(&self.text);
        self.negative = tidy(&self.negative);
        self.name = line(&self.name, NAME_LIMIT);
        self.colour = self.colour.min(COLOURS - 1);
        self.own = self.own.map(StoredMix::tidy);
        self
    }
}

/// What the model hears of two channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stereo {
    /// One mask for both: the stereo image stays as it is.
    #[default]
    Linked,
    /// Each channel for itself, at twice the cost.
    Each,
}

impl From<Stereo> for ChannelMode {
    fn from(stereo: Stereo) -> ChannelMode {
        match stereo {
            Stereo::Linked => ChannelMode::Linked,
            Stereo::Each => ChannelMode::Each,
        }
    }
}

/// When automation acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// When the sample that it belongs to leaves the delay: for hosts that compensate latency and leave automation alone.
    #[default]
    InTime,
    /// At the output at once: for hosts that shift automation themselves.
    AtOutput,
}

/// The field `queries`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StoredQueries {
    /// [`VERSION`] when it was written.
    pub version: u32,
    /// The model that the project was made with.
    pub model: ModelRef,
    /// How it was run.
    pub quality: Quality,
    /// By how many dB the model hears the input louder; `None` is found automatically.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim: Option<f32>,
    /// What the model hears of two channels.
    pub stereo: Stereo,
    /// When automation acts.
    pub timing: Timing,
    /// At most [`SLOTS`].
    pub slots: Vec<StoredSlot>,
}

impl StoredQueries {
    /// Puts a text into a slot, 0 to 7, or empties it.
    pub fn put(&mut self, slot: usize, text: &str) {
        if let Some(slot) = self.all_slots().get_mut(slot) {
            slot.text = tidy(text);
        }
    }

    /// All [`SLOTS`] slots.
    pub(crate) fn all_slots(&mut self) -> &mut [StoredSlot] {
        self.slots.resize_with(SLOTS, StoredSlot::default);
        &mut self.slots
    }

    /// Forgets what the sounds were encoded to.
    pub(crate) fn without_conditions(mut self) -> StoredQueries {
        self.slots.iter_mut().for_each(|slot| slot.conditions.clear());
        self
    }
}

/// Reads whatever can be read: a damaged slot loses that slot, not the project.
impl<'de> Deserialize<'de> for StoredQueries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let part = |name: &str| value.get(name).cloned().unwrap_or_default();
        let slots = part("slots")
            .as_array()
            .map(|slots| slots.iter().take(SLOTS).map(slot).collect());
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
            slots: slots.unwrap_or_default(),
        })
    }
}

/// A slot from whatever of it can be read.
pub(crate) fn slot(value: &Value) -> StoredSlot {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let sounds = value.get("conditions").and_then(Value::as_array);
    let sounds = sounds.into_iter().flatten().take(Phrases::MOST);
    // Version 1: one condition for the whole text.
    let whole = value.get("condition").cloned().and_then(|condition| {
        Some(StoredSound {
            text: tidy(&text("text")),
            condition: serde_json::from_value(condition).ok()?,
        })
    });
    let conditions = sounds.filter_map(|sound| serde_json::from_value(sound.clone()).ok());
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
        conditions: whole.into_iter().chain(conditions).collect(),
    }
    .tidied()
}

/// A query as it is kept: on one line, no longer than the editor allows.
pub fn tidy(text: &str) -> String {
    line(text, earmark_gui::QUERY_LIMIT)
}

/// A text on one line, of at most so many characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.trim()
        .chars()
        .take(most)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> StoredQueries {
        serde_json::from_str(json).expect("valid JSON is always read")
    }

    #[test]
    fn what_is_written_is_read_back_bit_by_bit() {
        let values = (0..384).map(|i| (i as f32).sin() / 13.86).collect();
        let model = ModelRef {
            id: "earmark-small".into(),
            sha256: "ab12".into(),
        };
        let condition = StoredCondition {
            encoder: EncoderKind::MiniLm,
            model: model.clone(),
            values,
        };
        let slots = vec![
            StoredSlot {
                text: "Türklopfen 🚪".into(),
                negative: "speech".into(),
                name: "Tür".into(),
                colour: 7,
                own: Some(StoredMix {
                    mode: StoredMode::Remove,
                    rest_db: -6.5,
                    ..StoredMix::default()
                }),
                conditions: vec![StoredSound {
                    text: "Türklopfen 🚪".into(),
                    condition,
                }],
            },
            StoredSlot::of("rain"),
        ];
        let queries = StoredQueries {
            version: VERSION,
            model,
            quality: Quality::Best,
            trim: Some(-12.0),
            stereo: Stereo::Each,
            timing: Timing::AtOutput,
            slots,
        };
        assert_eq!(
            read(&serde_json::to_string(&queries).expect("plain data")),
            queries
        );
    }

    #[test]
    fn garbage_costs_only_itself() {
        for json in [
            "null",
            "3",
            "\"x\"",
            "[]",
            "{}",
            r#"{"slots": 3, "version": -1, "model": []}"#,
        ] {
            assert_eq!(
                read(json),
                StoredQueries {
                    version: VERSION,
                    ..StoredQueries::default()
                },
                "{json}"
            );
        }
        let queries = read(
            r#"{"version": 7, "new": true, "stereo": "wide", "timing": 3, "slots": [17, {"text": 3},
                {"text": "a", "condition": "b", "kind": "audio", "colour": 300, "own": {"mode": "explode"}},
                {"text": "c", "condition": {"encoder": "telepathy", "values": [1]}, "conditions": [3, {}], "colour": 9,
                 "own": {"target_db": 1e9}}, null, {}, {}, {}, {"text": "ninth"}]}"#,
        );
        assert_eq!(queries.version, 7);
        let texts: Vec<&str> = queries.slots.iter().map(|slot| slot.text.as_str()).collect();
        assert_eq!(texts, ["", "", "a", "c", "", "", "", ""]);
        assert!(queries.slots.iter().all(|slot| slot.conditions.is_empty()));
        assert_eq!((queries.slots[2].colour, queries.slots[3].colour), (0, 7));
        assert_eq!(queries.slots[2].own, None);
        assert_eq!(queries.slots[3].own.map(|own| own.target_db), Some(12.0));
    }

    #[test]
    fn a_condition_is_used_only_where_it_fits() {
        let spec = earmark_models::bundled::spec();
        let condition = |encoder, values| StoredCondition {
            encoder,
            model: ModelRef::default(),
            values,
        };
        let unit = || {
            let mut values = vec![0.0; spec.condition_size];
            values[0] = 1.0;
            values
        };
        assert!(condition(spec.encoder, unit()).usable(spec).is_some());
        assert!(condition(EncoderKind::Clap, unit()).usable(spec).is_none());
        assert!(condition(spec.encoder, vec![1.0]).usable(spec).is_none());
        assert!(
            condition(spec.encoder, vec![0.0; spec.condition_size])
                .usable(spec)
                .is_none()
        );
        assert!(
            condition(spec.encoder, vec![f32::NAN; spec.condition_size])
                .usable(spec)
                .is_none()
        );
    }

    #[test]
    fn texts_are_kept_on_one_line_and_short() {
        assert_eq!(tidy("  a\ndog\t\0 "), "a dog");
        assert_eq!(
            tidy(&"é".repeat(10_000)).chars().count(),
            earmark_gui::QUERY_LIMIT
        );
    }

    #[test]
    fn a_preset_file_points_at_its_one_chunk() {
        let state = HostState::for_query("rain");
        let (file, json) = (state.to_vst3_preset(), state.to_json());
        let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes")) as usize;
        let list = number(40);
        assert_eq!(&file[list..list + 4], b"List");
        assert_eq!(&file[list + 8..list + 12], b"Comp");
        let (offset, size) = (number(list + 12), number(list + 20));
        assert_eq!(&file[offset..offset + size], json);
        assert_eq!(file.len(), list + 28);
        let clap = state.to_clap();
        assert_eq!(&clap[..8], (json.len() as u64).to_le_bytes());
    }
}
