//! Averages over neighbouring columns and bins.

use std::ops::Range;

use wgpu::{BindGroup, Device};

use crate::card::Card;
use crate::kernel::Kernel;
use crate::recording::Recording;
use crate::ring::Ring;

pub(super) fn kernel(device: &Device) -> Kernel {
    Kernel::new(device, "pool", &[include_str!("../shaders/pool.wgsl")], 1, 8)
}

/// An average of `time` columns and `frequency` bins of a map.
#[derive(Debug, Clone)]
pub struct Pool {
    buffers: BindGroup,
    input: Ring,
    out: Ring,
    time: usize,
    frequency: usize,
}

impl Pool {
    /// From `input` to `out`.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn new(card: &Card, input: &Ring, (time, frequency): (usize, usize), out: &Ring) -> Pool {
        assert_eq!(
            (input.bins, input.groups),
            (out.bins * frequency, out.groups),
            "bins and channels"
        );
        Pool {
            buffers: card
                .kernels
                .pool
                .bind(&card.device, &[&input.buffer, &out.buffer]),
            input: input.clone(),
            out: out.clone(),
            time,
            frequency,
        }
    }

    /// Computes some columns.
    pub fn record(&self, card: &Card, recording: &mut Recording, columns: Range<usize>) {
        self.out.must_hold(&columns);
        let numbers = [
            columns.start,
            columns.len(),
            self.out.bins,
            self.out.groups,
            self.input.places,
            self.out.places,
            self.time,
            self.frequency,
        ];
        let values = columns.len() * self.out.bins * self.out.groups;
        recording.each(
            &card.kernels.pool,
            &self.buffers,
            &numbers.map(|number| number as u32),
            values,
        );
    }
}
