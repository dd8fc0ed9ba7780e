//! The separators that are known by name.

use std::sync::Arc;

use crate::bundled;
use crate::error::ModelError;
use crate::separator::{Separator, SeparatorSpec};

/// One separator in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// The name to ask for it by.
    pub id: &'static str,
    /// What it is, in plain words.
    pub title: &'static str,
    /// Licence of its weights, as an SPDX expression.
    pub licence: &'static str,
    /// Where its weights are.
    pub place: Place,
}

/// Where a model's weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Inside the binary.
    Bundled,
}

impl Model {
    /// Whether it can be loaded now, with no download.
    pub fn is_available(&self) -> bool {
        match self.place {
            Place::Bundled => true,
        }
    }

    /// Rates, shapes and delays, without decoding weights.
    pub fn spec(&self) -> &'static SeparatorSpec {
        match self.place {
            Place::Bundled => bundled::spec(),
        }
    }

    /// Decodes its weights.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged.
    pub fn load(&self) -> Result<Arc<dyn Separator>, ModelError> {
        match self.place {
            Place::Bundled => bundled::separator(),
        }
    }
}

const MODELS: &[Model] = &[Model {
    id: bundled::ID,
    title: "Small and quick: everyday sounds, in the plug-in and with no download",
    licence: "MIT OR Apache-2.0",
    place: Place::Bundled,
}];

/// Every model there is, the default first.
pub fn models() -> &'static [Model] {
    MODELS
}

/// The model of this name.
///
/// # Errors
/// [`ModelError::UnknownModel`] with the names there are.
pub fn find(id: &str) -> Result<&'static Model, ModelError> {
    MODELS
        .iter()
        .find(|model| model.id == id)
        .ok_or_else(|| ModelError::UnknownModel {
            given: id.into(),
            known: MODELS.iter().map(|model| model.id).collect::<Vec<_>>().join(", "),
        })
}

/// Finds a model by its name and decodes its weights.
///
/// # Errors
/// As [`find`] and [`Model::load`].
pub fn load(id: &str) -> Result<Arc<dyn Separator>, ModelError> {
    find(id)?.load()
}
