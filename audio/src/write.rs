//! Sound files out.

mod carry;
mod flac;
mod format;
mod output;
mod samples;
mod stamp;
mod wav;
mod whole;

pub use carry::carried;
pub use format::{Bits, Format, Layout};
pub use output::Output;
pub use stamp::stamp;
pub use whole::{STANDARD, WholeFile, remove_unfinished};
