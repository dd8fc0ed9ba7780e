//! A sound by an example of it: another sound, or a picture of what makes it.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use earmark_models::{Condition, EncoderKind, SeparatorSpec};
use serde::Deserialize;
use serde::de::IntoDeserializer;

use crate::QueryError;

/// What a clip was embedded to. It goes wherever the clip goes: the sound itself need not be there to listen for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The encoder whose space it lies in, as model files name it ("clap"). It need not be one that this version knows.
    pub encoder: String,
    /// Of unit norm, where the encoder gives such.
    pub values: Vec<f32>,
}

/// What a clip is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Medium {
    /// A sound.
    #[default]
    Sound,
    /// A picture.
    Picture,
}

/// The SHA-256 of a clip's samples or pixels in hexadecimal, or whatever else its maker tells it by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClipId(String);

impl ClipId {
    /// Most characters.
    const LONGEST: usize = 64;

    /// Takes 1 to 64 ASCII letters and digits.
    ///
    /// # Errors
    /// [`QueryError::NoClip`] for anything else.
    pub fn new(id: &str) -> Result<ClipId, QueryError> {
        let fits =
            (1..=Self::LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| ClipId(id.to_owned()))
            .ok_or_else(|| QueryError::NoClip {
                what: "identity",
                given: format!("\u{201c}{}\u{201d}", id.chars().take(80).collect::<String>()),
                allowed: format!("1 to {} letters and digits", Self::LONGEST),
            })
    }

    /// The identity in letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An example of a sound: who it is, what it is called, and what it was embedded to. Cheap to clone.
///
/// Clips of one identity are one clip, whatever they are called.
#[derive(Debug, Clone)]
pub struct Clip(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: ClipId,
    medium: Medium,
    name: String,
    embedding: Embedding,
}

impl Clip {
    /// Most characters of a name.
    pub const NAME_LIMIT: usize = 40;
    /// Most values of an embedding: no known encoder gives more than half as many.
    pub const LARGEST: usize = 2048;

    /// A clip of sound; its name is cut where it is too long.
    ///
    /// # Errors
    /// As [`Clip::of`].
    pub fn new(id: ClipId, name: &str, embedding: Embedding) -> Result<Clip, QueryError> {
        Clip::of(Medium::Sound, id, name, embedding)
    }

    /// A clip of any medium; its name is cut where it is too long.
    ///
    /// # Errors
    /// [`QueryError::NoClip`] for an embedding that no encoder gives: without values, with too many, or far from unit norm where the
    /// encoder gives such, or is none that this version knows.
    pub fn of(medium: Medium, id: ClipId, name: &str, embedding: Embedding) -> Result<Clip, QueryError> {
        let refused = |what, given, allowed: &str| {
            Err(QueryError::NoClip {
                what,
                given,
                allowed: allowed.into(),
            })
        };
        let Embedding { encoder, values } = &embedding;
        if !(1..=40).contains(&encoder.len()) {
            return refused(
                "encoder",
                format!("{} bytes long", encoder.len()),
                "a name of 1 to 40 bytes",
            );
        }
        if !(1..=Self::LARGEST).contains(&values.len()) {
            let given = format!("{} values long", values.len());
            return refused("embedding", given, "1 to 2048 values long");
        }
        if !may_be(encoder, values) {
            let allowed = "one of a norm that its encoder gives";
            return refused("embedding", "no such vector".into(), allowed);
        }
        let name = name.chars().map(|c| if c.is_control() { ' ' } else { c });
        let name: String = name.take(Self::NAME_LIMIT).collect();
        let name = name.trim().to_owned();
        Ok(Clip(Arc::new(Inner {
            id,
            medium,
            name,
            embedding,
        })))
    }

    /// What tells it from other clips.
    pub fn id(&self) -> &ClipId {
        &self.0.id
    }

    /// What it is.
    pub fn medium(&self) -> Medium {
        self.0.medium
    }

    /// What a person calls it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it was embedded to.
    pub fn embedding(&self) -> &Embedding {
        &self.0.embedding
    }

