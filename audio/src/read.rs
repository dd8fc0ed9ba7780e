//! Sound files in.

mod any;
mod decoder;
mod description;
mod mono;
mod open;
mod reader;

pub use description::{Chunk, Description, Encoding};
pub use mono::{mono, mono_at};
pub use reader::Reader;
