//! The whole network, and the separation of a whole signal with it.

use std::ops::Range;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use num_complex::Complex32;

use super::block::{DecoderBlock, EncoderBlock, Pointwise};
use super::builder::builder;
use super::config::{ResUNetConfig, StageConfig};
use super::film::{Source, Trace, batch_norm};
use crate::error::ModelError;
use crate::mask;
use crate::separator::Condition;
use crate::stft::offline::OfflineStft;
use crate::tensors::Tensors;

/// The prefix of the network's tensors in the official checkpoint.
const OFFICIAL_PREFIX: &str = "ss_model";

/// A ResUNet and its weights.
pub struct ResUNet {
    config: ResUNetConfig,
    device: Device,
    stft: OfflineStft,
    /// Scale and shift per bin, `[bins]` each.
    bn0: (Tensor, Tensor),
    pre_conv: Pointwise,
    encoders: Vec<EncoderBlock>,
    middle: EncoderBlock,
    decoders: Vec<DecoderBlock>,
    after_conv: Pointwise,
}

impl ResUNet {
    /// Reads a safetensors file with the official tensor names, with or without their prefix `ss_model.`; tensors that
    /// the network does not use are passed over.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn from_safetensors(config: ResUNetConfig, bytes: &[u8]) -> Result<ResUNet, ModelError> {
        let weights = VarBuilder::from_slice_safetensors(bytes, DType::F32, &Device::Cpu).map_err(refused)?;
        ResUNet::load(config, without_prefix(weights))
    }

    /// Takes the weights from `tensors`, by the official names without prefix, and computes on a device of candle's.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn read(
        config: ResUNetConfig,
        tensors: Box<dyn Tensors>,
        device: &Device,
    ) -> Result<ResUNet, ModelError> {
        ResUNet::load(config, builder(tensors, device))
    }

    /// Takes the weights from `weights`, by the official names without prefix, and computes on their device.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when a tensor is missing or does not fit the config.
    pub fn load(config: ResUNetConfig, weights: VarBuilder) -> Result<ResUNet, ModelError> {
        config.check()?;
        let stft = OfflineStft::new(config.stft)?;
        ResUNet::assemble(&config, stft, weights).map_err(refused)
    }

    fn assemble(
        config: &ResUNetConfig,
        stft: OfflineStft,
        weights: VarBuilder,
    ) -> candle_core::Result<ResUNet> {
        let source = Source {
            base: weights.pp("base"),
            film: weights.pp("film"),
            config,
            path: String::new(),
        };
        let (mut encoders, mut decoders) = (Vec::new(), Vec::new());
        let mut channels = config.stem;
        for (index, &stage) in config.stages.iter().enumerate() {
            let part = source.part(&format!("encoder_block{}", index + 1));
            encoders.push(EncoderBlock::load(&part, channels, stage)?);
            channels = stage.channels;
        }
        let still = StageConfig {
            channels: config.middle,
            time: 1,
            frequency: 1,
        };
        let middle = format!("conv_block{}a", config.stages.len() + 1);
        let middle = EncoderBlock::load(&source.part(&middle), channels, still)?;
        channels = config.middle;
        for (index, &stage) in config.stages.iter().rev().enumerate() {
            let part = source.part(&format!("decoder_block{}", index + 1));
            decoders.push(DecoderBlock::load(&part, channels, stage)?);
            channels = stage.channels;
        }
        Ok(ResUNet {
            device: weights.device().clone(),
            stft,
            bn0: batch_norm(source.base.pp("bn0"), config.stft.bins())?,
            pre_conv: Pointwise::load(source.base.pp("pre_conv"), 1, config.stem)?,
            encoders,
            middle,
            decoders,
            after_conv: Pointwise::load(source.base.pp("after_conv"), channels, 3)?,
            config: config.clone(),
        })
    }

    /// Its shape.
    pub fn config(&self) -> &ResUNetConfig {
        &self.config
    }

    /// Logits `[3, frames rounded up, bins − 1]` of magnitudes `[frames, bins]`, linear, of an unscaled DFT. Frames
    /// are rounded up to whole cells of the time pooling, the first frame being the first of its cell.
    ///
    /// # Errors
    /// [`ModelError::Condition`] or [`ModelError::Shape`] for the inputs, [`ModelError::Compute`] for the backend.
    pub fn logits(&self, magnitudes: &[f32], condition: &Condition) -> Result<Tensor, ModelError> {
        self.logits_traced(magnitudes, condition, &mut |_, _| ())
    }

    /// [`ResUNet::logits`], telling `trace` the name and value of every block's output: `bn0`, `pre_conv`,
    /// `encoder_blockN` and `encoder_blockN.pool`, `conv_blockNa`, `decoder_blockN`, `after_conv`, `film.…`.
    ///
    /// # Errors
    /// As [`ResUNet::logits`].
    pub fn logits_traced(
        &self,
        magnitudes: &[f32],
        condition: &Condition,
        trace: &mut Trace,
    ) -> Result<Tensor, ModelError> {
        Ok(self.batch(&[(magnitudes, condition)], trace)?.squeeze(0)?)
    }

    /// Logits of several windows at once, each of as many frames and under its own condition: of each window those of the
    /// frames `rows`, `[3, rows, bins − 1]`.
    ///
    /// # Errors
    /// As [`ResUNet::logits`].
    pub fn logits_of_windows(
        &self,
        windows: &[(&[f32], &Condition)],
        rows: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let logits = self
            .batch(windows, &mut |_, _| ())?
            .narrow(2, rows.start, rows.len())?;
        (0..windows.len())
            .map(|window| Ok(logits.get(window)?.flatten_all()?.to_vec1()?))
            .collect()
    }

    /// `[windows, 3, frames rounded up, bins − 1]`.
    fn batch(&self, windows: &[(&[f32], &Condition)], trace: &mut Trace) -> Result<Tensor, ModelError> {
        let bins = self.config.stft.bins();
        let longest = windows.iter().map(|(magnitudes, _)| magnitudes.len()).max();
        let expected = longest.unwrap_or_default();
        let (mut x, mut values) = (Vec::new(), Vec::new());
        for (magnitudes, condition) in windows {
            self.check(condition)?;
            if magnitudes.len() != expected {
                return Err(ModelError::Shape {
                    what: "A window of a batch",
                    given: magnitudes.len(),
                    expected,
                });
            }
            // The floor of the published transform: magnitudes never reach 0.
            x.extend(magnitudes.iter().map(|magnitude| magnitude.max(1e-5)));
            values.extend_from_slice(&condition.values);
        }
        let frames = self
            .config
            .frames_of(windows.first().map_or(&[], |(first, _)| first))?;
        let x = Tensor::from_vec(x, (windows.len(), 1, frames, bins), &self.device)?;
        let size = self.config.condition_size;
        let conditions = Tensor::from_vec(values, (windows.len(), size), &self.device)?;
        Ok(self.forward(&x, &conditions, trace)?)
    }

    fn forward(&self, x: &Tensor, condition: &Tensor, trace: &mut Trace) -> candle_core::Result<Tensor> {
        let x = x.broadcast_mul(&self.bn0.0)?.broadcast_add(&self.bn0.1)?;
        trace("bn0", &x);
        let (frames, bins) = (x.dim(2)?, x.dim(3)?);
        let padding = frames.next_multiple_of(self.config.time_pooling()) - frames;
        let x = x
            .pad_with_zeros(2, 0, padding)?
            .narrow(3, 0, bins - 1)?
            .contiguous()?;
        let mut x = self.pre_conv.forward(&x)?;
        trace("pre_conv", &x);
        let mut skips = Vec::with_capacity(self.encoders.len());
        for (index, encoder) in self.encoders.iter().enumerate() {
            let (skip, pooled) = encoder.forward(&x, condition, trace)?;
            trace(&format!("encoder_block{}", index + 1), &skip);
            trace(&format!("encoder_block{}.pool", index + 1), &pooled);
            skips.push(skip);
            x = pooled;
        }
        x = self.middle.forward(&x, condition, trace)?.0;
        trace(&format!("conv_block{}a", self.encoders.len() + 1), &x);
        for (index, decoder) in self.decoders.iter().enumerate() {
            let skip = &skips[skips.len() - 1 - index];
            x = decoder.forward(&x, skip, condition, trace)?;
            trace(&format!("decoder_block{}", index + 1), &x);
        }
        let x = self.after_conv.forward(&x)?;
        trace("after_conv", &x);
        Ok(x)
    }

    /// Masks `[frames, bins]` of magnitudes `[frames, bins]`.
    ///
    /// # Errors
    /// As [`ResUNet::logits`].
    pub fn masks(&self, magnitudes: &[f32], condition: &Condition) -> Result<Vec<Complex32>, ModelError> {
        let logits = self.logits(magnitudes, condition)?;
        let mut masks = vec![Complex32::default(); magnitudes.len()];
        let rows = logits.dim(1)?;
        mask::from_logit_planes(
            &logits.flatten_all()?.to_vec1()?,
            rows,
            0,
            &mut masks,
            self.config.stft.bins(),
        );
        Ok(masks)
    }

    /// The target in a whole signal, mono at the model's rate, as long as the signal: the published inference.
    ///
    /// # Errors
    /// [`ModelError::TooShort`] when the signal is not longer than half a window; [`ModelError::Condition`];
    /// [`ModelError::Compute`].
    pub fn separate(&self, wave: &[f32], condition: &Condition) -> Result<Vec<f32>, ModelError> {
        let mut spectrogram = self.stft.analyze(wave)?;
        let magnitudes: Vec<f32> = spectrogram
            .values
            .iter()
            .map(|value| value.norm_sqr().sqrt())
            .collect();
        mask::apply(&self.masks(&magnitudes, condition)?, &mut spectrogram.values);
        self.stft.synthesize(&spectrogram, wave.len())
    }

    pub(super) fn check(&self, condition: &Condition) -> Result<(), ModelError> {
        let (encoder, size) = (self.config.encoder, self.config.condition_size);
        condition.check(encoder, size)
    }
}

/// The network's part of an official file.
pub(super) fn without_prefix(weights: VarBuilder) -> VarBuilder {
    if weights.contains_tensor(&format!("{OFFICIAL_PREFIX}.base.pre_conv.weight")) {
        weights.pp(OFFICIAL_PREFIX)
    } else {
        weights
    }
}

pub(super) fn refused(error: candle_core::Error) -> ModelError {
    ModelError::Weights {
        reason: error.to_string(),
    }
}
