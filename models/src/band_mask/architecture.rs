//! The architecture `band-mask`: networks that `training/` makes.

use std::sync::Arc;

use earmark_controls::Quality;

use super::BandMask;
use super::config::{BandMaskConfig, NAME};
use super::detector::Detector;
use super::ears::Ears;
use super::net::Net;
use crate::architecture::{Architecture, Network};
use crate::device::DeviceChoice;
use crate::error::ModelError;
use crate::part::{Misfit, Part, Required};
use crate::place::Place;
use crate::separator::{AudioEncoder, EncoderKind, Separator, SeparatorSpec};

/// Frames of each push: 40 ms. One frame would halve this part of the latency, but read all weights twice as often.
const BLOCK: usize = 2;

/// Networks of `training/model.py`, as `training/export.py` writes them.
pub static ARCHITECTURE: Architecture = Architecture {
    name: NAME,
    part: Part {
        title: "a band-mask network",
        stored: "band-mask.",
        // What `training/export.py` writes names its architecture, and holds nothing else.
        modules: &[""],
        wrappers: &[],
        roots: &[],
        unused_roots: &[],
        unused_ends: &[],
        example: "feature_mean",
        remedy: "what training/export.py writes",
    },
    has_qualities: false,
    read: |config| Ok(Arc::new(BandMaskConfig::from_json(config)?)),
    recognize: |published| {
        let config = published.config.ok_or("the header has none");
        let config = config.map_err(String::from).and_then(BandMaskConfig::from_json);
        Ok(Arc::new(config.map_err(Misfit::Config)?))
    },
};

impl Network for BandMaskConfig {
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
        self.required_tensors()
    }

    fn spec(&self, id: &str, sha256: &str, _: Quality) -> SeparatorSpec {
        BandMaskConfig::spec(self, id, sha256, BLOCK)
    }

    fn has_ears(&self) -> bool {
        self.ears
    }

    fn ears(&self, place: &Place) -> Option<Result<Arc<dyn AudioEncoder>, ModelError>> {
        let open = || -> Result<Arc<dyn AudioEncoder>, ModelError> {
            let net = Net::load(self, &*place.tensors(&ARCHITECTURE.part)?)?;
            let spec = BandMaskConfig::spec(self, "", "", BLOCK);
            Ok(Arc::new(Ears::new(&spec, Arc::new(net))))
        };
        self.ears.then(open)
    }

    fn detector(&self, place: &Place) -> Option<Result<Arc<Detector>, ModelError>> {
        let open = || Detector::load(self, &*place.tensors(&ARCHITECTURE.part)?);
        open().map(|detector| detector.map(Arc::new)).transpose()
    }

    /// On the processor always: it is too small to gain from an accelerator.
    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        _: Quality,
        _: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let start = std::time::Instant::now();
        let separator = BandMask::load(spec, self, &*place.tensors(&ARCHITECTURE.part)?)?;
        // The answer to "why is nothing separated at first?".
        tracing::debug!(id = separator.spec().id, took = ?start.elapsed(), "the separator is decoded");
        Ok(Arc::new(separator))
    }
}
