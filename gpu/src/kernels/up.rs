//! Transposed convolutions that undo an average.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use super::conv::Activation;
use super::product;
use crate::card::Card;
use crate::kernel::Kernel;
use crate::matrix::Matrix;
use crate::recording::Recording;
use crate::ring::Ring;

pub(super) fn kernel(device: &Device) -> Kernel {
    product::kernel(device, "up", include_str!("../shaders/up.wgsl"), 3, 11)
}

/// A transposed convolution of an activated map, each of whose pixels becomes `time` columns and `frequency` bins of the
/// other.
#[derive(Debug, Clone)]
pub struct Up {
    buffers: BindGroup,
    weights: Matrix,
    input: Ring,
    out: Ring,
    time: usize,
    frequency: usize,
}

impl Up {
    /// From `input` to `out`. A phase of `weights` is a place of the kernel, its bins before its next column.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn new(
        card: &Card,
        input: &Ring,
        activation: &Activation,
        weights: &Matrix,
        (time, frequency): (usize, usize),
        out: &Ring,
    ) -> Up {
        assert_eq!(input.bins * frequency, out.bins, "bins");
        assert_eq!(
            (weights.phases, weights.depth, weights.groups),
            (time * frequency, input.groups, out.groups),
            "weights"
        );
        let buffers = card.kernels.up.bind(
            &card.device,
            &[&input.buffer, &weights.buffer, &activation.buffer, &out.buffer],
        );
        Up {
            buffers,
            weights: weights.clone(),
            input: input.clone(),
            out: out.clone(),
            time,
            frequency,
        }
    }

    /// Computes some columns of its output.
    pub fn record(&self, card: &Card, recording: &mut Recording, columns: Range<usize>) {
        self.out.must_hold(&columns);
        let read = columns.start / self.time..columns.end.div_ceil(self.time);
        let numbers = [
            read.start,
            read.len(),
            self.input.bins,
            self.input.groups,
            self.out.groups,
            self.input.places,
            self.out.places,
            self.time,
            self.frequency,
            columns.start,
            columns.end,
        ];
        product::record(
            recording,
            &card.kernels.up,
            &self.buffers,
            &numbers,
            read.len() * self.input.bins,
            &self.weights,
        );
    }
}
