//! The separators that are known by name.

use std::sync::{Arc, Weak};

use earmark_kernels::{Isa, Threads};
use parking_lot::Mutex;

use crate::error::ModelError;
use crate::resunet::{Precision, Quality, ResUNetConfig, Streaming, StreamingNet};
use crate::separator::{Separator, SeparatorSpec};
use crate::{bundled, procedural};

/// The name of AudioSep's network on procedural weights: it separates nothing, but costs what AudioSep costs.
pub const RANDOM: &str = "audiosep-random";

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
    /// Computed from their names.
    Procedural,
}

impl Model {
    /// Whether it can be loaded now, with no download.
    pub fn is_available(&self) -> bool {
        match self.place {
            Place::Bundled | Place::Procedural => true,
        }
    }

    /// Rates, shapes and delays, without decoding weights. The bundled model has one quality only.
    pub fn spec(&self, quality: Quality) -> SeparatorSpec {
        match self.place {
            Place::Bundled => bundled::spec().clone(),
            Place::Procedural => {
                let config = ResUNetConfig::audiosep();
                Streaming::spec_of(self.id, "", &config, quality.settings(&config))
            }
        }
    }

    /// Decodes its weights.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged.
    pub fn load(&self, quality: Quality) -> Result<Arc<dyn Separator>, ModelError> {
        match self.place {
            Place::Bundled => bundled::separator(),
            Place::Procedural => {
                let net = random()?;
                let settings = quality.settings(net.config());
                Ok(Arc::new(Streaming::new(self.id, "", net, settings)?))
            }
        }
    }
}

/// The weights, shared by all who hold them.
fn random() -> Result<Arc<StreamingNet>, ModelError> {
    static LOADED: Mutex<Weak<StreamingNet>> = Mutex::new(Weak::new());
    let mut loaded = LOADED.lock();
    if let Some(net) = loaded.upgrade() {
        return Ok(net);
    }
    let config = ResUNetConfig::audiosep();
    let net = procedural::streaming(config, Isa::best(), Precision::Auto, Threads::shared())?;
    let net = Arc::new(net);
    *loaded = Arc::downgrade(&net);
    Ok(net)
}

const MODELS: &[Model] = &[Model {
    id: bundled::ID,
    title: "Small and quick: everyday sounds, in the plug-in and with no download",
    licence: "MIT OR Apache-2.0",
    place: Place::Bundled,
}];

/// For tests and timings; no list shows it.
const UNLISTED: &[Model] = &[Model {
    id: RANDOM,
    title: "AudioSep's network on weights that separate nothing, to be timed without its files",
    licence: "MIT OR Apache-2.0",
    place: Place::Procedural,
}];

/// Every model to choose from, the default first.
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
        .chain(UNLISTED)
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
pub fn load(id: &str, quality: Quality) -> Result<Arc<dyn Separator>, ModelError> {
    find(id)?.load(quality)
}
