//! Loading a network, in the precision that it bears and that this processor is quick in.

use std::sync::Arc;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use earmark_kernels::{Isa, Threads};

use super::net::StreamingNet;
use super::precision::{Formats, Precision};
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
        let load = |precision| {
            let formats = Formats::of(precision, isa);
            StreamingNet::in_formats(config.clone(), weights, isa, formats, threads.clone())
        };
        let precision = precision.on(isa);
        if precision != Precision::Auto {
            return load(precision);
        }
        let exact = Arc::new(load(Precision::Fp32)?);
        // The quicker first. Three products take less time than one in single precision only in tiles.
        let rounded = [Precision::Bf16, Precision::Bf16x3];
        for precision in &rounded[..if isa.has_tiles() { 2 } else { 1 }] {
            let rounded = Arc::new(load(*precision)?);
            if rounded.deviation(&exact)?.is_small() && rounded.is_worth_it(&exact)? {
                // Nobody else holds it; else it is made again.
                return Arc::into_inner(rounded).map_or_else(|| load(*precision), Ok);
            }
        }
        Arc::into_inner(exact).map_or_else(|| load(Precision::Fp32), Ok)
    }
}
