//! What an architecture is to the rest of Earmark: how its networks are described in files, and how they are loaded.
//!
//! A new one is a file that defines an [`Architecture`] and a line in [`ARCHITECTURES`](crate::ARCHITECTURES).

use std::sync::Arc;

use earmark_controls::Quality;

use crate::band_mask::Detector;
use crate::device::DeviceChoice;
use crate::encoders;
use crate::error::ModelError;
use crate::part::{Misfit, Part, Required, Shapes};
use crate::place::Place;
use crate::separator::{AudioEncoder, EncoderKind, Separator, SeparatorSpec};

/// A family of networks that model files hold.
#[derive(Debug)]
pub struct Architecture {
    /// Its name in the headers of model files: `band-mask`.
    pub name: &'static str,
    /// Its tensors.
    pub part: Part,
    /// Whether its networks can be run in several qualities.
    pub has_qualities: bool,
    /// The network of a config, in JSON, as [`Network::config`] wrote it, or why there is none; the reason goes on after
    /// "has a config that cannot be read".
    pub read: fn(config: &str) -> Result<Arc<dyn Network>, String>,
    /// The network that a publisher's file holds.
    pub recognize: fn(&Published) -> Result<Arc<dyn Network>, Misfit>,
}

impl PartialEq for Architecture {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Architecture {}

/// What a publisher's file says of a network.
#[derive(Debug)]
pub struct Published<'a> {
    /// Shapes of its tensors, by the network's own names.
    pub shapes: Shapes<'a>,
    /// The entry `config` of the file's header, where there is one.
    pub config: Option<&'a str>,
    /// Parts of encoders that lie in the same file.
    pub beside: Vec<&'static Part>,
}

impl Published<'_> {
    /// Whether the text tower of this encoder lies in the same file.
    pub fn has_tower_of(&self, kind: EncoderKind) -> bool {
        let tower = encoders::of(kind).tower();
        tower.is_some_and(|tower| self.beside.contains(&tower))
    }
}

/// A network whose shape is known, and none of whose weights have been read.
pub trait Network: std::fmt::Debug + Send + Sync {
    /// Its architecture.
    fn architecture(&self) -> &'static Architecture;

    /// Its shape in JSON, for [`Architecture::read`].
    fn config(&self) -> String;

    /// The encoder that its queries must come from.
    fn encoder(&self) -> EncoderKind;

    /// Values of a condition.
    fn condition_size(&self) -> usize;

    /// In Hz.
    fn sample_rate(&self) -> u32;

    /// Every tensor that it reads, by its own names: no other may lie beside them in a file of Earmark's.
    fn tensors(&self) -> Vec<Required>;

    /// Tensors that publishers' files may hold beside them though nobody reads them. What is neither here nor there is of
    /// another network, and is refused.
    fn unread_tensors(&self) -> Vec<Required> {
        Vec::new()
    }

    /// Rates, shapes and delays under this name and checksum. An architecture without qualities has one for all three.
    fn spec(&self, id: &str, sha256: &str, quality: Quality) -> SeparatorSpec;

    /// Whether the network itself encodes sounds to the space of its queries: see [`Network::ears`].
    fn has_ears(&self) -> bool {
        false
    }

    /// What encodes sounds to the space of its queries, where the network itself does; `None` where its encoder has a tower for that,
    /// or nothing does.
    fn ears(&self, _place: &Place) -> Option<Result<Arc<dyn AudioEncoder>, ModelError>> {
        None
    }

    /// What says whether sounds are there, where the network has it.
    fn detector(&self, _place: &Place) -> Option<Result<Arc<Detector>, ModelError>> {
        None
    }

    /// Decodes the weights at `place`, for this device. What cannot be computed there is computed on the processor where the
    /// architecture is made for it alone.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they are damaged; [`ModelError::Device`] when the device cannot be used.
    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        quality: Quality,
        device: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError>;
}
