//! Loading a network, in the precision that it bears and that this processor is quick in.

use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use earmark_kernels::{Format, Isa, Threads};

use super::net::StreamingNet;
use super::precision::Precision;
use crate::error::ModelError;
use crate::resunet::builder::builder;
use crate::resunet::config::ResUNetConfig;
use crate::tensors::Tensors;

impl StreamingNet {
    /// Reads a safetensors file with the official tensor names, as [`ResUNet`](super::super::ResUNet) does, for this
    /// machine's best instruction set and the threads of the process, in single precision.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn from_safetensors(config: ResUNetConfig, bytes: &[u8]) -> Result<StreamingNet, ModelError> {
        let weights = VarBuilder::from_slice_safetensors(bytes, DType::F32, &Device::Cpu)
            .map_err(crate::resunet::net::refused)?;
        let weights = crate::resunet::net::without_prefix(weights);
        StreamingNet::load(config, &weights, Isa::best(), Precision::Fp32, Threads::shared())
    }

    /// Takes the weights from `tensors`, by the official names without prefix.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn read(
        config: ResUNetConfig,
        tensors: Box<dyn Tensors>,
        isa: Isa,
        precision: Precision,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        StreamingNet::load(config, &builder(tensors, &Device::Cpu), isa, precision, threads)
    }

    /// Takes the weights from `weights`, by the official names without prefix.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn load(
        config: ResUNetConfig,
        weights: &VarBuilder,
        isa: Isa,
        precision: Precision,
        threads: Arc<Threads>,
    ) -> Result<StreamingNet, ModelError> {
        config.check()?;
        let load = |format| StreamingNet::in_format(config.clone(), weights, isa, format, threads.clone());
        match precision.on(isa) {
            Precision::Fp32 => load(Format::Fp32),
            Precision::Bf16 => load(Format::Bf16),
            Precision::Auto => {
                let (exact, rounded) = (Arc::new(load(Format::Fp32)?), Arc::new(load(Format::Bf16)?));
                let small = rounded.deviation(&exact)?.is_small();
                let net = if small { rounded } else { exact };
                // Nobody else holds it; else it is made again.
                Arc::into_inner(net).map_or_else(|| load(Format::Fp32), Ok)
            }
        }
    }
}
