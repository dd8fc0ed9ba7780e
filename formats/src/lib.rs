//! What nice-plug's wrappers leave out, put around them: an output parameter, and VST3 windows that leave nothing behind.
//!
//! ```text
//! host ─► our instance ─► nice-plug's wrapper ─► the plug-in
//!              │ one parameter more: read-only, never part of the state        │
//!              └──────────────◄── OutputValue ◄── set on the audio thread ─────┘
//! host ─► our view ─► nice-plug's view ─► our frame ─► the host's frame and run loop
//! ```
//! Everything that is not named here passes through unchanged; without an [`announce`]d output the CLAP instance *is* nice-plug's.
//!
//! - [`OutputParameter`], [`OutputValue`]: what a host reads.
//! - [`announce`]: how a plug-in hands it to the instance around it.
//! - [`clap`], [`vst3`]: the two formats, with [`export_clap!`] and [`export_vst3!`] in place of nice-plug's macros.
//!
//! Both formats are tables of C functions, so nearly all of this crate is `unsafe`. It is kept apart from the rest for that reason,
//! and knows nothing of Earmark.
#![allow(unsafe_code)]

mod change;
mod checked;
pub mod clap;
mod export;
mod handover;
mod host;
mod output;
mod text;
mod thread;
pub mod vst3;

pub use handover::announce;
pub use host::Host;
pub use output::{OutputParameter, OutputValue, parameter_number};

/// For the macros of this crate.
#[doc(hidden)]
pub use nice_plug;
