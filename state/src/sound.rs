//! Sounds that a slot names beside its text: those that are no words.

use earmark_queries::{Clip, ClipId, Embedding, Medium, Outline, Sound};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSound {
    /// What it is.
    pub sound: Named,
    /// Whether it is to be heard, or not to be heard with the others.
    pub wanted: bool,
}

/// What such a sound is.
#[derive(Debug, Clone, PartialEq)]
pub enum Named {
    /// One that this version can listen for, where the model can.
    Known(Sound),
    /// One of a kind that only a later version knows, or a damaged one. It is kept as it is, and written again.
    Unknown(Value),
}

impl NamedSound {
    /// A sound that is to be heard.
    pub fn wanted(sound: Sound) -> NamedSound {
        NamedSound {
            sound: Named::Known(sound),
            wanted: true,
        }
    }

    /// What a person would call it.
    pub fn title(&self) -> String {
        match &self.sound {
            Named::Known(sound) => sound.to_string(),
            Named::Unknown(value) => value
                .get("name")
                .and_then(Value::as_str)
                .map_or_else(|| "an unknown sound".into(), str::to_owned),
        }
    }

    /// The same under another name, where it is of a kind that this version knows.
    #[must_use]
    pub fn renamed(self, name: &str) -> NamedSound {
        let sound = match self.sound {
            Named::Known(Sound::Clip(clip)) => Named::Known(Sound::Clip(clip.renamed(name))),
            other => other,
        };
        NamedSound { sound, ..self }
    }

    /// How loud it is from its beginning to its end, 0 to [`Outline::LOUDEST`]; empty where that is not known.
    pub fn outline(&self) -> &[u8] {
        match &self.sound {
            Named::Known(Sound::Clip(clip)) => clip.outline().levels(),
            _ => &[],
        }
    }

    /// Whether it is a picture of what makes it.
    pub fn is_picture(&self) -> bool {
        matches!(&self.sound, Named::Known(Sound::Clip(clip)) if clip.medium() == Medium::Picture)
    }

    /// What it should be, where it is of a kind that this version knows and cannot be read.
    pub fn damage(value: &Value) -> Option<&'static str> {
        let is_known = !value["clip"].is_null() || !value["picture"].is_null();
        let is_damaged = is_known && clip(value).is_none();
        is_damaged.then_some(
            "a clip or a picture with an identity, a name, an encoder and at most 2048 values that it gives",
        )
    }

    /// Reads one, of whatever kind.
    pub fn of(value: Value) -> NamedSound {
        let unwanted = value.get("unwanted").and_then(Value::as_bool);
        NamedSound {
            wanted: !unwanted.unwrap_or_default(),
            sound: clip(&value).map_or(Named::Unknown(value), |clip| Named::Known(Sound::Clip(clip))),
        }
    }
}

/// A clip as it is stored. To versions that know no pictures one is of a kind that they do not know: they keep it as it is.
#[derive(Serialize, Deserialize)]
struct StoredClip {
    /// The identity of a sound, or of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(default)]
    name: String,
    encoder: String,
    values: Vec<f32>,
    /// Of an [`Outline`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    outline: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unwanted: bool,
}

fn clip(value: &Value) -> Option<Clip> {
    let stored = StoredClip::deserialize(value).ok()?;
    let embedding = Embedding {
        encoder: stored.encoder,
        values: stored.values,
    };
    let (medium, id) = match (&stored.clip, &stored.picture) {
        (Some(id), None) => (Medium::Sound, id),
        (None, Some(id)) => (Medium::Picture, id),
        _ => return None,
    };
    let clip = Clip::of(medium, ClipId::new(id).ok()?, &stored.name, embedding).ok()?;
    Some(clip.with_outline(Outline::read(&stored.outline)))
}

/// The identity of a clip of this medium.
fn id_of(clip: &Clip, medium: Medium) -> Option<String> {
    (clip.medium() == medium).then(|| clip.id().as_str().to_owned())
}

impl Serialize for NamedSound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.sound {
            Named::Known(Sound::Clip(clip)) => StoredClip {
                clip: id_of(clip, Medium::Sound),
                picture: id_of(clip, Medium::Picture),
                name: clip.name().into(),
                encoder: clip.embedding().encoder.clone(),
                values: clip.embedding().values.clone(),
                outline: clip.outline().digits(),
                unwanted: !self.wanted,
            }
            .serialize(serializer),
            Named::Unknown(value) => value.serialize(serializer),
            Named::Known(sound) => Err(serde::ser::Error::custom(format!(
                "\u{201c}{sound}\u{201d} belongs into the slot's text"
            ))),
        }
    }
}
