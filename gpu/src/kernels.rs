//! The operations: one file for each shader, with what is bound to it once and what it is told for a step.

mod conv;
mod entry;
mod mask;
mod pointwise;
mod pool;
mod product;
mod up;

pub use conv::{Activation, Around, Conv};
pub use entry::Entry;
pub use mask::Mask;
pub use pointwise::Pointwise;
pub use pool::Pool;
pub use up::Up;

use wgpu::Device;

use crate::kernel::Kernel;

/// All of them, compiled for a device.
pub(crate) struct Kernels {
    conv: Kernel,
    entry: Kernel,
    mask: Kernel,
    pointwise: Kernel,
    pool: Kernel,
    up: Kernel,
}

impl Kernels {
    pub(crate) fn new(device: &Device) -> Kernels {
        Kernels {
            conv: conv::kernel(device),
            entry: entry::kernel(device),
            mask: mask::kernel(device),
            pointwise: pointwise::kernel(device),
            pool: pool::kernel(device),
            up: up::kernel(device),
        }
    }
}
