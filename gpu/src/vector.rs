//! Values on a card that are written as a whole: magnitudes, biases, scales and shifts.

use wgpu::{Buffer, BufferUsages};

use crate::card::Card;
use crate::error::GpuError;
use crate::ring::padded;

/// A row of single-precision values. Cheap to clone: all clones are the same memory.
#[derive(Debug, Clone)]
pub struct Vector {
    pub(crate) buffer: Buffer,
    len: usize,
}

impl Vector {
    /// `len` zeros.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] when the card's driver does not allow that many bytes; [`GpuError::Lost`].
    pub fn zeros(card: &Card, len: usize) -> Result<Vector, GpuError> {
        let bytes = padded(len.max(1)) * size_of::<f32>();
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        Ok(Vector {
            buffer: card.buffer("values", bytes, usage)?,
            len,
        })
    }

    /// These values.
    ///
    /// # Errors
    /// As [`Vector::zeros`].
    pub fn new(card: &Card, values: &[f32]) -> Result<Vector, GpuError> {
        let vector = Vector::zeros(card, values.len())?;
        vector.write(card, values);
        Ok(vector)
    }

    /// Overwrites the first values, before whatever is submitted next.
    ///
    /// # Panics
    /// When there are more than it holds.
    pub fn write(&self, card: &Card, values: &[f32]) {
        assert!(values.len() <= self.len, "{} in {}", values.len(), self.len);
        card.queue
            .write_buffer(&self.buffer, 0, bytemuck::cast_slice(values));
    }
}
