//! Where networks take their weights from.

use crate::error::ModelError;

/// Tensors by the names that their network gives them, wherever they lie.
pub trait Tensors: Send + Sync {
    /// The values of a tensor of floats of 16 or 32 bits, row-major, checked for its shape.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing, not of floats, of another shape, or cannot be read.
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError>;

    /// The values of a tensor of signed bytes, row-major, checked for its shape.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when it is missing, of another type or shape, or cannot be read.
    fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError>;
}
