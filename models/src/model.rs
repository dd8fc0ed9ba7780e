//! A separator that is known by name, and what is loaded of it.

use std::sync::Arc;

use earmark_controls::Quality;

use crate::architecture::{Architecture, Network};
use crate::band_mask::Detector;
use crate::bundled;
use crate::device::{self, DeviceChoice, Fallback};
use crate::encoders;
use crate::error::ModelError;
use crate::imported::{self, ImportedModel};
use crate::place::Place;
use crate::resunet::ResUNetConfig;
use crate::separator::{AudioEncoder, ImageEncoder, QueryEncoder, Separator, SeparatorSpec};

/// The name of AudioSep's network on procedural weights: it separates nothing, but costs what AudioSep costs.
pub const RANDOM: &str = "audiosep-random";

/// One separator to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The name to ask for it by.
    pub id: String,
    /// What it is, in plain words.
    pub title: String,
    /// Licence of its weights, as an SPDX expression or in words.
    pub licence: String,
    /// Where its weights lie.
    pub place: Place,
    /// What they are those of.
    pub architecture: &'static Architecture,
}

impl std::hash::Hash for Model {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.id, &self.place).hash(state);
    }
}

impl Model {
    /// The model inside the binary.
    pub fn bundled() -> Model {
        Model {
            id: bundled::ID.into(),
            title: "Small and quick: everyday sounds, in the plug-in and with no download".into(),
            licence: "MIT OR Apache-2.0".into(),
            place: Place::Bundled,
            architecture: bundled::network().architecture(),
        }
    }

    pub(crate) fn random() -> Model {
        Model {
            id: RANDOM.into(),
            title: "AudioSep's network on weights that separate nothing, to be timed without its files"
                .into(),
            licence: "MIT OR Apache-2.0".into(),
            place: Place::Procedural,
            architecture: ResUNetConfig::audiosep().architecture(),
        }
    }

    pub(crate) fn imported(file: &ImportedModel) -> Model {
        Model {
            id: file.id().into(),
            title: file.name().into(),
            licence: "that of its files".into(),
            place: file.place(),
            architecture: file.network().architecture(),
        }
    }

    /// Whether it can be had in several qualities.
    pub fn has_qualities(&self) -> bool {
        self.architecture.has_qualities
    }

    /// Rates, shapes and delays, without decoding weights.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when its file is not there or damaged.
    pub fn spec(&self, quality: Quality) -> Result<SeparatorSpec, ModelError> {
        let (network, sha256) = self.open()?;
        Ok(network.spec(&self.id, &sha256, quality))
    }

    /// The same in each of [`Quality::ALL`], from one look at its file.
    ///
    /// # Errors
    /// As [`Model::spec`].
    pub fn specs(&self) -> Result<[SeparatorSpec; 3], ModelError> {
        let (network, sha256) = self.open()?;
        Ok(Quality::ALL.map(|quality| network.spec(&self.id, &sha256, quality)))
    }

    /// Decodes its weights, for a device, or for the processor where that one cannot be used; [`Separator::fault`] says why.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged.
    pub fn load(&self, quality: Quality, choice: DeviceChoice) -> Result<Arc<dyn Separator>, ModelError> {
        match self.load_on(quality, choice) {
            Err(error @ ModelError::Device { .. }) => {
                tracing::warn!("{error}");
                let cpu = self.load_on(quality, DeviceChoice::Cpu)?;
                Ok(Arc::new(Fallback::new(cpu, device::refusal(&error))))
            }
            loaded => loaded,
        }
    }

    /// Decodes its weights for a device.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged; [`ModelError::Device`] when the device cannot be used.
    pub fn load_on(&self, quality: Quality, choice: DeviceChoice) -> Result<Arc<dyn Separator>, ModelError> {
        let (network, sha256) = self.open()?;
        let spec = network.spec(&self.id, &sha256, quality);
        network.load(spec, &self.place, quality, choice)
    }

    /// Opens the text encoder that it was trained with.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is damaged, or there is none.
    pub fn encoder(&self) -> Result<Arc<dyn QueryEncoder>, ModelError> {
        if matches!(self.place, Place::Procedural) {
            return Err(ModelError::NoEncoder { id: self.id.clone() });
        }
        let (network, _) = self.open()?;
        (encoders::of(network.encoder()).open)(&self.place)
    }

    /// Opens what encodes sounds to the space of its texts.
    ///
    /// # Errors
    /// [`ModelError::TextsAlone`] and [`ModelError::NoAudioTower`] where there is none; [`ModelError::Weights`] when it is damaged.
    pub fn audio_encoder(&self) -> Result<Arc<dyn AudioEncoder>, ModelError> {
        let id = || self.id.clone();
        let (network, _) = self.open()?;
        if let Some(ears) = network.ears(&self.place) {
            return ears;
        }
        let Place::File(path) = &self.place else {
            return Err(ModelError::TextsAlone { id: id() });
        };
        let file = imported::open(path)?;
        if encoders::of(file.network().encoder()).audio.is_none() {
            return Err(ModelError::TextsAlone { id: id() });
        }
        let encoder = file.audio_encoder();
        encoder.unwrap_or_else(|| Err(ModelError::NoAudioTower { id: id() }))
    }

    /// Opens what says whether sounds are there; `None` where it has nothing of the kind.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is damaged.
    pub fn detector(&self) -> Result<Option<Arc<Detector>>, ModelError> {
        let (network, _) = self.open()?;
        network.detector(&self.place).transpose()
    }

    /// Opens what encodes pictures to the space of its texts.
    ///
    /// # Errors
    /// [`ModelError::NoPictures`] and [`ModelError::NoImageTower`] where there is none; [`ModelError::Weights`] when it is damaged.
    pub fn image_encoder(&self) -> Result<Arc<dyn ImageEncoder>, ModelError> {
        let id = || self.id.clone();
        let Place::File(path) = &self.place else {
            return Err(ModelError::NoPictures { id: id() });
        };
        let file = imported::open(path)?;
        if encoders::of(file.network().encoder()).image.is_none() {
            return Err(ModelError::NoPictures { id: id() });
        }
        let encoder = file.image_encoder();
        encoder.unwrap_or_else(|| Err(ModelError::NoImageTower { id: id() }))
    }

    /// Its network and the checksum of its weights.
    fn open(&self) -> Result<(Arc<dyn Network>, String), ModelError> {
        Ok(match &self.place {
            Place::Bundled => (bundled::network().clone(), bundled::spec().sha256.clone()),
            Place::Procedural => (Arc::new(ResUNetConfig::audiosep()), String::new()),
            Place::File(path) => {
                let file = imported::open(path)?;
                (file.network().clone(), file.header().sha256.clone())
            }
        })
    }
}
