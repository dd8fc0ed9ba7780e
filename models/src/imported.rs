//! Models that were imported from files of others: one safetensors file holds the network, what its text encoder needs,
//! and the config.
//!
//! | tensor | what |
//! |---|---|
//! | `resunet.…`, `band-mask.…` | the network by its own names, `base.pre_conv.weight` for instance |
//! | `text.…` | CLAP's text tower by its own, `text_branch.pooler.dense.weight` for instance; F16, BF16 or F32 |
//! | `tokenizer` | the bytes of the tower's `tokenizer.json`; U8 |
//! | `audio.…` | CLAP's audio tower by its own names, `audio_branch.norm.weight` for instance; where the header names it |
//! | `cnn14.…` | PANNs' Cnn14 by its own names, `conv_block1.conv1.weight` for instance; where the header names it |
//! | `clip-text.…` | CLIP's text tower by the names of its file, `ln_final.weight` or `text_model.final_layer_norm.weight` for instance |
//! | `clip-image.…` | CLIP's image tower likewise; where the header names it |
//!
//! [`Header`] has the header's entries. Which tensors there must be, an [`Architecture`] and an
//! [`Encoder`] say.

mod header;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use header::{
    ARCHITECTURE_KEY, CONFIG_KEY, ENCODER_KEY, FORMAT, FORMAT_KEY, Header, ID_KEY, NAME_KEY, PARTS_KEY,
    SHA256_KEY, SOURCE_KEY, SourceFile,
};

use earmark_controls::Quality;

use crate::architecture::{Architecture, Network};
use crate::architectures::{self, ARCHITECTURES};
use crate::device::DeviceChoice;
use crate::encoder::{AudioTower, Encoder, ImageTower};
use crate::encoders;
use crate::error::ModelError;
use crate::part::Part;
use crate::place::Place;
use crate::separator::{AudioEncoder, ImageEncoder, QueryEncoder, Separator, SeparatorSpec};
use crate::tensor_file::TensorFile;
use crate::tensors::Tensors;

/// An imported model whose file has been looked through, but none of whose weights have been read.
#[derive(Debug, Clone)]
pub struct ImportedModel {
    path: PathBuf,
    header: Header,
    network: Arc<dyn Network>,
    encoder: &'static Encoder,
    audio: Option<&'static AudioTower>,
    image: Option<&'static ImageTower>,
}

/// Reads the header of a file, and checks that everything is there in its right shape.
///
/// # Errors
/// [`ModelError::Weights`] saying what is wrong with it.
pub fn open(path: &Path) -> Result<ImportedModel, ModelError> {
    open_among(path, ARCHITECTURES)
}

