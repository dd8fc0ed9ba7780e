//! The arithmetic of Earmark's networks on graphics cards: what `earmark-kernels` is for processors, through wgpu, which
//! speaks Vulkan, Metal and Direct3D 12.
//!
//! A feature map is a [`Ring`] of columns on the card, one per frame; a column is `[bins, channels]`, row-major, its
//! channels padded with zeros to a multiple of [`GROUP`]. An operation binds rings and weights once, and is recorded for the
//! columns of a step; a [`Recording`] goes to the card as a whole. Nothing here knows of networks, files or threads.
#![cfg(feature = "wgpu")]

mod card;
mod download;
mod error;
#[cfg(feature = "faults")]
mod faults;
mod found;
mod kernel;
mod kernels;
mod matrix;
mod recording;
mod ring;
mod vector;

pub use card::Card;
pub use download::Download;
pub use error::GpuError;
pub use found::{CardInfo, cards};
pub use kernels::{Activation, Around, Conv, Entry, Mask, Pointwise, Pool, Up};
pub use matrix::Matrix;
pub use recording::Recording;
pub use ring::{GROUP, Ring, padded};
pub use vector::Vector;
