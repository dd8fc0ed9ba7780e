//! Sound files out.

mod wav;
mod whole;

pub use wav::{Bits, WavOutput};
pub use whole::WholeFile;
