//! Reading tensors out of safetensors bytes, whatever their precision.

use half::f16;
use safetensors::{Dtype, SafeTensors};

use crate::error::ModelError;

/// A safetensors file in memory.
pub(crate) struct Weights<'a>(SafeTensors<'a>);

impl<'a> Weights<'a> {
    /// Reads the header.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Weights<'a>, ModelError> {
        SafeTensors::deserialize(bytes)
            .map(Weights)
            .map_err(|error| refused(format!("{error}")))
    }

    /// The values of a tensor of 32-bit or 16-bit floats, checked for its shape.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (dtype, data) = self.raw(name, shape)?;
        match dtype {
            Dtype::F32 => Ok(data
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect()),
            Dtype::F16 => Ok(data
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                .collect()),
            other => Err(refused(format!(
                "the tensor {name} is of type {other:?}, not of 16- or 32-bit floats"
            ))),
        }
    }

    /// The values of a tensor of signed bytes, checked for its shape; `None` when it is of another type.
    pub(crate) fn bytes(&self, name: &str, shape: &[usize]) -> Result<Option<Vec<i8>>, ModelError> {
        let (dtype, data) = self.raw(name, shape)?;
        Ok((dtype == Dtype::I8).then(|| data.iter().map(|&byte| byte as i8).collect()))
    }

    fn raw(&self, name: &str, shape: &[usize]) -> Result<(Dtype, &'a [u8]), ModelError> {
        let tensor = self
            .0
            .tensor(name)
            .map_err(|_| refused(format!("the tensor {name} is missing")))?;
        if tensor.shape() != shape {
            let given = tensor.shape();
            return Err(refused(format!(
                "the tensor {name} has the shape {given:?} where {shape:?} is needed"
            )));
        }
        Ok((tensor.dtype(), tensor.data()))
    }
}

fn refused(reason: String) -> ModelError {
    ModelError::Weights { reason }
}
