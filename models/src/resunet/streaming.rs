//! The ResUNet on our own kernels, column by column: what runs live on a processor.
//!
//! Every feature map keeps the columns that later blocks of frames need, so that nothing is computed twice that cannot
//! change any more, and the left context is the whole past. Where the lookahead is shorter than the receptive field, the
//! deepest columns that the newest block depends on are computed as if the signal ended there, and anew when more of it
//! is known: the encoder's always, the decoder's according to [`Halo`].
//!
//! Every block is steered by the query, the first one too: of the maps only the input is the same for all queries of a
//! stream.

mod backend;
#[cfg(feature = "gpu")]
mod card;
mod columns;
mod counting;
mod deviation;
mod graph;
mod load;
mod maps;
mod mask;
mod net;
mod precision;
mod processor;
mod quality;
mod schedule;
mod separator;
mod spare;
mod state;
mod step;
mod stream;
mod tensors;
mod weights;

#[cfg(feature = "gpu")]
pub use card::{CardGraph, CardNet, OnCard};
pub use deviation::Deviation;
pub(super) use net::FLOOR;
pub use net::StreamingNet;
pub use precision::Precision;
pub use schedule::Halo;
pub(super) use separator::REACH;
pub use separator::{StreamSettings, Streaming};
