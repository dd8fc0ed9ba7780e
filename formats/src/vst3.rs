//! The VST3 side: nice-plug's instance with one parameter more, and windows that give back what they took.

mod dirty;
mod factory;
mod forward;
mod frame;
mod instance;
mod view;

pub use factory::{Class, Factory};
