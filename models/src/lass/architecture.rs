//! The architecture `lass`: LASS-Net, as its authors' checkpoint holds it.

use std::sync::Arc;

use earmark_controls::Quality;

use super::Lass;
use super::config::{LassConfig, SAMPLE_RATE};
use crate::architecture::{Architecture, Network};
use crate::device::DeviceChoice;
use crate::error::ModelError;
use crate::part::{Part, Required};
use crate::place::Place;
use crate::separator::{EncoderKind, Separator, SeparatorSpec};

/// Frames of each push, 5.1 s: nobody waits for them, so they are many enough for the deepest layers to have something to
/// multiply their weights with. Five cells of 64 frames: with a factor of five, files at 44.1 kHz need no longer blocks than
/// those at 48 kHz.
const BLOCK: usize = 320;

/// LASS-Net, by the names of its authors' checkpoint.
pub static ARCHITECTURE: Architecture = Architecture {
    name: "lass",
    part: Part {
        title: "a LASS-Net",
        stored: "lass.",
        // The published checkpoint is of a network that was spread over several cards.
        modules: &["module.UNet.", "UNet."],
        wrappers: &[],
        roots: &["encoder_block", "conv_block", "decoder_block", "after_conv"],
        unused_roots: &[],
        unused_ends: &[".num_batches_tracked"],
        example: "module.UNet.encoder_block1.conv_block1.conv1.weight",
        remedy: "LASS-Net's checkpoint (LASSNet.pt)",
    },
    has_qualities: false,
    read: |config| Ok(Arc::new(LassConfig::from_json(config)?)),
    recognize: |published| Ok(Arc::new(LassConfig::of(&published.shapes)?)),
};

impl Network for LassConfig {
    fn architecture(&self) -> &'static Architecture {
        &ARCHITECTURE
    }

    fn config(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn encoder(&self) -> EncoderKind {
        EncoderKind::LassBert
    }

    fn condition_size(&self) -> usize {
        self.condition_size
    }

    fn sample_rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn tensors(&self) -> Vec<Required> {
        self.required()
    }

    fn spec(&self, id: &str, sha256: &str, _: Quality) -> SeparatorSpec {
        LassConfig::spec(self, id, sha256, BLOCK)
    }

    /// On the processor always.
    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        _: Quality,
        _: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        Ok(Arc::new(Lass::load(
            spec,
            self,
            &*place.tensors(&ARCHITECTURE.part)?,
        )?))
    }
}
