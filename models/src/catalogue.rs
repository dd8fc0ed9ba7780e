//! The separators that are known by name.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_controls::Quality;

use crate::architecture::{Architecture, Network};
use crate::bundled;
use crate::device::{self, DeviceChoice, Fallback};
use crate::encoders;
use crate::error::ModelError;
use crate::folder;
use crate::imported::{self, ImportedModel};
use crate::place::Place;
use crate::resunet::ResUNetConfig;
use crate::separator::{QueryEncoder, Separator, SeparatorSpec};

/// The name of AudioSep's network on procedural weights: it separates nothing, but costs what AudioSep costs.
pub const RANDOM: &str = "audiosep-random";

/// One separator in the list.
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

    fn random() -> Model {
        Model {
            id: RANDOM.into(),
            title: "AudioSep's network on weights that separate nothing, to be timed without its files"
                .into(),
            licence: "MIT OR Apache-2.0".into(),
            place: Place::Procedural,
            architecture: ResUNetConfig::audiosep().architecture(),
        }
    }

    fn imported(file: &ImportedModel) -> Model {
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

/// Every model to choose from: the bundled one, and those that the user has.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    folder: Option<PathBuf>,
}

impl Catalogue {
    /// The bundled model alone.
    pub fn bundled() -> Catalogue {
        Catalogue::default()
    }

    /// The bundled model, and those whose files are in a folder, `ID.safetensors` each. There need not be such a folder.
    pub fn with_folder(folder: impl Into<PathBuf>) -> Catalogue {
        Catalogue {
            folder: Some(folder.into()),
        }
    }

    /// Every model to choose from, the default first. Reads the headers of files; what is damaged is left out, and
    /// [`Catalogue::find`] says what is wrong with it.
    pub fn models(&self) -> Vec<Model> {
        let files = self.files().into_iter().filter_map(|path| {
            folder::open(&path)
                .inspect_err(|error| tracing::warn!("{error}"))
                .ok()
        });
        let imported = files.map(|file| Model::imported(&file));
        std::iter::once(Model::bundled()).chain(imported).collect()
    }

    /// The model of this name. [`RANDOM`] is found too, though no list shows it.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] with the names there are; [`ModelError::Weights`] when its file is damaged.
    pub fn find(&self, id: &str) -> Result<Model, ModelError> {
        if let Some(model) = [Model::bundled(), Model::random()]
            .into_iter()
            .find(|model| model.id == id)
        {
            return Ok(model);
        }
        let files = self.files();
        let path = files.iter().find(|path| folder::id(path) == id);
        if let Some(path) = path {
            return Ok(Model::imported(&folder::open(path)?));
        }
        let known = std::iter::once(bundled::ID).chain(files.iter().map(|path| folder::id(path)));
        Err(ModelError::UnknownModel {
            given: id.into(),
            known: known.collect::<Vec<_>>().join(", "),
        })
    }

    /// The files that may be models, by name; none of a folder that cannot be read.
    fn files(&self) -> Vec<PathBuf> {
        let files = self.folder.as_ref().map(|folder| {
            folder::files(folder)
                .inspect_err(|error| tracing::warn!("{}: {error}", folder.display()))
                .unwrap_or_default()
        });
        files.unwrap_or_default()
    }
}
