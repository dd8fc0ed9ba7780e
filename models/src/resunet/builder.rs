//! Weights as candle's builders ask for them.

use candle_core::{DType, Device, Error, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

use crate::tensors::Tensors;

/// Tensors on a device, in single precision.
pub(super) fn builder(tensors: Box<dyn Tensors>, device: &Device) -> VarBuilder<'static> {
    VarBuilder::from_backend(Box::new(Backend(tensors)), DType::F32, device.clone())
}

struct Backend(Box<dyn Tensors>);

impl SimpleBackend for Backend {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, device: &Device) -> Result<Tensor> {
        let values = self.0.floats(name, shape.dims());
        let values = values.map_err(|error| Error::Msg(error.reason()))?;
        Tensor::from_vec(values, shape, device)?.to_dtype(dtype)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        Err(Error::Msg(format!(
            "the tensor {name} was asked for without its shape"
        )))
    }

    fn contains_tensor(&self, _: &str) -> bool {
        // Every network says what it needs; nothing is optional.
        true
    }
}
