//! The CLAP side.
//!
//! ```text
//! host ─► instance (functions, params, render, events) ─► nice-plug's wrapper ─► host (our proxy) ─► host
//! ```

mod events;
mod factory;
mod functions;
mod host;
mod instance;
mod params;
mod render;

pub use factory::{Class, Entry, Factory, entry};
