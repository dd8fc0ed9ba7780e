//! 1 × 1 convolutions of maps as they are: the shortcuts round blocks that change the number of channels.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use super::product;
use crate::card::Card;
use crate::kernel::Kernel;
use crate::matrix::Matrix;
use crate::recording::Recording;
use crate::ring::Ring;
use crate::vector::Vector;

pub(super) fn kernel(device: &Device) -> Kernel {
    product::kernel(
        device,
        "pointwise",
        include_str!("../shaders/pointwise.wgsl"),
        4,
        9,
    )
}

/// A 1 × 1 convolution from one or two maps of the same columns and bins to another.
#[derive(Debug, Clone)]
pub struct Pointwise {
    buffers: BindGroup,
    weights: Matrix,
    read: Vec<Ring>,
    out: Ring,
}

impl Pointwise {
    /// From `read` to `out`. The rows of `weights` are the channels of the maps as their rings hold them; `bias` has a value
    /// for each channel of `out`.
    ///
    /// # Panics
    /// When there is no map to read or more than two, or shapes do not fit.
    pub fn new(card: &Card, read: &[Ring], weights: &Matrix, bias: &Vector, out: &Ring) -> Pointwise {
        let groups: usize = read.iter().map(|ring| ring.groups).sum();
        assert!((1..=2).contains(&read.len()), "{} maps", read.len());
        assert!(read.iter().all(|ring| ring.bins == out.bins), "bins");
        assert_eq!((weights.depth, weights.groups), (groups, out.groups), "weights");
        let [first, second] = [&read[0], &read[read.len() - 1]];
        let buffers = card.kernels.pointwise.bind(
            &card.device,
            &[
                &first.buffer,
                &second.buffer,
                &weights.buffer,
                &bias.buffer,
                &out.buffer,
            ],
        );
        Pointwise {
            buffers,
            weights: weights.clone(),
            read: read.to_vec(),
            out: out.clone(),
        }
    }

    /// Computes some columns.
    pub fn record(&self, card: &Card, recording: &mut Recording, columns: Range<usize>) {
        self.out.must_hold(&columns);
        let second = self.read.get(1);
        let numbers = [
            columns.start,
            columns.len(),
            self.out.bins,
            self.read[0].groups,
            second.map_or(0, |ring| ring.groups),
            self.out.groups,
            self.read[0].places,
            second.map_or(1, |ring| ring.places),
            self.out.places,
        ];
        product::record(
            recording,
            &card.kernels.pointwise,
            &self.buffers,
            &numbers,
            columns.len() * self.out.bins,
            &self.weights,
        );
    }
}
