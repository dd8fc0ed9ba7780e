//! What is asked for: sounds that are wanted and sounds that are not, from what a person gives to what a separator reads.
//!
//! ```text
//! "rain + wind, not speech" ─Phrases─► Sound, Sound, Sound ─Sounds─► EncodeJob ─encode─► Condition ─Sounds─► engine's Query
//! ```
//! A [`Sound`] is one thing to listen for, of whatever kind: words, or a clip that is an example of it, heard or seen. It is the key by which slots,
//! projects, caches and command lines know it. [`Phrases`] reads the grammar of a text. [`Sounds`] holds what is known of the sounds
//! that somebody asks for, says which of them are still to be encoded, and makes a query of those that are. [`Service`] loads
//! models and encodes in the background; [`encode()`] does the same at once, for who may wait.
//!
//! Nothing in here knows a signal that goes on, a block or a clock: that is the engine's. An example of a sound is read once, by
//! [`listen()`] or [`look()`], when it becomes a clip. Nothing knows a host, a window or a file of audio either.

mod clip;
mod doubt;
mod encode;
mod error;
mod listen;
mod look;
mod mean;
mod outline;
mod phrases;
mod service;
mod sound;
mod sounds;

pub use clip::{Clip, ClipId, Embedding, Medium};
pub use doubt::Doubt;
pub use encode::{Encoded, Taken, at_hand, encode};
pub use error::QueryError;
pub use listen::{fingerprint, listen};
pub use look::{look, picture_fingerprint};
pub use mean::mean;
pub use outline::Outline;
pub use phrases::{Phrases, Which};
pub use service::{Senses, Service};
pub use sound::Sound;
pub use sounds::{Asked, EncodeJob, Sounds};
