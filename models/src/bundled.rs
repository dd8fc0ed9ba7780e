//! The separator and the query encoder that lie inside the binary: they work with no download.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use crate::band_mask::{BandMask, BandMaskConfig};
use crate::encoder::MiniLm;
use crate::error::ModelError;
use crate::separator::{QueryEncoder, Separator, SeparatorSpec};

/// The bundled separator's name in lists and projects.
pub const ID: &str = "earmark-small";

/// Frames of each push: 40 ms. One frame would halve this part of the latency, but read all weights twice as often.
const BLOCK: usize = 2;

// A constant may be copied into every part of a crate that is compiled for itself: 9 MB each.
static SEPARATOR: &[u8] = include_bytes!("../weights/earmark-small.safetensors");
/// Computed by the build script: hashing 9 MB costs too much while a host scans its plug-ins.
const SEPARATOR_SHA256: &str = env!("EARMARK_SMALL_SHA256");
static MINILM: &[u8] = include_bytes!("../weights/minilm-l6-v2.q8.safetensors");
static MINILM_VOCABULARY: &str = include_str!("../weights/minilm-l6-v2.vocab.txt");

/// Rates, shapes and delays of the bundled separator. Cheap: reads the header of the weights once, decodes none.
///
/// # Panics
/// Never in a build whose tests have passed: the weights are part of the binary.
pub fn spec() -> &'static SeparatorSpec {
    static SPEC: OnceLock<SeparatorSpec> = OnceLock::new();
    SPEC.get_or_init(|| {
        let config = BandMaskConfig::from_safetensors(SEPARATOR).expect("the bundled weights have a config");
        config.spec(ID, SEPARATOR_SHA256, BLOCK)
    })
}

/// Decodes the bundled separator's weights: not for an audio thread, nor while a host scans.
///
/// # Errors
/// [`ModelError::Weights`] when the binary's weights are damaged.
pub fn separator() -> Result<Arc<dyn Separator>, ModelError> {
    let decode = || BandMask::from_safetensors(ID, SEPARATOR_SHA256, BLOCK, SEPARATOR);
    Ok(Arc::new(timed("separator", decode)?))
}

/// Decodes the bundled query encoder: not for an audio thread, nor while a host scans.
///
/// # Errors
/// [`ModelError::Weights`] when the binary's weights are damaged.
pub fn encoder() -> Result<Arc<dyn QueryEncoder>, ModelError> {
    Ok(Arc::new(timed("encoder", || {
        MiniLm::from_safetensors(MINILM, MINILM_VOCABULARY)
    })?))
}

/// Logs how long it took: the answer to "why is nothing separated at first?".
fn timed<T>(part: &str, decode: impl FnOnce() -> Result<T, ModelError>) -> Result<T, ModelError> {
    let start = Instant::now();
    let decoded = decode()?;
    tracing::debug!(part, took = ?start.elapsed(), "decoded from the binary");
    Ok(decoded)
}
