//! The separators that are known by name.

use std::sync::{Arc, Weak};

use earmark_kernels::{Isa, Threads};
use parking_lot::Mutex;

use crate::error::ModelError;
use crate::resunet::{Quality, ResUNetConfig, Streaming, StreamingNet};
use crate::separator::{QueryEncoder, Separator, SeparatorSpec};
use crate::{bundled, procedural};

/// The name of AudioSep's network on procedural weights: it separates nothing, but costs what AudioSep costs.
pub const RANDOM: &str = "audiosep-random";

/// One separator in the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Model {
    /// The name to ask for it by.
    pub id: String,
    /// What it is, in plain words.
    pub title: String,
    /// Licence of its weights, as an SPDX expression or in words.
    pub licence: String,
    /// Where its weights are.
    pub place: Place,
}

/// Where a model's weights are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// Inside the binary.
    Bundled,
    /// Computed from their names.
    Procedural,
}

impl Model {
    /// The model inside the binary.
    pub fn bundled() -> Model {
        Model {
            id: bundled::ID.into(),
            title: "Small and quick: everyday sounds, in the plug-in and with no download".into(),
            licence: "MIT OR Apache-2.0".into(),
            place: Place::Bundled,
        }
    }

    fn random() -> Model {
        Model {
            id: RANDOM.into(),
            title: "AudioSep's network on weights that separate nothing, to be timed without its files"
                .into(),
            licence: "MIT OR Apache-2.0".into(),
            place: Place::Procedural,
        }
    }

    /// Whether it can be had in several qualities. The bundled model has one.
    pub fn has_qualities(&self) -> bool {
        self.place != Place::Bundled
    }

    /// Rates, shapes and delays, without decoding weights.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when its file is not there or damaged.
    pub fn spec(&self, quality: Quality) -> Result<SeparatorSpec, ModelError> {
        Ok(match &self.place {
            Place::Bundled => bundled::spec().clone(),
            Place::Procedural => {
                let config = ResUNetConfig::audiosep();
                Streaming::spec_of(&self.id, "", &config, quality.settings(&config))
            }
        })
    }

    /// Decodes its weights.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged.
    pub fn load(&self, quality: Quality) -> Result<Arc<dyn Separator>, ModelError> {
        match &self.place {
            Place::Bundled => bundled::separator(),
            Place::Procedural => {
                let net = random()?;
                let settings = quality.settings(net.config());
                Ok(Arc::new(Streaming::new(&self.id, "", net, settings)?))
            }
        }
    }

    /// Opens the text encoder that it was trained with.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is damaged, or there is none.
    pub fn encoder(&self) -> Result<Arc<dyn QueryEncoder>, ModelError> {
        match &self.place {
            Place::Bundled => bundled::encoder(),
            Place::Procedural => Err(ModelError::Weights {
                reason: format!("{} has no text encoder: it is there to be timed", self.id),
            }),
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
    let net = Arc::new(procedural::streaming(config, Isa::best(), Threads::shared())?);
    *loaded = Arc::downgrade(&net);
    Ok(net)
}

/// Every model to choose from: the bundled one, and those that the user has.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    models: Vec<Model>,
}

impl Catalogue {
    /// The bundled model alone.
    pub fn bundled() -> Catalogue {
        Catalogue {
            models: vec![Model::bundled()],
        }
    }

    /// Every model to choose from, the default first.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of this name. [`RANDOM`] is found too, though no list shows it.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] with the names there are.
    pub fn find(&self, id: &str) -> Result<Model, ModelError> {
        if id == RANDOM {
            return Ok(Model::random());
        }
        let found = self.models.iter().find(|model| model.id == id);
        found.cloned().ok_or_else(|| ModelError::UnknownModel {
            given: id.into(),
            known: self
                .models
                .iter()
                .map(|model| model.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}
