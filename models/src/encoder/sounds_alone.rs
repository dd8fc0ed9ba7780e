//! Encoders that read no words.

use std::sync::Arc;

use super::cnn14_audio::EMBEDDING;
use super::description::{Encoder, EncoderWeights};
use super::vectors::Vectors;
use crate::error::ModelError;
use crate::separator::{Condition, EncoderKind, QueryEncoder};

/// Values of Cnn14's embedding, by which a network that reads it is known.
pub(crate) const CNN14_SIZE: usize = 2048;

/// Cnn14's embedding, in a model's own file.
pub static CNN14: Encoder = Encoder {
    kind: EncoderKind::Cnn14,
    name: "cnn14",
    models: "USS",
    beside: None,
    weights: EncoderWeights::None(CNN14_SIZE),
    vectors: Vectors::Positive,
    open: |_| Ok(Arc::new(SoundsAlone(EncoderKind::Cnn14))),
    audio: Some(&EMBEDDING),
    image: None,
};

/// Stands where a text encoder would, and refuses every text.
struct SoundsAlone(EncoderKind);

impl QueryEncoder for SoundsAlone {
    fn kind(&self) -> EncoderKind {
        self.0
    }

    fn encode(&self, _text: &str) -> Result<Condition, ModelError> {
        Err(ModelError::SoundsAlone)
    }
}
