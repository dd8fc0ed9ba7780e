//! Sound files in.

mod aiff;
mod any;
mod au;
mod bytes;
mod caf;
mod decoder;
mod description;
mod mono;
mod open;
mod pcm;
mod reader;
mod riff;
mod sample;
mod warning;

pub use description::{Chunk, Description, Encoding};
pub use mono::{mono, mono_at};
pub use reader::Reader;
pub use warning::Warning;
