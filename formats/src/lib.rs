//! What nice-plug's wrappers leave out, put around them: hosts that are not as nice-plug expects them do not end, and plug-ins hear
//! more of them.
//!
//! ```text
//! host ─► our instance ─► nice-plug's wrapper ─► Guarded ─► the plug-in
//!              │   one parameter more: read-only, never part of the state   │
//!              ├───────────◄── OutputValue ◄── set on the audio thread ─────┤
//!              └─ name, render mode ─► Host ─► mark_dirty ──────────────────┘
//! host ◄─ our proxy (CLAP) ◄─ nice-plug's wrapper
//! host ─► our view (VST3) ─► nice-plug's view ─► our frame ─► the host's frame and run loop
//! ```
//! Everything that is not named here passes through unchanged.
//!
//! - [`OutputParameter`], [`OutputValue`]: what a host reads.
//! - [`Host`]: its name, whether it renders offline, and how it is told that its project has changed.
//! - [`announce`]: how a plug-in shares both with the instance around it.
//! - `keys`: on Windows, what a window does not use of the keyboard, for the host's.
//! - [`clap`], [`vst3`]: the two formats, with [`export_clap!`] and [`export_vst3!`] in place of nice-plug's macros.
//!
//! What comes from a host is made fit before nice-plug gets it: events within the block and in order, as many buffers as the plug-in
//! has, none in another's place. What nice-plug asks of a host is answered where the host does not. No panic reaches a C function.
//!
//! Both formats are tables of C functions, so nearly all of this crate is `unsafe`. It is kept apart from the rest for that reason,
//! and knows nothing of Earmark. No editor, parameter or sound of Earmark's ever enters it.
#![allow(unsafe_code)]

mod change;
mod channels;
mod checked;
pub mod clap;
mod contain;
mod export;
mod guarded;
mod guarded_params;
mod handover;
mod host;
#[cfg(windows)]
pub mod keys;
mod output;
mod pin;
mod text;
mod thread;
pub mod vst3;

pub use handover::announce;
pub use host::Host;
pub use output::{OutputParameter, OutputValue, parameter_number};

/// For the macros of this crate.
#[doc(hidden)]
pub use nice_plug;
