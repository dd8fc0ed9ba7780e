//! Small safetensors files of 32-bit floats.

use std::path::{Path, PathBuf};

use earmark_audio::FileError;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::error::CliError;

/// A file in memory.
pub(super) struct Tensors {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Tensors {
    pub(super) fn read(path: &Path) -> Result<Tensors, CliError> {
        let bytes = std::fs::read(path).map_err(|error| FileError::Unreadable {
            path: path.into(),
            reason: error.to_string(),
        })?;
        Ok(Tensors {
            path: path.into(),
            bytes,
        })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn file(&self) -> Result<SafeTensors<'_>, CliError> {
        SafeTensors::deserialize(&self.bytes).map_err(|error| self.refused(error.to_string()))
    }

    /// The names of its tensors.
    pub(super) fn names(&self) -> Result<Vec<String>, CliError> {
        Ok(self.file()?.names().into_iter().map(str::to_owned).collect())
    }

    /// The shape of a tensor.
    pub(super) fn shape(&self, name: &str) -> Result<Vec<usize>, CliError> {
        let file = self.file()?;
        let tensor = file
            .tensor(name)
            .map_err(|error| self.refused(error.to_string()))?;
        Ok(tensor.shape().to_vec())
    }

    /// The values of a tensor, row-major.
    pub(super) fn floats(&self, name: &str) -> Result<Vec<f32>, CliError> {
        let file = self.file()?;
        let tensor = file
            .tensor(name)
            .map_err(|error| self.refused(error.to_string()))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(self.refused(format!("{name} is {:?}, not 32-bit floats", tensor.dtype())));
        }
        let values = tensor.data().chunks_exact(4);
        Ok(values
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect())
    }

    /// Writes a file with one tensor.
    pub(super) fn write(path: &Path, name: &str, shape: &[usize], values: &[f32]) -> Result<(), CliError> {
        let unwritable = |reason: String| FileError::Unwritable {
            path: path.into(),
            reason,
        };
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, shape.to_vec(), &bytes)
            .map_err(|error| unwritable(error.to_string()))?;
        let file =
            safetensors::serialize([(name, view)], None).map_err(|error| unwritable(error.to_string()))?;
        std::fs::write(path, file).map_err(|error| unwritable(error.to_string()))?;
        Ok(())
    }

    pub(super) fn refused(&self, reason: String) -> CliError {
        CliError::Tensors {
            path: self.path.clone(),
            reason,
        }
    }
}
