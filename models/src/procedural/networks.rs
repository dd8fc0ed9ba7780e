//! Networks on procedural weights.

use std::sync::Arc;

use candle_core::Device;
use earmark_kernels::{Isa, Threads};

use super::Procedural;
use crate::error::ModelError;
use crate::resunet::{Precision, ResUNet, ResUNetConfig, StreamingNet};

/// A ResUNet of this shape on procedural weights. It separates nothing, but costs what a trained one costs.
///
/// # Errors
/// [`ModelError::Weights`] when the config is impossible.
pub fn resunet(config: ResUNetConfig) -> Result<ResUNet, ModelError> {
    ResUNet::read(config, Box::new(Procedural), &Device::Cpu)
}

/// The same network on our own kernels, for this instruction set, this precision and these threads.
///
/// # Errors
/// [`ModelError::Weights`] when the config is impossible.
pub fn streaming(
    config: ResUNetConfig,
    isa: Isa,
    precision: Precision,
    threads: Arc<Threads>,
) -> Result<StreamingNet, ModelError> {
    StreamingNet::read(config, Box::new(Procedural), isa, precision, threads)
}
