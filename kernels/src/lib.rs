//! The arithmetic of Earmark's networks on the CPU: matrix products, 3 × 3 convolutions by Winograd's method and what
//! lies between them, for every instruction set that users have, and the threads that share the work.
//!
//! A feature map is a row of *columns*, one per frame; a column is `[bins, channels]`, row-major, its channels padded
//! with zeros to a multiple of [`LINE`]. A stream can then keep, drop and add columns without moving any.
//!
//! This is the only crate with `unsafe` code for speed. Every kernel is written once, over the vector type of an
//! [`Isa`]; the tests compare every instruction set that the machine has with plain loops.
#![allow(unsafe_code)]

#[cfg(all(target_os = "macos", target_arch = "aarch64"))]
mod accelerate;
mod attention;
mod bf16;
mod buffer;
mod conv;
mod exponential;
mod gemm;
mod isa;
mod peak;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod permission;
mod pointwise;
mod simd;
mod sync;
mod threads;
mod winograd;

pub use attention::{Head, attend};
pub use bf16::{Format, from_bf16, to_bf16};
pub use buffer::{Buffer, LINE, padded, with_scratch};
pub use conv::{Activation, Conv, ConvJob, Method, Shortcut, Source};
pub use exponential::{exp_of_difference, gelu, silu};
pub use gemm::{Init, Matrix, Rows, multiply, multiply_pieces};
pub use isa::{Isa, UnknownIsa};
pub use peak::peak;
pub use pointwise::{activate, average, outer};
pub use threads::{Threads, alone};
pub use winograd::Tile;
