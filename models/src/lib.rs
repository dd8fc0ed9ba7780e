//! What Earmark computes: the STFT and its masks, separators driven by a text query, query encoders, and the models
//! that are known by name. No threads, no devices of the host, no audio callback: those are `earmark-engine`'s.

pub mod band_mask;
pub mod bundled;
pub mod catalogue;
pub mod device;
pub mod encoder;
pub mod error;
pub mod imported;
pub mod mask;
pub mod metrics;
pub mod procedural;
mod quiet;
pub mod resunet;
pub mod separator;
pub mod stft;
mod tensor_file;
pub mod testing;
mod weights;

pub use error::ModelError;
pub use separator::{Condition, Edges, EncoderKind, MaskStream, QueryEncoder, Separator, SeparatorSpec};
