//! No panic leaves the plug-in.
//!
//! nice-plug calls a plug-in from C functions, and a panic that reaches one ends the host with all that it has open. Nor can it be
//! caught further out: Rust ends the program when a panic would leave such a function. So nice-plug does not get the plug-in itself but
//! [`Guarded`], which answers in its place when it panics: with silence and an error, a refusal, or nothing.

mod context;
mod editor;
mod plugin;

pub(crate) use plugin::Guarded;
