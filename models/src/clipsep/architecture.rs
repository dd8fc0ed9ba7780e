//! The architecture `clipsep`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

use earmark_controls::Quality;
use earmark_kernels::Threads;
use parking_lot::Mutex;

use super::ClipSep;
use super::config::{ClipSepConfig, RATE};
use super::net::ClipSepNet;
use crate::architecture::{Architecture, Network};
use crate::device::DeviceChoice;
use crate::error::ModelError;
use crate::part::{Part, Required};
use crate::place::Place;
use crate::separator::{EncoderKind, Separator, SeparatorSpec};

/// CLIPSep and CLIPSep-NIT, by the names of the published code.
pub static ARCHITECTURE: Architecture = Architecture {
    name: "clipsep",
    part: Part {
        title: "a CLIPSep",
        stored: "clipsep.",
        modules: &[],
        // What is trained on several cards is wrapped.
        wrappers: &["module.", "model.", ""],
        roots: &["sound_net.", "frame_net.", "synth_net.", "pit_nets."],
        // Heads for noise, which only training reads.
        unused_roots: &["pit_nets."],
        unused_ends: &[".num_batches_tracked"],
        example: "module.sound_net.bn0.weight",
        remedy: "CLIPSep-NIT's checkpoint (best_model.pt)",
    },
    has_qualities: false,
    read: |config| Ok(Arc::new(ClipSepConfig::from_json(config)?)),
    recognize: |published| Ok(Arc::new(ClipSepConfig::of(&published.shapes)?)),
};

impl Network for ClipSepConfig {
    fn architecture(&self) -> &'static Architecture {
        &ARCHITECTURE
    }

    fn config(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn encoder(&self) -> EncoderKind {
        EncoderKind::ClipSep
    }

    fn condition_size(&self) -> usize {
        self.condition_size
    }

    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn tensors(&self) -> Vec<Required> {
        self.required()
    }

    fn spec(&self, id: &str, sha256: &str, _: Quality) -> SeparatorSpec {
        ClipSepConfig::spec(self, id, sha256)
    }

    /// On the processor always.
    fn load(
        &self,
        spec: SeparatorSpec,
        place: &Place,
        _: Quality,
        _: DeviceChoice,
    ) -> Result<Arc<dyn Separator>, ModelError> {
        let net = shared(self, place)?;
        Ok(Arc::new(ClipSep { spec, net }))
    }
}

/// The weights of a place, shared by all who hold them.
fn shared(config: &ClipSepConfig, place: &Place) -> Result<Arc<ClipSepNet>, ModelError> {
    static LOADED: LazyLock<Mutex<HashMap<Place, Weak<ClipSepNet>>>> = LazyLock::new(Mutex::default);
    let mut loaded = LOADED.lock();
    if let Some(net) = loaded.get(place).and_then(Weak::upgrade) {
        return Ok(net);
    }
    let tensors = place.tensors(&ARCHITECTURE.part)?;
    let net = Arc::new(ClipSepNet::read(config.clone(), &*tensors, Threads::shared())?);
    loaded.retain(|_, net| net.strong_count() > 0);
    loaded.insert(place.clone(), Arc::downgrade(&net));
    Ok(net)
}
