//! What the kernels that are matrix products have in common.

use crate::matrix::Matrix;
use crate::recording::grid;
use crate::ring::GROUP;

/// The part of their shaders that multiplies.
macro_rules! product_source {
    ($file:literal) => {
        concat!(
            include_str!("../shaders/product.wgsl"),
            include_str!(concat!("../shaders/", $file))
        )
    };
}
pub(super) use product_source;

/// Pixels and groups of output channels that a workgroup computes, and groups of input channels that it reads at once: those
/// of `product.wgsl`.
const PIXELS: usize = 64;
const OUTPUTS: usize = 8;
const DEPTH: usize = 4;

/// The grid over so many pixels and the products that it takes, of all phases of a matrix.
pub(super) fn tiles(pixels: usize, matrix: &Matrix) -> ([u32; 3], u64) {
    let layers = matrix.groups.div_ceil(OUTPUTS) * matrix.phases;
    let tiles = pixels.div_ceil(PIXELS);
    let tile = PIXELS * OUTPUTS * matrix.depth.next_multiple_of(DEPTH) * GROUP * GROUP;
    (grid(tiles as u64, layers), (tiles * layers * tile) as u64)
}
