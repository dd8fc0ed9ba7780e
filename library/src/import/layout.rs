//! The tensors that the two networks have, and their shapes.
//!
//! The topology is that of ResUNet30 (`models/resunet.py` of Audio-AGI/AudioSep) and of RoBERTa with CLAP's projection
//! (Hugging Face's `RobertaModel`; `open_clip/model.py` of LAION-CLAP). Widths are taken from the tensors themselves
//! and must agree with each other.

use std::collections::BTreeMap;

use super::config::{Encoder, Film, NetworkConfig, Stage};

/// Stages of the way down.
const STAGES: usize = 6;

/// Outputs per bin: logits of the magnitude's mask, and the two coordinates of the phase's.
const OUTPUTS: usize = 3;

/// Widest layer that is believed.
const WIDEST: usize = 1 << 16;

/// Most layers of a text tower that are believed.
const MOST_LAYERS: usize = 64;

/// Bins of transforms that are believed: those of windows of 64 to 24,576 samples, for sound at 1 to 384 kHz.
const BINS: std::ops::RangeInclusive<usize> = 33..=12_289;

/// Width of each of RoBERTa's attention heads.
const HEAD: usize = 64;

/// Width of RoBERTa-base, and its layers.
const ROBERTA_BASE: (usize, usize) = (768, 12);

/// Shapes by names.
pub(super) type Shapes<'a> = BTreeMap<&'a str, &'a [usize]>;

/// A tensor that a network reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
}

/// Why tensors are not those of a network.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// There is no tensor of this name.
    Missing(String),
    /// A tensor of an impossible shape, and the shapes that are possible.
    Shape(String, String),
}

/// Values of a text tower that others must agree with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextSizes {
    /// Tokens that it knows.
    pub(super) vocabulary: usize,
    /// Values of a condition.
    pub(super) outputs: usize,
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

/// The separator's shape and the tensors that it reads. The second batch normalisation of the decoder blocks and its
/// FiLM are in the files, but the published code never uses them.
pub(super) fn separator(shapes: &Shapes) -> Result<(NetworkConfig, Vec<Needed>), Misfit> {
    let config = separator_config(shapes)?;
    let mut list = List {
        needed: Vec::new(),
        condition: config.condition_size,
    };
    list.batch_norm("bn0", config.stft.window / 2 + 1);
    list.pointwise("pre_conv", 1, config.stem);
    let mut channels = config.stem;
    for (index, stage) in config.stages.iter().enumerate() {
        list.block(
            &format!("encoder_block{}.conv_block1", index + 1),
            channels,
            stage.channels,
        );
        channels = stage.channels;
    }
    list.block(
        &format!("conv_block{}a.conv_block1", STAGES + 1),
        channels,
        config.middle,
    );
    channels = config.middle;
    for (index, stage) in config.stages.iter().rev().enumerate() {
        let name = format!("decoder_block{}", index + 1);
        list.activation(&name, 1, channels);
        let upsampling = [channels, stage.channels, stage.time, stage.frequency];
        list.base(&format!("{name}.conv1.weight"), &upsampling);
        list.block(&format!("{name}.conv_block2"), 2 * stage.channels, stage.channels);
        channels = stage.channels;
    }
    list.pointwise("after_conv", channels, OUTPUTS);
    Ok((config, list.needed))
}

fn separator_config(shapes: &Shapes) -> Result<NetworkConfig, Misfit> {
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
        Ok(Stage {
            channels: channels(&format!("encoder_block{index}"))?,
            time: pool(2)?,
            frequency: pool(3)?,
        })
    };
    let stages: Vec<Stage> = (1..=STAGES).map(stage).collect::<Result<_, _>>()?;
    let pooling: usize = stages.iter().map(|stage| stage.frequency).product();
    let bins = size(shapes, "base.bn0.weight", 1, 0)?;
    if !BINS.contains(&bins) || !(bins - 1).is_multiple_of(pooling) {
        let (least, most) = (BINS.start(), BINS.end());
        let expected = format!("{least} to {most} bins, one more than a multiple of {pooling},");
        return Err(Misfit::Shape("base.bn0.weight".into(), expected));
    }
    let (sample_rate, top_band, stft) = NetworkConfig::rates(bins);
    Ok(NetworkConfig {
        sample_rate,
        top_band,
        stft,
        encoder: Encoder::Clap,
        condition_size: size(shapes, "film.encoder_block1->conv_block1->beta1.weight", 2, 1)?,
        film: Film::Additive,
        stem: size(shapes, "base.pre_conv.weight", 4, 0)?,
        stages,
        middle: channels(&format!("conv_block{}a", STAGES + 1))?,
    })
}

