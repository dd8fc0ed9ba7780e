//! The ResUNet on a graphics card, column by column as on the processor: only magnitudes go there, and masks come back.

mod bound;
mod net;
mod separator;
mod stream;
mod weights;
mod work;

pub use net::{CardGraph, CardNet};
pub use separator::OnCard;
