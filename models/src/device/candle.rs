//! What computes windows and keeps nothing from block to block: candle, here on the processor in a card's place.

use std::sync::Arc;

use candle_core::Device;
use earmark_controls::DeviceChoice;

use super::accelerator::{Accelerator, OnDevice, Opened};
use crate::error::ModelError;
use crate::resunet::{ResUNet, ResUNetConfig};
use crate::tensors::Tensors;

/// The processor.
pub(super) static CPU: Accelerator = Accelerator {
    name: DeviceChoice::CandleCpu.spoken(),
    feature: "",
    automatic: false,
    is_built_in: || true,
    cards: Vec::new,
    open: |_| Ok(Box::new(Candle)),
};

struct Candle;

impl Opened for Candle {
    fn graph(&self, config: &ResUNetConfig, tensors: Box<dyn Tensors>) -> Result<OnDevice, ModelError> {
        let graph = ResUNet::read(config.clone(), tensors, &Device::Cpu)?;
        Ok(OnDevice::Windows(Arc::new(graph)))
    }
}
