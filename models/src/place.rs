//! Where a model's weights lie.

use std::path::PathBuf;

use crate::embedded;
use crate::error::ModelError;
use crate::part::Part;
use crate::procedural::Procedural;
use crate::tensor_file::{Prefixed, TensorFile};
use crate::tensors::Tensors;
use crate::weights::Weights;

/// Where a model's weights lie.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// Inside the binary.
    Bundled,
    /// Nowhere: they are computed from their names.
    Procedural,
    /// In a file of [`imported`](crate::imported)'s format.
    File(PathBuf),
}

impl Place {
    /// The tensors of a part there.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when there is no such file, or none that is whole.
    pub fn tensors(&self, part: &Part) -> Result<Box<dyn Tensors>, ModelError> {
        Ok(match self {
            Place::Bundled => Box::new(Weights::new(embedded::SEPARATOR)?),
            Place::Procedural => Box::new(Procedural),
            Place::File(path) => Box::new(Prefixed::new(TensorFile::open(path)?, part.stored)),
        })
    }
}
