//! Calls of kernels on their way to a card.

use wgpu::{BindGroup, ComputePipeline};

use crate::kernel::Kernel;

/// What a card is to compute, in order: each call sees what those before it have written.
#[derive(Debug, Default)]
pub struct Recording {
    pub(crate) calls: Vec<Call>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) pipeline: ComputePipeline,
    pub(crate) buffers: BindGroup,
    /// What the shader calls `call`.
    pub(crate) numbers: Vec<u32>,
    pub(crate) grid: [u32; 3],
    /// Multiplications that it takes, those of a tile that nobody asked for included.
    pub(crate) products: u64,
}

impl Recording {
    /// Nothing yet.
    pub fn new() -> Recording {
        Recording::default()
    }

    /// Calls a kernel with a thread for each of so many values.
    pub(crate) fn each(&mut self, kernel: &Kernel, buffers: &BindGroup, numbers: &[u32], values: usize) {
        self.calls.push(Call {
            pipeline: kernel.pipelines[0].clone(),
            buffers: buffers.clone(),
            numbers: numbers.to_vec(),
            grid: grid(values.div_ceil(THREADS) as u64, 1),
            products: 0,
        });
    }

    /// Dispatches that it takes.
    pub fn dispatches(&self) -> usize {
        self.calls.len()
    }

    /// Multiplications of matrix products that it takes, those of tiles that reach beyond their maps included.
    pub fn products(&self) -> u64 {
        self.calls.iter().map(|call| call.products).sum()
    }
}

/// Of a workgroup of every shader.
const THREADS: usize = 64;

/// Workgroups of a row of a dispatch: fewer than every driver allows.
const ROW: u64 = 32_768;

/// So many workgroups in rows, `layers` times.
pub(crate) fn grid(workgroups: u64, layers: usize) -> [u32; 3] {
    let rows = workgroups.div_ceil(ROW).max(1);
    [workgroups.div_ceil(rows) as u32, rows as u32, layers as u32]
}
