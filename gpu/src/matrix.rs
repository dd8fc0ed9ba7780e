//! The weights of a layer, on a card.

use wgpu::{Buffer, BufferUsages};

use crate::card::Card;
use crate::error::GpuError;
use crate::ring::{GROUP, padded};

/// Right matrices `[depth, outputs]` of a product, one for each phase, in blocks of [`GROUP`] by [`GROUP`].
#[derive(Debug, Clone)]
pub struct Matrix {
    pub(crate) buffer: Buffer,
    /// Groups of rows of a phase's matrix, and of columns.
    pub(crate) depth: usize,
    pub(crate) groups: usize,
    pub(crate) phases: usize,
}

impl Matrix {
    /// Of `phases` matrices with `depth` rows, a multiple of [`GROUP`], and so many outputs; `weight(phase, row, output)`.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] when the card's driver does not allow that many bytes; [`GpuError::Lost`].
    ///
    /// # Panics
    /// When the depth is no multiple of [`GROUP`].
    pub fn new(
        card: &Card,
        phases: usize,
        depth: usize,
        outputs: usize,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Result<Matrix, GpuError> {
        assert!(depth.is_multiple_of(GROUP), "a depth of {depth}");
        let mut values = Vec::with_capacity(phases * depth * padded(outputs));
        for phase in 0..phases {
            for rows in (0..depth).step_by(GROUP) {
                for columns in (0..padded(outputs)).step_by(GROUP) {
                    for row in rows..rows + GROUP {
                        values.extend((columns..columns + GROUP).map(|output| match output < outputs {
                            true => weight(phase, row, output),
                            false => 0.0,
                        }));
                    }
                }
            }
        }
        let bytes: &[u8] = bytemuck::cast_slice(&values);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = card.buffer("weights", bytes.len(), usage)?;
        card.queue.write_buffer(&buffer, 0, bytes);
        Ok(Matrix {
            buffer,
            depth: depth / GROUP,
            groups: padded(outputs) / GROUP,
            phases,
        })
    }

    /// What it takes of the card's memory.
    pub fn bytes(&self) -> usize {
        self.phases * self.depth * self.groups * GROUP * GROUP * size_of::<f32>()
    }
}
