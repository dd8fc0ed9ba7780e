//! The bundled separator: a U-Net along frequency around dilated convolutions in time, steered by the query, one real
//! gain a band.
//!
//! The network is that of `training/model.py`, which trains it. It works in steps of two frames. Its first blocks look a
//! few steps ahead, all else only back; a stream keeps the past columns of every convolution's input, so nothing is
//! computed twice and the left context is the whole past.
//!
//! A newer kind has a listener: before the way up it looks at every band by itself, by dilated convolutions in time and attention
//! across bands. Recurrent layers would need no context and have no end of it; with these, too, a stream that begins anywhere
//! gives the bits of one that heard all.
//!
//! The way down and the blocks before the first that a query steers are computed once for all queries of a stream; from there
//! on the rows of all queries go through a layer together.

mod architecture;
mod attention;
mod block;
mod config;
mod descent;
mod detector;
mod ears;
mod film;
mod layers;
mod linear;
mod listener;
mod magnitudes;
mod net;
mod patches;
mod stream;
mod tensors;
mod vocabulary;

use std::sync::Arc;

pub use architecture::ARCHITECTURE;
use config::STEP;
pub use config::{BandMaskConfig, BlockConfig, ListenerConfig};
pub use detector::{Detector, DetectorConfig};
use earmark_kernels::Isa;
pub use ears::Ears;
use net::Net;
use stream::BandMaskStream;
pub use vocabulary::VocabularyConfig;

use crate::error::ModelError;
use crate::separator::{Condition, MaskStream, Nearest, Separator, SeparatorSpec};
use crate::silence::SilenceSkipper;
use crate::tensors::Tensors;
use crate::weights::Weights;

/// Frames of a step of a signal that is there as a whole.
const SIGNAL_FRAMES: usize = 32;

/// A trained band-mask network.
pub struct BandMask {
    spec: SeparatorSpec,
    net: Arc<Net>,
}

impl BandMask {
    /// Reads a safetensors file with the config in the metadata's `config`; `block` is the number of frames of each
    /// push of its streams, an even one.
    ///
    /// # Errors
    /// [`ModelError::Block`] when it is odd or 0; [`ModelError::Weights`] when the config cannot be read, or a tensor is
    /// missing or of another shape.
    pub fn from_safetensors(
        id: &str,
        sha256: &str,
        block: usize,
        bytes: &[u8],
    ) -> Result<BandMask, ModelError> {
        let config = BandMaskConfig::from_safetensors(bytes)?;
        let spec = config.spec(id, sha256, block);
        BandMask::load(spec, &config, &Weights::new(bytes)?)
    }

    fn load(
        spec: SeparatorSpec,
        config: &BandMaskConfig,
        tensors: &dyn Tensors,
    ) -> Result<BandMask, ModelError> {
        if spec.block == 0 || !spec.block.is_multiple_of(STEP) {
            return Err(ModelError::Block {
                given: spec.block,
                pooling: STEP,
            });
        }
        let net = Arc::new(Net::load(config, tensors)?);
        Ok(BandMask { spec, net })
    }

    /// What says of a sound which query it would answer to; `None` where the network was trained without.
    pub fn ears(&self) -> Option<Ears> {
        self.net.ears.as_ref()?;
        Some(Ears::new(&self.spec, self.net.clone()))
    }
}

impl Separator for BandMask {
    fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }

    fn nearest(&self, query: &Condition) -> Option<Nearest> {
        query.check(self.spec.encoder, self.spec.condition_size).ok()?;
        self.net.nearest(&query.values)
    }

    fn for_signals(&self) -> Option<Arc<dyn Separator>> {
        (self.spec.block < SIGNAL_FRAMES).then(|| -> Arc<dyn Separator> {
            let spec = SeparatorSpec {
                block: SIGNAL_FRAMES,
                ..self.spec.clone()
            };
            let net = self.net.clone();
            Arc::new(BandMask { spec, net })
        })
    }

    fn stream(&self, conditions: &[Condition]) -> Result<Box<dyn MaskStream>, ModelError> {
        self.spec.check(conditions)?;
        let stream = BandMaskStream::new(self.spec.clone(), self.net.clone(), conditions);
        let settled = self.spec.context + self.spec.lookahead + self.spec.block;
        let queries = conditions.len();
        Ok(Box::new(SilenceSkipper::new(
            stream, &self.spec, queries, 0.0, settled, 1,
        )))
    }
}

/// x · sigmoid(x), in place.
fn silu(x: &mut [f32]) {
    earmark_kernels::silu(Isa::best(), x);
}
