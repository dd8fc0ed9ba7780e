//! A model, and a query as that model reads it.

use std::sync::Arc;

use earmark_models::resunet::Quality;
use earmark_models::{Condition, ModelError, QueryEncoder, Separator, bundled, catalogue};

/// A separator with the encoder that it was trained with.
pub struct Model {
    /// The separator.
    pub separator: Arc<dyn Separator>,
    encoder: Arc<dyn QueryEncoder>,
}

impl Model {
    /// Loads a model by name, or the bundled one.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] names those there are.
    pub fn load(name: Option<&str>) -> Result<Self, ModelError> {
        let separator = match name {
            Some(name) => catalogue::load(name, Quality::default())?,
            None => bundled::separator()?,
        };
        Ok(Self {
            separator,
            encoder: bundled::encoder()?,
        })
    }

    /// A separator with its encoder.
    pub fn new(separator: Arc<dyn Separator>, encoder: Arc<dyn QueryEncoder>) -> Self {
        Self { separator, encoder }
    }

    /// Encodes a query for this model.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`].
    pub fn query(&self, text: &str) -> Result<Condition, ModelError> {
        self.encoder.encode(text)
    }
}
