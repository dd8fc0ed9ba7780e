//! What Earmark computes: the STFT and its masks, separators driven by a text query, query encoders, and the models
//! that are known by name. No threads, no devices of the host, no audio callback: those are `earmark-engine`'s.

pub mod architecture;
mod architectures;
pub mod band_mask;
pub mod bundled;
pub mod clipsep;
pub mod device;
mod embedded;
pub mod encoder;
pub mod encoders;
pub mod error;
pub mod folder;
pub mod imported;
pub mod lass;
pub mod listed;
pub mod mask;
pub mod metrics;
pub mod model;
pub mod part;
pub mod place;
pub mod procedural;
pub mod resunet;
pub mod selection;
pub mod separator;
mod silence;
pub mod stft;
mod tensor_file;
pub mod tensors;
pub mod testing;
mod weights;

pub use architectures::ARCHITECTURES;
pub use band_mask::Detector;
pub use earmark_controls::Quality;
pub use earmark_kernels::alone;
pub use error::ModelError;
pub use model::Model;
pub use place::Place;
pub use selection::Selection;
pub use separator::{
    AudioEncoder, Condition, DeviceWork, Edges, EncoderKind, ImageEncoder, MaskStream, Nearest, PROCESSOR,
    QueryEncoder, Separator, SeparatorSpec,
};
