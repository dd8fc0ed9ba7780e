//! What the kernels that are matrix products have in common.

use wgpu::{BindGroup, Device};

use crate::kernel::Kernel;
use crate::matrix::Matrix;
use crate::recording::{Call, Recording, grid};
use crate::ring::GROUP;

/// Pixels that a workgroup computes: many, so that weights are seldom loaded, or few, for maps that have no more. They stand in
/// `product.wgsl`, too.
const LARGE: usize = 64;
const SMALL: usize = 16;
/// Groups of output channels that it computes, and groups of input channels that it reads at once.
const OUTPUTS: usize = 8;
const DEPTH: usize = 4;

/// A kernel whose shader is `own` behind the one that multiplies, for both sizes of tiles.
pub(super) fn kernel(device: &Device, name: &str, own: &str, read: u32, numbers: usize) -> Kernel {
    let large = format!("{}{own}", include_str!("../shaders/product.wgsl"));
    let of = |pixels: usize| format!("const PIXELS = {pixels}u;");
    let small = large.replace(&of(LARGE), &of(SMALL));
    assert_ne!(large, small, "the size of a tile is not where it is sought");
    Kernel::new(device, name, &[&large, &small], read, numbers)
}

/// Has a kernel multiply over so many pixels.
pub(super) fn record(
    recording: &mut Recording,
    kernel: &Kernel,
    buffers: &BindGroup,
    numbers: &[usize],
    pixels: usize,
    matrix: &Matrix,
) {
    // Where more than a fifth of the large tiles would lie beside the map.
    let few = pixels.next_multiple_of(LARGE) > pixels.next_multiple_of(SMALL) * 5 / 4;
    let size = if few { SMALL } else { LARGE };
    let layers = matrix.groups.div_ceil(OUTPUTS) * matrix.phases;
    let tiles = pixels.div_ceil(size);
    let tile = size * OUTPUTS * matrix.depth.next_multiple_of(DEPTH) * GROUP * GROUP;
    recording.calls.push(Call {
        pipeline: kernel.pipelines[usize::from(few)].clone(),
        buffers: buffers.clone(),
        numbers: numbers.iter().map(|&number| number as u32).collect(),
        grid: grid(tiles as u64, layers),
        products: (tiles * layers * tile) as u64,
    });
}
