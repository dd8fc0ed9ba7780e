//! Sound files in and out, block by block.

mod reader;
mod resample;
mod writer;

pub use reader::AudioReader;
pub use resample::{mono, mono_at};
pub use writer::WavOutput;
