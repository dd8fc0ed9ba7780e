//! The encoders that are open, and what they have read lately.

use std::collections::HashMap;
use std::sync::Arc;

use earmark_models::resunet::Quality;
use earmark_models::{AudioEncoder, ImageEncoder, Model, QueryEncoder};

use crate::{Encoded, QueryError, Sound, encode};

/// Most answers that are kept, so that walking through presets encodes each sound once. Some 2 KB each.
const KEPT: usize = 512;

/// Lives as long as the service's thread: what is idle is freed.
#[derive(Default)]
pub(super) struct Encoders {
    open: HashMap<Model, Arc<dyn QueryEncoder>>,
    ears: HashMap<Model, Arc<dyn AudioEncoder>>,
    eyes: HashMap<Model, Arc<dyn ImageEncoder>>,
    read: HashMap<(Model, Sound), Encoded>,
    /// How often a sound was really encoded.
    #[cfg(test)]
    pub(super) encoded: usize,
}

impl Encoders {
    /// The model's encoder, opened if need be.
    pub(super) fn open(&mut self, model: &Model) -> Result<Arc<dyn QueryEncoder>, QueryError> {
        if let Some(encoder) = self.open.get(model) {
            return Ok(encoder.clone());
        }
        let encoder = model.encoder()?;
        self.open.insert(model.clone(), encoder.clone());
        Ok(encoder)
    }

    /// What encodes examples of sounds for the model, opened if need be.
    pub(super) fn ears(&mut self, model: &Model) -> Result<Arc<dyn AudioEncoder>, QueryError> {
        if let Some(ears) = self.ears.get(model) {
            return Ok(ears.clone());
        }
        let ears = model.audio_encoder()?;
        self.ears.insert(model.clone(), ears.clone());
        Ok(ears)
    }

    /// What encodes pictures for the model, opened if need be.
    pub(super) fn eyes(&mut self, model: &Model) -> Result<Arc<dyn ImageEncoder>, QueryError> {
        if let Some(eyes) = self.eyes.get(model) {
            return Ok(eyes.clone());
        }
        let eyes = model.image_encoder()?;
        self.eyes.insert(model.clone(), eyes.clone());
        Ok(eyes)
    }

    /// The sound as this model reads it.
    pub(super) fn encode(&mut self, model: &Model, sound: &Sound) -> Result<Encoded, QueryError> {
        let key = (model.clone(), sound.clone());
        if let Some(encoded) = self.read.get(&key) {
            return Ok(encoded.clone());
        }
        // What a condition must be like is the same in every quality.
        let spec = model.spec(Quality::default())?;
        let encoded = encode(sound, &spec, || self.open(model))?;
        #[cfg(test)]
        {
            self.encoded += 1;
        }
        if self.read.len() >= KEPT {
            self.read.clear();
        }
        self.read.insert(key, encoded.clone());
        Ok(encoded)
    }

    #[cfg(test)]
    pub(super) fn hearing(&self) -> Vec<Model> {
        self.ears.keys().cloned().collect()
    }

    #[cfg(test)]
    pub(super) fn models(&self) -> Vec<Model> {
        self.open.keys().cloned().collect()
    }
}
