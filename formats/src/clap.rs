//! The CLAP side: nice-plug's instance with one parameter more.

mod factory;
mod instance;
mod params;

pub use factory::{Class, Entry, Factory, entry};
