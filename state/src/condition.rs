//! What a sound was encoded to, and by what.

use earmark_models::{Condition, EncoderKind, SeparatorSpec};
use serde::{Deserialize, Serialize};

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
        // Encoders give vectors of certain norms; anything far from those was not written by one.
        (fits && self.encoder.may_give(&self.values)).then(|| Condition {
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
