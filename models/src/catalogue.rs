//! The separators that are known by name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

use earmark_kernels::{Isa, Threads};
use parking_lot::Mutex;

use crate::device::{self, DeviceChoice, Instead};
use crate::error::ModelError;
use crate::imported::{self, ImportedModel};
use crate::resunet::{
    Accelerated, Batcher, MOST, Precision, Quality, ResUNet, ResUNetConfig, Streaming, StreamingNet,
};
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
    /// In a file of [`imported`]'s format.
    File(PathBuf),
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

    fn imported(file: &ImportedModel) -> Model {
        Model {
            id: file.id().into(),
            title: file.name().into(),
            licence: "that of its files".into(),
            place: Place::File(file.path().into()),
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
        self.specs().map(|specs| specs[quality as usize].clone())
    }

    /// The same in each of [`Quality::ALL`], from one look at its file.
    ///
    /// # Errors
    /// As [`Model::spec`].
    pub fn specs(&self) -> Result<[SeparatorSpec; 3], ModelError> {
        Ok(match &self.place {
            Place::Bundled => Quality::ALL.map(|_| bundled::spec().clone()),
            Place::Procedural => {
                let config = ResUNetConfig::audiosep();
                Quality::ALL
                    .map(|quality| Streaming::spec_of(&self.id, "", &config, quality.settings(&config)))
            }
            Place::File(path) => {
                let file = imported::open(path)?;
                Quality::ALL.map(|quality| file.spec(quality))
            }
        })
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
                Ok(Arc::new(Instead::new(cpu, device::refusal(&error))))
            }
            loaded => loaded,
        }
    }

    /// Decodes its weights for a device. The bundled model is too small to gain from an accelerator: it is computed on the
    /// processor always.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged; [`ModelError::Device`] when the device cannot be used.
    pub fn load_on(&self, quality: Quality, choice: DeviceChoice) -> Result<Arc<dyn Separator>, ModelError> {
        if self.place == Place::Bundled {
            return bundled::separator();
        }
        // Before weights are decoded for nothing.
        choice.open()?;
        let cpu = self.streaming(quality)?;
        match choice {
            DeviceChoice::Cpu => Ok(cpu),
            DeviceChoice::Auto => {
                let found = DeviceChoice::ACCELERATORS.into_iter().filter_map(|choice| {
                    self.accelerated(&cpu, choice)
                        .inspect_err(|error| tracing::info!("{error}"))
                        .ok()
                });
                let mut all: Vec<Arc<dyn Separator>> = found.collect();
                if all.is_empty() {
                    return Ok(cpu);
                }
                all.push(cpu.clone());
                Ok(device::fastest(all).unwrap_or(cpu))
            }
            chosen => self.accelerated(&cpu, chosen),
        }
    }

    /// What runs on the processor, on an accelerator.
    fn accelerated(
        &self,
        cpu: &Arc<Streaming>,
        choice: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let batcher = shared_batcher(&self.place, choice, || {
            let device = choice.open()?;
            match &self.place {
                Place::File(path) => imported::open(path)?.graph_on(&device),
                _ => procedural::resunet_on(cpu.config().clone(), &device),
            }
        })?;
        // The first steps make ready what is made ready once: kernels and memory.
        let step = device::step_time(&Accelerated::new(cpu.clone(), batcher.clone(), MAKE_READY)?)?;
        if let Some(fault) = batcher.fault() {
            return Err(ModelError::Device {
                name: choice.to_string(),
                reason: fault.into(),
            });
        }
        let patience = (PATIENCE * step).max(LEAST_PATIENCE);
        Ok(Arc::new(Accelerated::new(cpu.clone(), batcher, patience)?))
    }

    /// The network on our own kernels.
    fn streaming(&self, quality: Quality) -> Result<Arc<Streaming>, ModelError> {
        let isa = Isa::best();
        let precision = quality.precision().on(isa);
        match &self.place {
            Place::Bundled | Place::Procedural => {
                let net = shared(&self.place, precision, || {
                    let config = ResUNetConfig::audiosep();
                    procedural::streaming(config, isa, precision, Threads::shared())
                })?;
                let settings = quality.settings(net.config());
                Ok(Arc::new(Streaming::new(&self.id, "", net, settings)?))
            }
            Place::File(path) => {
                let file = imported::open(path)?;
                let net = shared(&self.place, precision, || {
                    file.net(Threads::shared(), isa, precision)
                })?;
                file.separator(net, quality)
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
            Place::File(path) => Ok(Arc::new(imported::open(path)?.encoder()?)),
            Place::Procedural => Err(ModelError::Weights {
                reason: format!("{} has no text encoder: it is there to be timed", self.id),
            }),
        }
    }
}

/// How long a device may take for its first steps.
const MAKE_READY: Duration = Duration::from_secs(60);
/// A device has failed that is silent for so many times what a step took when it was loaded, and for this long.
const PATIENCE: u32 = 2 * MOST as u32;
const LEAST_PATIENCE: Duration = Duration::from_millis(300);

/// The thread of a place's network on a device, shared by all who hold it.
fn shared_batcher(
    place: &Place,
    choice: DeviceChoice,
    load: impl FnOnce() -> Result<ResUNet, ModelError>,
) -> Result<Arc<Batcher>, ModelError> {
    type Batchers = HashMap<(Place, DeviceChoice), Weak<Batcher>>;
    static LOADED: LazyLock<Mutex<Batchers>> = LazyLock::new(Mutex::default);
    let mut loaded = LOADED.lock();
    let key = (place.clone(), choice);
    let there = loaded.get(&key).and_then(Weak::upgrade);
    // One that failed may work when it is loaded anew.
    if let Some(batcher) = there.filter(|batcher| batcher.fault().is_none()) {
        return Ok(batcher);
    }
    let batcher = Arc::new(Batcher::new(&choice.to_string(), Arc::new(load()?))?);
    loaded.retain(|_, batcher| batcher.strong_count() > 0);
    loaded.insert(key, Arc::downgrade(&batcher));
    Ok(batcher)
}

/// The weights of a place in one precision, shared by all who hold them: however many instances, and in every quality where
/// the processor has but one precision.
fn shared(
    place: &Place,
    precision: Precision,
    load: impl FnOnce() -> Result<StreamingNet, ModelError>,
) -> Result<Arc<StreamingNet>, ModelError> {
    type Loaded = HashMap<(Place, Precision), Weak<StreamingNet>>;
    static LOADED: LazyLock<Mutex<Loaded>> = LazyLock::new(Mutex::default);
    let key = (place.clone(), precision);
    let mut loaded = LOADED.lock();
    if let Some(net) = loaded.get(&key).and_then(Weak::upgrade) {
        return Ok(net);
    }
    let net = Arc::new(load()?);
    loaded.retain(|_, net| net.strong_count() > 0);
    loaded.insert(key, Arc::downgrade(&net));
    Ok(net)
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
            imported::open(&path)
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
        let path = files.iter().find(|path| name(path) == id);
        if let Some(path) = path {
            return Ok(Model::imported(&imported::open(path)?));
        }
        let known = std::iter::once(bundled::ID).chain(files.iter().map(|path| name(path)));
        Err(ModelError::UnknownModel {
            given: id.into(),
            known: known.collect::<Vec<_>>().join(", "),
        })
    }

    /// The files that may be models, by name.
    fn files(&self) -> Vec<PathBuf> {
        let entries = self
            .folder
            .as_ref()
            .and_then(|folder| std::fs::read_dir(folder).ok());
        let mut files: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "safetensors")
            })
            .collect();
        files.sort();
        files
    }
}

fn name(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default()
}