/// [`open`], of a file whose network may be of any architecture of a table.
///
/// # Errors
/// As [`open`].
pub fn open_among(path: &Path, architectures: &[&'static Architecture]) -> Result<ImportedModel, ModelError> {
    let file = TensorFile::open(path)?;
    let refused = |reason| file.refused(reason);
    let header = Header::of(file.entries()).map_err(refused)?;
    let network = network_of(&header, architectures).map_err(refused)?;
    let part = &network.architecture().part;
    file.check(part.stored, &network.tensors())?;
    let encoder = encoders::of(network.encoder());
    let (given, needed) = (encoder.check(&file)?, network.condition_size());
    if given != needed {
        let reason = format!("has a text encoder of {given} values for a network that reads {needed}");
        return Err(refused(reason));
    }
    let audio = encoder.audio.filter(|tower| header.names(tower.part));
    if let Some(tower) = audio {
        let given = tower.check(&file)?;
        if given != needed {
            let reason = format!("has an audio tower of {given} values for a network that reads {needed}");
            return Err(refused(reason));
        }
    }
    let image = encoder.image.filter(|tower| header.names(tower.part));
    if let Some(tower) = image {
        let given = tower.check(&file)?;
        if given != needed {
            let reason = format!("has an image tower of {given} values for a network that reads {needed}");
            return Err(refused(reason));
        }
    }
    let parts = std::iter::once(part).chain(encoder.parts());
    let beside = audio.map(|tower| tower.part).into_iter();
    let beside = beside.chain(image.map(|tower| tower.part));
    let parts: Vec<&Part> = parts.chain(beside).collect();
    all_known(&file, &header, &parts).map_err(refused)?;
    Ok(ImportedModel {
        path: path.into(),
        header,
        network,
        encoder,
        audio,
        image,
    })
}

/// The network that a header describes, or why there is none; the reason goes on after the file's name.
///
/// # Errors
/// That reason.
pub fn network(header: &Header) -> Result<Arc<dyn Network>, String> {
    network_of(header, ARCHITECTURES)
}

fn network_of(header: &Header, architectures: &[&'static Architecture]) -> Result<Arc<dyn Network>, String> {
    let architecture = match &header.architecture {
        Some(name) => architectures::find(name, architectures).map_err(|reason| format!("has {reason}"))?,
        None => ARCHITECTURES[0],
    };
    let network = (architecture.read)(&header.config)
        .map_err(|reason| format!("has a config that cannot be read ({reason})"))?;
    let encoder = encoders::of(network.encoder()).name;
    match &header.encoder {
        Some(named) if named != encoder => Err(format!(
            "names the encoder {named} in its header, but {encoder} in its config"
        )),
        _ => Ok(network),
    }
}

/// Whether each tensor is of a part that the header names: none is passed over in silence. Parts that this version does not
/// know are those of a later one, which does more with the same file.
fn all_known(file: &TensorFile, header: &Header, parts: &[&Part]) -> Result<(), String> {
    let named = |part: &Part| header.parts.is_empty() || header.names(part);
    if let Some(part) = parts.iter().find(|part| !named(part)) {
        return Err(format!(
            "does not name its part \"{}\" in {PARTS_KEY}",
            part.stored
        ));
    }
    let is_known = |name: &str| {
        let known = parts.iter().map(|part| part.stored);
        let mut known = known.chain(header.parts.iter().map(String::as_str));
        known.any(|stored| name.starts_with(stored))
    };
    match file.names().into_iter().find(|name| !is_known(name)) {
        Some(name) => Err(format!("holds the tensor {name}, which is of none of its parts")),
        None => Ok(()),
    }
}

impl ImportedModel {
    /// The name by which it is listed and stored in projects.
    pub fn id(&self) -> &str {
        &self.header.id
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that people read.
    pub fn name(&self) -> &str {
        &self.header.name
    }

    /// What its header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The shape of its network.
    pub fn network(&self) -> &Arc<dyn Network> {
        &self.network
    }

    /// Rates, shapes and delays.
    pub fn spec(&self, quality: Quality) -> SeparatorSpec {
        self.network.spec(&self.header.id, &self.header.sha256, quality)
    }

    /// Where its weights lie.
    pub fn place(&self) -> Place {
        Place::File(self.path.clone())
    }

    /// The weights of its network.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file has changed since it was looked through.
    pub fn tensors(&self) -> Result<Box<dyn Tensors>, ModelError> {
        self.place().tensors(&self.network.architecture().part)
    }

    /// Decodes the network's weights, for this quality and device.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file has changed since it was looked through; [`ModelError::Device`] when the device
    /// cannot be used.
    pub fn load(&self, quality: Quality, device: DeviceChoice) -> Result<Arc<dyn Separator>, ModelError> {
        self.network
            .load(self.spec(quality), &self.place(), quality, device)
    }

    /// What encodes sounds; `None` where it was imported without. It reads the weights anew for every sound.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file has changed since it was looked through.
    pub fn audio_encoder(&self) -> Option<Result<Arc<dyn AudioEncoder>, ModelError>> {
        self.audio.map(|tower| (tower.open)(&self.path))
    }

    /// What encodes pictures; `None` where it was imported without. It reads the weights anew for every picture.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file has changed since it was looked through.
    pub fn image_encoder(&self) -> Option<Result<Arc<dyn ImageEncoder>, ModelError>> {
        self.image.map(|tower| (tower.open)(&self.path))
    }

    /// The text encoder. CLAP's reads the weights anew for every text.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the tokenizer is damaged or the file has changed since it was looked through.
    pub fn encoder(&self) -> Result<Arc<dyn QueryEncoder>, ModelError> {
        (self.encoder.open)(&self.place())
    }
}
