//! The architecture `resunet-film`: AudioSep's network and its kin.

use std::sync::Arc;

use earmark_controls::Quality;

use super::config::ResUNetConfig;
use super::layout;
use super::loading;
use super::part::PART;
use super::streaming::{StreamSettings, Streaming};
use crate::architecture::{Architecture, Network, Published};
use crate::device::DeviceChoice;
use crate::error::ModelError;
use crate::part::Required;
use crate::place::Place;
use crate::separator::{EncoderKind, Separator, SeparatorSpec};

/// ResUNet30 with FiLM, by the names of AudioSep's checkpoint.
pub static ARCHITECTURE: Architecture = Architecture {
    name: "resunet-film",
    part: PART,
    has_qualities: true,
    read: |config| Ok(Arc::new(ResUNetConfig::from_json(config)?)),
    recognize: |published| {
        let config = layout::recognize(&published.shapes)?;
        let encoder = encoder_of(&config, published);
        Ok(Arc::new(ResUNetConfig { encoder, ..config }))
    },
};

/// The encoder that a network was trained with: where its shapes say CLAP's, CLIP's if its own file has that one's text tower and not
/// CLAP's. Both give as many values, so that the shapes do not tell them apart.
fn encoder_of(config: &ResUNetConfig, published: &Published) -> EncoderKind {
    let has = |kind| published.has_tower_of(kind);
    match config.encoder {
        EncoderKind::Clap if has(EncoderKind::Clip) && !has(EncoderKind::Clap) => EncoderKind::Clip,
        told => told,
    }
}

impl Network for ResUNetConfig {
    fn architecture(&self) -> &'static Architecture {
        &ARCHITECTURE
    }

    fn config(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn encoder(&self) -> EncoderKind {
        self.encoder
    }

    fn condition_size(&self) -> usize {
        self.condition_size
    }

    fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    fn tensors(&self) -> Vec<Required> {
        self.possible_tensors()
            .into_iter()
            .map(Required::floats)
            .collect()
    }

    fn unread_tensors(&self) -> Vec<Required> {
        self.unused_tensors().into_iter().map(Required::floats).collect()
    }

    fn spec(&self, id: &str, sha256: &str, quality: Quality) -> SeparatorSpec {
        Streaming::spec_of(id, sha256, self, StreamSettings::of(quality, self))
    }

    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        quality: Quality,
        device: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        loading::load(self, &spec, place, quality, device)
    }
}
