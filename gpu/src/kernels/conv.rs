//! 3 × 3 convolutions.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use super::product;
use crate::card::Card;
use crate::kernel::Kernel;
use crate::matrix::Matrix;
use crate::recording::Recording;
use crate::ring::{GROUP, Ring};
use crate::vector::Vector;

pub(super) fn kernel(device: &Device) -> Kernel {
    product::kernel(device, "conv", include_str!("../shaders/conv.wgsl"), 5, 12)
}

/// What is done to values before they are multiplied: x · scale + shift, then the leaky ReLU of slope 0.01. Scales of all
/// channels, every map's padded for itself, then shifts.
pub type Activation = Vector;

/// What a convolution is added to.
#[derive(Debug, Clone)]
pub enum Around {
    /// Nothing.
    Nothing,
    /// What its output holds already.
    Held,
    /// A map of the output's shape.
    Map(Ring),
}

/// A 3 × 3 convolution from one or two maps of the same columns and bins to another, activation before and shortcut after
/// included.
#[derive(Debug, Clone)]
pub struct Conv {
    buffers: BindGroup,
    weights: Matrix,
    read: Vec<Ring>,
    around: Around,
    out: Ring,
}

impl Conv {
    /// From `read` to `out`. The rows of `weights` are taps, three bins of a frame before those of the next, of each tap the
    /// channels of the maps as their rings hold them.
    ///
    /// # Panics
    /// When there is no map to read or more than two, or shapes do not fit.
    pub fn new(
        card: &Card,
        read: &[Ring],
        activation: &Activation,
        weights: &Matrix,
        around: Around,
        out: &Ring,
    ) -> Conv {
        let groups: usize = read.iter().map(|ring| ring.groups).sum();
        assert!((1..=2).contains(&read.len()), "{} maps", read.len());
        assert!(read.iter().all(|ring| ring.bins == out.bins), "bins");
        assert_eq!(
            (weights.depth, weights.groups),
            (9 * groups, out.groups),
            "weights"
        );
        if let Around::Map(ring) = &around {
            assert_eq!(
                (ring.bins, ring.groups),
                (out.bins, out.groups),
                "what goes round it"
            );
        }
        let [first, second] = [&read[0], &read[read.len() - 1]];
        // What is not read has to be something.
        let shortcut = match &around {
            Around::Map(ring) => ring,
            _ => first,
        };
        let buffers = card.kernels.conv.bind(
            &card.device,
            &[
                &first.buffer,
                &second.buffer,
                &weights.buffer,
                &activation.buffer,
                &shortcut.buffer,
                &out.buffer,
            ],
        );
        Conv {
            buffers,
            weights: weights.clone(),
            read: read.to_vec(),
            around,
            out: out.clone(),
        }
    }

    /// Computes some columns; of the maps read those from `end` on are empty, as are those before the first.
    pub fn record(&self, card: &Card, recording: &mut Recording, columns: Range<usize>, end: usize) {
        self.out.must_hold(&columns);
        let second = self.read.get(1);
        let numbers = [
            columns.start,
            columns.len(),
            end,
            self.out.bins,
            self.read[0].groups,
            second.map_or(0, |ring| ring.groups),
            self.out.groups,
            self.read[0].places,
            second.map_or(1, |ring| ring.places),
            match &self.around {
                Around::Map(ring) => ring.places,
                _ => 1,
            },
            self.out.places,
            match &self.around {
                Around::Nothing => 0,
                Around::Held => 1,
                Around::Map(_) => 2,
            },
        ];
        product::record(
            recording,
            &card.kernels.conv,
            &self.buffers,
            &numbers,
            columns.len() * self.out.bins,
            &self.weights,
        );
    }

    /// Multiplications of so many columns, none for what lies beside a map.
    pub fn products(&self, columns: usize) -> u64 {
        (columns * self.out.bins * self.weights.depth * self.weights.groups * GROUP * GROUP) as u64
    }
}
