//! Reading tensors out of safetensors bytes, whatever their precision.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use crate::error::ModelError;
use crate::tensors::Tensors;

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
        floats(dtype, data).ok_or_else(|| {
            refused(format!(
                "the tensor {name} is of type {dtype:?}, not of 16- or 32-bit floats"
            ))
        })
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

impl Tensors for Weights<'_> {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        Weights::floats(self, name, shape)
    }

    fn signed_bytes(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, ModelError> {
        self.bytes(name, shape)?
            .ok_or_else(|| refused(format!("the tensor {name} is not one of signed bytes")))
    }
}

/// Values of the type `dtype` in little-endian bytes; `None` when they are no floats of 16 or 32 bits.
pub(crate) fn floats(dtype: Dtype, data: &[u8]) -> Option<Vec<f32>> {
    match dtype {
        Dtype::F32 => Some(each(data, f32::from_le_bytes)),
        Dtype::BF16 => Some(each(data, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Dtype::F16 => Some(halves(data)),
        _ => None,
    }
}

fn each<const N: usize>(data: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    data.as_chunks().0.iter().map(|&bytes| value(bytes)).collect()
}

/// Processors convert many at once, where they have an instruction for it.
fn halves(data: &[u8]) -> Vec<f32> {
    const BATCH: usize = 256;
    let (pairs, _) = data.as_chunks();
    let mut values = vec![0.0; pairs.len()];
    let mut batch = [f16::ZERO; BATCH];
    for (pairs, values) in pairs.chunks(BATCH).zip(values.chunks_mut(BATCH)) {
        let batch = &mut batch[..pairs.len()];
        for (half, &pair) in batch.iter_mut().zip(pairs) {
            *half = f16::from_le_bytes(pair);
        }
        batch.convert_to_f32_slice(values);
    }
    values
}

fn refused(reason: String) -> ModelError {
    ModelError::Weights { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_becomes_the_same_float_in_batches_as_alone() {
        let bits = 0..=u16::MAX;
        let data: Vec<u8> = bits.clone().flat_map(u16::to_le_bytes).collect();
        for (dtype, alone) in [
            (
                Dtype::F16,
                (|bits| f16::from_bits(bits).to_f32()) as fn(u16) -> f32,
            ),
            (Dtype::BF16, |bits| bf16::from_bits(bits).to_f32()),
        ] {
            let given = floats(dtype, &data).unwrap();
            assert_eq!(given.len(), 65_536);
            for (bits, given) in bits.clone().zip(given) {
                let alone = alone(bits);
                assert!(
                    given == alone || given.is_nan() && alone.is_nan(),
                    "{dtype:?} {bits:#x}"
                );
            }
        }
        assert!(floats(Dtype::I64, &data).is_none());
    }
}