struct List {
    needed: Vec<Needed>,
    condition: usize,
}

impl List {
    fn add(&mut self, name: String, shape: &[usize]) {
        let shape = shape.to_vec();
        self.needed.push(Needed { name, shape });
    }

    fn base(&mut self, name: &str, shape: &[usize]) {
        self.add(format!("base.{name}"), shape);
    }

    fn batch_norm(&mut self, name: &str, channels: usize) {
        for value in ["weight", "bias", "running_mean", "running_var"] {
            self.base(&format!("{name}.{value}"), &[channels]);
        }
    }

    fn pointwise(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.base(&format!("{name}.weight"), &[outputs, inputs, 1, 1]);
        self.base(&format!("{name}.bias"), &[outputs]);
    }

    /// A batch normalisation and its FiLM, whose names are paths joined by `->`.
    fn activation(&mut self, block: &str, index: usize, channels: usize) {
        self.batch_norm(&format!("{block}.bn{index}"), channels);
        let film = format!("film.{}->beta{index}", block.replace('.', "->"));
        self.add(format!("{film}.weight"), &[channels, self.condition]);
        self.add(format!("{film}.bias"), &[channels]);
    }

    fn block(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.activation(name, 1, inputs);
        self.activation(name, 2, outputs);
        self.base(&format!("{name}.conv1.weight"), &[outputs, inputs, 3, 3]);
        self.base(&format!("{name}.conv2.weight"), &[outputs, outputs, 3, 3]);
        if inputs != outputs {
            self.pointwise(&format!("{name}.shortcut"), inputs, outputs);
        }
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.add(format!("{name}.weight"), &[outputs, inputs]);
        self.add(format!("{name}.bias"), &[outputs]);
    }

    fn layer_norm(&mut self, name: &str, width: usize) {
        self.add(format!("{name}.weight"), &[width]);
        self.add(format!("{name}.bias"), &[width]);
    }
}

/// The text tower's sizes and the tensors that it reads.
pub(super) fn text(shapes: &Shapes) -> Result<(TextSizes, Vec<Needed>), Misfit> {
    let table = |name: &str| format!("text_branch.embeddings.{name}_embeddings.weight");
    let word = table("word");
    let (vocabulary, hidden) = (size(shapes, &word, 2, 0)?, size(shapes, &word, 2, 1)?);
    if !hidden.is_multiple_of(HEAD) {
        return Err(Misfit::Shape(
            word,
            format!("a table of a multiple of {HEAD} columns"),
        ));
    }
    let layers = layers(shapes);
    if layers == 0 || (hidden == ROBERTA_BASE.0 && layers < ROBERTA_BASE.1) {
        let name = format!("text_branch.encoder.layer.{layers}.attention.self.query.weight");
        return Err(Misfit::Missing(name));
    }
    let inner = size(
        shapes,
        "text_branch.encoder.layer.0.intermediate.dense.weight",
        2,
        0,
    )?;
    let outputs = size(shapes, "text_projection.2.weight", 2, 0)?;
    let mut list = List {
        needed: Vec::new(),
        condition: outputs,
    };
    list.add(word, &[vocabulary, hidden]);
    let positions = size(shapes, &table("position"), 2, 0)?;
    list.add(table("position"), &[positions, hidden]);
    list.add(table("token_type"), &[1, hidden]);
    list.layer_norm("text_branch.embeddings.LayerNorm", hidden);
    for index in 0..layers {
        let layer = format!("text_branch.encoder.layer.{index}");
        for name in ["query", "key", "value"] {
            list.linear(&format!("{layer}.attention.self.{name}"), hidden, hidden);
        }
        list.linear(&format!("{layer}.attention.output.dense"), hidden, hidden);
        list.layer_norm(&format!("{layer}.attention.output.LayerNorm"), hidden);
        list.linear(&format!("{layer}.intermediate.dense"), hidden, inner);
        list.linear(&format!("{layer}.output.dense"), inner, hidden);
        list.layer_norm(&format!("{layer}.output.LayerNorm"), hidden);
    }
    list.linear("text_branch.pooler.dense", hidden, hidden);
    list.linear("text_projection.0", hidden, outputs);
    list.linear("text_projection.2", outputs, outputs);
    Ok((TextSizes { vocabulary, outputs }, list.needed))
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
