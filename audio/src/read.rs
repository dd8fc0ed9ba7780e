//! Sound files in.

mod aiff;
mod any;
mod au;
mod bytes;
mod caf;
mod cut;
mod decoder;
mod description;
mod flac;
mod guarded;
mod id3;
mod mono;
mod mp3;
mod mp4;
mod ogg;
mod open;
mod options;
mod opus;
mod part;
mod pcm;
mod reader;
mod riff;
mod sample;
mod speakers;
mod warning;
mod window;

pub use description::{Chunk, Description, Encoding};
pub use mono::{mono, mono_at, resampled};
pub use options::Options;
pub use reader::Reader;
pub use warning::Warning;
