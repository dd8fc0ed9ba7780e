//! The separator and the query encoder that lie inside the binary: they work with no download.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

use earmark_controls::Quality;
use parking_lot::Mutex;

use crate::architecture::Network;
use crate::band_mask::BandMaskConfig;
use crate::device::DeviceChoice;
use crate::embedded;
use crate::encoder::{AUDIOSET_CLASSES, AudiosetWords, Encoder, EncoderWeights, MiniLm, TAGS, Vectors};
use crate::error::ModelError;
use crate::place::Place;
use crate::separator::{EncoderKind, QueryEncoder, Separator, SeparatorSpec};

/// The bundled separator's name in lists and projects.
pub const ID: &str = "earmark-small";

/// MiniLM, inside the binary for every model that was trained with it.
pub static MINILM: Encoder = Encoder {
    kind: EncoderKind::MiniLm,
    name: "minilm",
    models: "networks of your own",
    beside: None,
    weights: EncoderWeights::Bundled(MiniLm::CONDITION_SIZE),
    vectors: Vectors::Unit,
    open: |_| encoder(),
    audio: None,
    image: None,
};

/// AudioSet's classes, by words that MiniLM takes for them, or as Cnn14 in a model's own file hears them.
pub static AUDIOSET_TAGS: Encoder = Encoder {
    kind: EncoderKind::AudiosetTags,
    name: "audioset-tags",
    models: "USS",
    beside: None,
    weights: EncoderWeights::Bundled(AUDIOSET_CLASSES),
    vectors: Vectors::Probabilities,
    open: |_| Ok(Arc::new(AudiosetWords::new(encoder()?))),
    audio: Some(&TAGS),
    image: None,
};

/// The network of the bundled separator, its weights at [`Place::Bundled`].
///
/// # Panics
/// Never in a build whose tests have passed: the weights are part of the binary.
pub fn network() -> &'static Arc<dyn Network> {
    static NETWORK: OnceLock<Arc<dyn Network>> = OnceLock::new();
    NETWORK.get_or_init(|| {
        let config = BandMaskConfig::from_safetensors(embedded::SEPARATOR);
        Arc::new(config.expect("the bundled weights have a config"))
    })
}

/// Rates, shapes and delays of the bundled separator. Cheap: reads the header of the weights once, decodes none.
///
/// # Panics
/// Never in a build whose tests have passed: the weights are part of the binary.
pub fn spec() -> &'static SeparatorSpec {
    static SPEC: OnceLock<SeparatorSpec> = OnceLock::new();
    SPEC.get_or_init(|| network().spec(ID, embedded::SEPARATOR_SHA256, Quality::default()))
}

/// Decodes the bundled separator's weights: not for an audio thread, nor while a host scans.
///
/// # Errors
/// [`ModelError::Weights`] when the binary's weights are damaged.
pub fn separator() -> Result<Arc<dyn Separator>, ModelError> {
    let (quality, device) = (Quality::default(), DeviceChoice::Cpu);
    network().load(spec().clone(), &Place::Bundled, quality, device)
}

/// The bundled query encoder, decoded once for all who hold it: not for an audio thread, nor while a host scans.
///
/// # Errors
/// [`ModelError::Weights`] when the binary's weights are damaged.
pub fn encoder() -> Result<Arc<dyn QueryEncoder>, ModelError> {
    static LOADED: Mutex<Weak<MiniLm>> = Mutex::new(Weak::new());
    let mut loaded = LOADED.lock();
    if let Some(encoder) = loaded.upgrade() {
        return Ok(encoder);
    }
    let start = Instant::now();
    let encoder = Arc::new(MiniLm::from_safetensors(
        embedded::MINILM,
        embedded::MINILM_VOCABULARY,
    )?);
    // The answer to "why is nothing separated at first?".
    tracing::debug!(took = ?start.elapsed(), "the query encoder is decoded");
    *loaded = Arc::downgrade(&encoder);
    Ok(encoder)
}
