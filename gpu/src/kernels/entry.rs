//! From magnitudes to the first map.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use crate::card::Card;
use crate::kernel::Kernel;
use crate::recording::Recording;
use crate::ring::Ring;
use crate::vector::Vector;

pub(super) fn kernel(device: &Device) -> Kernel {
    Kernel::new(device, "entry", &[include_str!("../shaders/entry.wgsl")], 3, 7)
}

/// A normalisation of every bin and a 1 × 1 convolution of one channel.
#[derive(Debug, Clone)]
pub struct Entry {
    buffers: BindGroup,
    out: Ring,
}

impl Entry {
    /// From `magnitudes`, `[frames, bins + 1]`, to `out`, whose columns have so many `bins`. `normal` is scale and shift of
    /// each bin, `[bins, 2]`; `stem` the weights of all channels of `out` as its ring holds them, then the biases.
    pub fn new(card: &Card, magnitudes: &Vector, normal: &Vector, stem: &Vector, out: &Ring) -> Entry {
        let buffers = card.kernels.entry.bind(
            &card.device,
            &[&magnitudes.buffer, &normal.buffer, &stem.buffer, &out.buffer],
        );
        Entry {
            buffers,
            out: out.clone(),
        }
    }

    /// Computes some columns, of which there are magnitudes of the first `frames`; none is taken to be below `floor`. Those
    /// after them are what normalised zeros become.
    pub fn record(
        &self,
        card: &Card,
        recording: &mut Recording,
        columns: Range<usize>,
        frames: usize,
        floor: f32,
    ) {
        self.out.must_hold(&columns);
        let numbers = [
            columns.start,
            columns.len(),
            frames,
            self.out.bins,
            self.out.groups,
            self.out.places,
        ];
        let mut numbers: Vec<u32> = numbers.iter().map(|&number| number as u32).collect();
        numbers.push(floor.to_bits());
        let values = columns.len() * self.out.bins * self.out.groups;
        recording.each(&card.kernels.entry, &self.buffers, &numbers, values);
    }
}
