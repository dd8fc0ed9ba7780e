//! CLIPSep-NIT, the separator that was trained on films without labels (Dong et al., "CLIPSep: Learning Text-queried Sound
//! Separation with Noisy Unlabeled Videos", arXiv:2212.07065): sony/CLIPSep at 22b6f91, `clipsep/clipsep.py`, `CLIPPITSepV4`.
//!
//! A U-Net turns the mixture's spectrogram, its bins on a logarithmic scale, into maps; a query, a vector of CLIP's, says how much
//! each map counts. So the U-Net is computed once for all queries.
//!
//! It was trained on 256 frames at a time, and its way up makes every value depend on all of them. A signal is read in windows of so
//! many, each half a window after the one before; where two overlap, one mask goes over into the other. The published code reads
//! a longer signal at once, and one that ends within a window from its beginning again; here silence follows.

mod architecture;
mod config;
mod down;
mod maps;
mod net;
mod stream;
mod up;
mod warp;

use std::sync::Arc;

pub use architecture::ARCHITECTURE;
pub use config::ClipSepConfig;
use config::HALF;
pub use net::ClipSepNet;
use stream::ClipSepStream;

use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, Separator, SeparatorSpec};
use crate::silence::SilenceSkipper;

/// Frames of silence after which a stream's state depends on nothing before them: those of its window, and a block more.
const SETTLED: usize = 3 * HALF;

/// CLIPSep's network, run on windows.
pub struct ClipSep {
    spec: SeparatorSpec,
    net: Arc<ClipSepNet>,
}

impl ClipSep {
    /// Runs `net`, called `id`, whose weights hash to `sha256`.
    pub fn new(id: &str, sha256: &str, net: Arc<ClipSepNet>) -> ClipSep {
        let spec = net.config().spec(id, sha256);
        ClipSep { spec, net }
    }
}

impl Separator for ClipSep {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        let stream = ClipSepStream::new(self.spec.clone(), self.net.clone(), conditions);
        let queries = conditions.len();
        Ok(Box::new(SilenceSkipper::new(
            stream, &self.spec, queries, 0.0, SETTLED, HALF,
        )))
    }

    fn stream_bytes(&self, queries: usize) -> usize {
        self.net.work_bytes() + queries * HALF * self.spec.stft.bins() * size_of::<f32>()
    }

    fn threads(&self) -> usize {
        self.net.threads()
    }
}
