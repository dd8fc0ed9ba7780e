//! The accelerators that candle has code for: NVIDIA's and Apple's.

use std::sync::Arc;

use candle_core::Device;
use earmark_controls::DeviceChoice;

use super::accelerator::{Accelerator, OnDevice, Opened};
use crate::error::ModelError;
use crate::resunet::{ResUNet, ResUNetConfig};
use crate::tensors::Tensors;

/// An NVIDIA graphics card.
pub(super) static CUDA: Accelerator = Accelerator {
    name: DeviceChoice::Cuda.spoken(),
    feature: "cuda",
    automatic: true,
    is_built_in: candle_core::utils::cuda_is_available,
    open: || open(|| Device::new_cuda(0)),
};

/// Apple's graphics processor.
pub(super) static METAL: Accelerator = Accelerator {
    name: DeviceChoice::Metal.spoken(),
    feature: "metal",
    automatic: true,
    is_built_in: candle_core::utils::metal_is_available,
    open: || open(|| Device::new_metal(0)),
};

/// Their code where there is none of them.
pub(super) static CPU: Accelerator = Accelerator {
    name: DeviceChoice::CandleCpu.spoken(),
    feature: "",
    automatic: false,
    is_built_in: || true,
    open: || Ok(Box::new(Candle(Device::Cpu))),
};

struct Candle(Device);

fn open(device: fn() -> candle_core::Result<Device>) -> Result<Box<dyn Opened>, String> {
    // Without a driver the bindings panic.
    let opened = std::panic::catch_unwind(device).map_err(|_| "its driver is not there")?;
    Ok(Box::new(Candle(opened.map_err(|error| error.to_string())?)))
}

impl Opened for Candle {
    fn graph(&self, config: &ResUNetConfig, tensors: Box<dyn Tensors>) -> Result<OnDevice, ModelError> {
        let graph = ResUNet::read(config.clone(), tensors, &self.0)?;
        Ok(OnDevice::Windows(Arc::new(graph)))
    }
}
