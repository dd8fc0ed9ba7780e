//! Where networks are computed: on the processor, or on an accelerator.
//!
//! A new accelerator is a file that defines an [`Accelerator`], a variant of [`DeviceChoice`] and a line in its table.

mod accelerator;
mod candle;
mod choice;
mod fallback;
mod timing;
mod words;

pub use accelerator::{Accelerator, Opened};
pub use choice::DeviceChoice;
pub(crate) use fallback::Fallback;
pub use timing::{fastest, step_time};
pub(crate) use words::{refusal, sentence};
