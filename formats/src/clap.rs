//! The CLAP side.
//!
//! ```text
//! host ─► instance (functions, params, render, state, events, ports) ─► nice-plug's wrapper ─► host (our proxy) ─► host
//! ```

mod events;
mod extension;
mod factory;
mod functions;
mod host;
mod instance;
mod params;
mod ports;
mod render;
mod state;

pub use factory::{Class, Entry, Factory, entry};