    /// What a separator reads of it.
    ///
    /// # Errors
    /// [`QueryError::Clip`] where the separator was trained with another encoder.
    pub fn condition(&self, spec: &SeparatorSpec) -> Result<Condition, QueryError> {
        let Embedding { encoder, values } = self.embedding();
        let needed = encoder_name(spec.encoder);
        if *encoder != needed || values.len() != spec.condition_size {
            return Err(QueryError::Clip {
                name: self.name().into(),
                given: encoder.clone(),
                model: spec.id.clone(),
                needed,
            });
        }
        Ok(Condition {
            encoder: spec.encoder,
            values: values.as_slice().into(),
        })
    }
}

/// Whether values are what the encoder of this name gives, by their norm: about one for encoders that only a later version knows.
fn may_be(encoder: &str, values: &[f32]) -> bool {
    let kind: Result<EncoderKind, serde::de::value::Error> =
        EncoderKind::deserialize(encoder.into_deserializer());
    kind.unwrap_or(EncoderKind::Clap).may_give(values)
}

/// As model files and projects name it.
fn encoder_name(kind: EncoderKind) -> String {
    let name = serde_json::to_value(kind).ok();
    name.and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl PartialEq for Clip {
    fn eq(&self, other: &Clip) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Clip {}

impl Hash for Clip {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl PartialOrd for Clip {
    fn partial_cmp(&self, other: &Clip) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Clip {
    fn cmp(&self, other: &Clip) -> Ordering {
        self.id().cmp(other.id())
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::bundled;

    use super::*;

    fn embedding(encoder: &str, size: usize) -> Embedding {
        let mut values = vec![0.0; size];
        values[0] = 1.0;
        let encoder = encoder.into();
        Embedding { encoder, values }
    }

    fn clip(encoder: &str, size: usize) -> Clip {
        Clip::new(ClipId::new("ab12").unwrap(), "a door", embedding(encoder, size)).unwrap()
    }

    #[test]
    fn a_clip_is_read_where_its_encoder_is() {
        let spec = bundled::spec();
        let condition = clip("minilm", spec.condition_size).condition(spec).unwrap();
        assert!(condition.check(spec.encoder, spec.condition_size).is_ok());
        for foreign in [
            clip("clap", 512),
            clip("of a later version", 384),
            clip("minilm", 512),
        ] {
            let sentence = foreign.condition(spec).unwrap_err().to_string();
            assert!(
                sentence.contains("a door") && sentence.contains(&spec.id),
                "{sentence}"
            );
        }
    }

    #[test]
    fn a_picture_may_have_the_length_that_its_encoder_gives() {
        let picture = |encoder: &str, length: f32| {
            let mut embedding = embedding(encoder, 512);
            embedding.values[0] = length;
            Clip::of(Medium::Picture, ClipId::new("ab12").unwrap(), "a dog", embedding)
        };
        assert_eq!(picture("clip", 1.0).unwrap().medium(), Medium::Picture);
        assert!(picture("clipsep", 10.0).is_ok());
        for (encoder, length) in [
            ("clip", 10.0),
            ("clipsep", 0.0),
            ("clipsep", f32::NAN),
            ("of a later version", 10.0),
        ] {
            assert!(picture(encoder, length).is_err(), "{encoder}, {length}");
        }
    }

    #[test]
    fn what_no_encoder_gives_is_refused() {
        for id in ["", "a b", "../x", &"a".repeat(65)] {
            assert!(ClipId::new(id).is_err(), "{id}");
        }
        let id = || ClipId::new("ab12").unwrap();
        for values in [vec![], vec![0.0; 4], vec![f32::NAN; 4], vec![1.0; 4096]] {
            let embedding = Embedding {
                encoder: "clap".into(),
                values,
            };
            assert!(Clip::new(id(), "x", embedding).is_err());
        }
        let long = Clip::new(id(), &"x\n".repeat(100), embedding("clap", 512)).unwrap();
        assert!(long.name().chars().count() <= Clip::NAME_LIMIT);
    }
}
