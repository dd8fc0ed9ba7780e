//! The shapes of the two networks, from those of their tensors.
//!
//! The topology is that of ResUNet30 (`models/resunet.py` of Audio-AGI/AudioSep) and of RoBERTa with CLAP's projection
//! (Hugging Face's `RobertaModel`; `open_clip/model.py` of LAION-CLAP). Widths are taken from the tensors themselves
//! and must agree with each other.

use std::collections::BTreeMap;

use earmark_models::EncoderKind;
use earmark_models::encoder::RobertaConfig;
use earmark_models::resunet::{FilmKind, ResUNetConfig, StageConfig};
use earmark_models::stft::{StftConfig, WindowKind};

/// Stages of the way down.
const STAGES: usize = 6;

/// Widest layer that is believed.
const WIDEST: usize = 1 << 16;

/// Most layers of a text tower that are believed.
const MOST_LAYERS: usize = 64;

/// Bins of transforms that are believed: those of windows of 64 to 24,576 samples, for sound at 1 to 384 kHz.
const BINS: std::ops::RangeInclusive<usize> = 33..=12_289;

/// Frames per second of both published networks, and of any other of their kind.
const FRAME_RATE: usize = 100;

/// Width of each of RoBERTa's attention heads.
const HEAD: usize = 64;

/// Shapes by names.
pub(super) type Shapes<'a> = BTreeMap<&'a str, &'a [usize]>;

/// Why tensors are not those of a network.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// There is no tensor of this name.
    Missing(String),
    /// A tensor of an impossible shape, and the shapes that are possible.
    Shape(String, String),
}

/// Size of `name` along `axis`, of `rank` axes.
fn size(shapes: &Shapes, name: &str, rank: usize, axis: usize) -> Result<usize, Misfit> {
    let shape = shapes.get(name).ok_or_else(|| Misfit::Missing(name.into()))?;
    if shape.len() == rank && shape.iter().all(|size| (1..=WIDEST).contains(size)) {
        return Ok(shape[axis]);
    }
    let expected = format!("one of {rank} dimensions of 1 to {WIDEST}");
    Err(Misfit::Shape(name.into(), expected))
}

/// The separator's shape. The tensors that it reads are [`ResUNetConfig::required_tensors`].
pub(super) fn separator(shapes: &Shapes) -> Result<ResUNetConfig, Misfit> {
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
    Ok(ResUNetConfig {
        sample_rate,
        top_band,
        stft,
        encoder: EncoderKind::Clap,
        condition_size: size(shapes, "film.encoder_block1->conv_block1->beta1.weight", 2, 1)?,
        film: FilmKind::Additive,
        stem: size(shapes, "base.pre_conv.weight", 4, 0)?,
        stages,
        middle: channels(&format!("conv_block{}a", STAGES + 1))?,
    })
}

/// The text tower's shape. The tensors that it reads are [`RobertaConfig::required_tensors`].
pub(super) fn text(shapes: &Shapes) -> Result<RobertaConfig, Misfit> {
    let table = |name: &str| format!("text_branch.embeddings.{name}_embeddings.weight");
    let word = table("word");
    let (words, hidden) = (size(shapes, &word, 2, 0)?, size(shapes, &word, 2, 1)?);
    if !hidden.is_multiple_of(HEAD) {
        return Err(Misfit::Shape(
            word,
            format!("a table of a multiple of {HEAD} columns"),
        ));
    }
    let inner = "text_branch.encoder.layer.0.intermediate.dense.weight";
    let config = RobertaConfig {
        words,
        positions: size(shapes, &table("position"), 2, 0)?,
        layers: layers(shapes),
        hidden,
        inner: size(shapes, inner, 2, 0)?,
        condition_size: size(shapes, "text_projection.2.weight", 2, 0)?,
    };
    match config.missing_layer() {
        Some(layer) => Err(Misfit::Missing(format!(
            "text_branch.encoder.layer.{layer}.attention.self.query.weight"
        ))),
        None => Ok(config),
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

/// Layers of the text tower, by the highest number.
fn layers(shapes: &Shapes) -> usize {
    let numbers = shapes.keys().filter_map(|name| {
        let rest = name.strip_prefix("text_branch.encoder.layer.")?;
        rest.split_once('.')?.0.parse::<usize>().ok()
    });
    numbers
        .filter(|&index| index < MOST_LAYERS)
        .map(|index| index + 1)
        .max()
        .unwrap_or(0)
}
