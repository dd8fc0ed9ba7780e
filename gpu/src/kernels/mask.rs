//! From the last map to masks.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use crate::card::Card;
use crate::download::Download;
use crate::kernel::Kernel;
use crate::matrix::Matrix;
use crate::recording::Recording;
use crate::ring::Ring;
use crate::vector::Vector;

pub(super) fn kernel(device: &Device) -> Kernel {
    Kernel::new(device, "mask", &[include_str!("../shaders/mask.wgsl")], 3, 6)
}

/// A 1 × 1 convolution to three logits, and the complex mask that they stand for.
#[derive(Debug, Clone)]
pub struct Mask {
    buffers: BindGroup,
    input: Ring,
}

impl Mask {
    /// From `input`, whose columns have so many `bins`, to masks `[frames, bins + 1, 2]`. `weights` has three outputs, as
    /// `bias` has.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn new(card: &Card, input: &Ring, weights: &Matrix, bias: &Vector, out: &Download) -> Mask {
        assert_eq!((weights.depth, weights.groups), (input.groups, 1), "weights");
        let buffers = card.kernels.mask.bind(
            &card.device,
            &[&input.buffer, &weights.buffer, &bias.buffer, &out.buffer],
        );
        Mask {
            buffers,
            input: input.clone(),
        }
    }

    /// Computes the masks of some columns, after so many `frames` of others.
    pub fn record(&self, card: &Card, recording: &mut Recording, columns: Range<usize>, frames: usize) {
        let bins = self.input.bins + 1;
        let numbers = [
            columns.start,
            columns.len(),
            self.input.bins,
            self.input.groups,
            self.input.places,
            frames * bins,
        ];
        recording.each(
            &card.kernels.mask,
            &self.buffers,
            &numbers.map(|number| number as u32),
            columns.len() * bins,
        );
    }
}
