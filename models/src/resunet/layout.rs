//! The shape of a ResUNet, from those of its tensors.
//!
//! The topology is that of ResUNet30 (`models/resunet.py` of Audio-AGI/AudioSep). Widths are taken from the tensors
//! themselves and must agree with each other.

use super::config::{FilmKind, ResUNetConfig, StageConfig};
use crate::encoder::{AUDIOSET_CLASSES, CNN14_SIZE};
use crate::part::{Misfit, Shapes, size};
use crate::separator::EncoderKind;
use crate::stft::{StftConfig, WindowKind};

/// Stages of the way down.
const STAGES: usize = 6;

/// Bins of transforms that are believed: those of windows of 64 to 24,576 samples, for sound at 1 to 384 kHz.
const BINS: std::ops::RangeInclusive<usize> = 33..=12_289;

/// Frames per second of both published networks, and of any other of their kind.
const FRAME_RATE: usize = 100;

/// The network that tensors of these shapes are. The tensors that it reads are [`ResUNetConfig::required_tensors`].
pub(super) fn recognize(shapes: &Shapes) -> Result<ResUNetConfig, Misfit> {
    let channels = |block: &str| size(shapes, &format!("base.{block}.conv_block1.conv2.weight"), 4, 0);
    let stage = |index: usize| {
        let upsampling = format!("base.decoder_block{}.conv1.weight", STAGES + 1 - index);
        let pool = |axis| match size(shapes, &upsampling, 4, axis)? {
            pool @ (1 | 2) => Ok(pool),
            _ => Err(Misfit::Shape(
                upsampling.clone(),
                "a kernel of 1 or 2 frames and bins".into(),
            )),
        };
        Ok(StageConfig {
            channels: channels(&format!("encoder_block{index}"))?,
            time: pool(2)?,
            frequency: pool(3)?,
        })
    };
    let stages: Vec<StageConfig> = (1..=STAGES).map(stage).collect::<Result<_, _>>()?;
    let pooling: usize = stages.iter().map(|stage| stage.frequency).product();
    let bins = size(shapes, "base.bn0.weight", 1, 0)?;
    if !BINS.contains(&bins) || !(bins - 1).is_multiple_of(pooling) {
        let (least, most) = (BINS.start(), BINS.end());
        let expected = format!("{least} to {most} bins, one more than a multiple of {pooling},");
        return Err(Misfit::Shape("base.bn0.weight".into(), expected));
    }
    let (sample_rate, top_band, stft) = rates(bins);
    let film = match shapes.contains_key("film.encoder_block1->conv_block1->gamma1.weight") {
        true => FilmKind::Affine,
        false => FilmKind::Additive,
    };
    let condition_size = size(shapes, "film.encoder_block1->conv_block1->beta1.weight", 2, 1)?;
    Ok(ResUNetConfig {
        sample_rate,
        top_band,
        stft,
        encoder: encoder(condition_size),
        condition_size,
        film,
        stem: size(shapes, "base.pre_conv.weight", 4, 0)?,
        stages,
        middle: channels(&format!("conv_block{}a", STAGES + 1))?,
    })
}

/// What the conditions of so many values come from: a file of USS's and one of AudioSep's have tensors of the same names.
fn encoder(condition_size: usize) -> EncoderKind {
    match condition_size {
        AUDIOSET_CLASSES => EncoderKind::AudiosetTags,
        CNN14_SIZE => EncoderKind::Cnn14,
        _ => EncoderKind::Clap,
    }
}

/// Rate in Hz, band and transform of a network that reads `bins` bins. A checkpoint says none of these but the bins:
/// AudioSep has windows of 2048 at 32 kHz, the DCASE 2024 baseline of 1024 at 16 kHz, both a window of 6.4 hops.
fn rates(bins: usize) -> (u32, (u32, u32), StftConfig) {
    let window = 2 * (bins - 1);
    let hop = (window * 5 / 32).max(1);
    let sample_rate = (hop * FRAME_RATE) as u32;
    let top_band = match sample_rate {
        32_000 => (10_000, 14_000),
        16_000 => (5_000, 7_500),
        other => (other / 16 * 5, other / 16 * 7),
    };
    let kind = WindowKind::Hann;
    (sample_rate, top_band, StftConfig { window, hop, kind })
}
