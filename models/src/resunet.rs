//! ResUNet30 with FiLM, the separator of AudioSep (Liu et al., "Separate Anything You Describe", arXiv:2308.05037),
//! as a candle graph: Audio-AGI/AudioSep at 944583f, `models/resunet.py`.
//!
//! [`ResUNet`] is the network on whole signals, equal to the published code. [`Windowed`] runs it live: every block of
//! frames it computes the network anew on a window with context. [`Accelerated`] does that on a device that several
//! instances share, with [`Streaming`], our own kernels on the processor, behind it.

mod accelerated;
mod architecture;
mod batcher;
mod block;
mod builder;
mod config;
mod film;
mod keeper;
mod layout;
mod loading;
mod net;
mod part;
mod patience;
mod remote;
mod stream;
mod streaming;
mod thread;
mod window;

pub use accelerated::Accelerated;
pub use architecture::ARCHITECTURE;
pub use batcher::{Batcher, WindowGraph};
pub use config::{FilmKind, ResUNetConfig, StageConfig};
pub use keeper::{ColumnGraph, ColumnStream, Keeper};
pub use loading::accelerated;
pub use net::ResUNet;
pub use remote::{Remote, RemoteStream};
pub use stream::{WindowConfig, Windowed};
#[cfg(feature = "gpu")]
pub use streaming::{CardGraph, CardNet, OnCard};
pub use streaming::{Deviation, Halo, Precision, StreamSettings, Streaming, StreamingNet};
pub use window::{Due, Window};

pub use earmark_controls::Quality;
