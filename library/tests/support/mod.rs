//! Model files as their publishers lay them out, of networks small enough for tests.
//!
//! The names and shapes are listed here anew, after the published code, so that the importer's own list is tested.

#![allow(dead_code, reason = "each program that has this module uses a part of it")]

pub(crate) mod clip;
pub(crate) mod mutate;
pub(crate) mod pickler;

use std::io::{Cursor, Write};

use half::{bf16, f16};
use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use mutate::Random;
use pickler::Pickler;

/// How a tensor's values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    F16,
    Bf16,
    F32,
    F64,
    I64,
}

/// A tensor of a model file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// In row-major order.
    pub(crate) values: Vec<f64>,
    pub(crate) scalar: Scalar,
    /// Whether the checkpoint stores the values with the last index slowest.
    pub(crate) transposed: bool,
}

impl Tensor {
    pub(crate) fn new(name: impl Into<String>, shape: &[usize]) -> Tensor {
        let name = name.into();
        // Values that 16 bits hold exactly, others in each tensor.
        let seed = name.bytes().fold(7, |seed: u64, byte| {
            seed.wrapping_mul(31).wrapping_add(byte.into())
        });
        let mut random = Random::new(seed);
        let count = shape.iter().product();
        Tensor {
            name,
            shape: shape.to_vec(),
            values: (0..count)
                .map(|_| (random.below(255) as f64 - 127.0) / 64.0)
                .collect(),
            scalar: Scalar::F32,
            transposed: false,
        }
    }

    /// The values as a little-endian storage.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for index in 0..self.values.len() {
            let value = self.values[if self.transposed {
                self.row_major(index)
            } else {
                index
            }];
            match self.scalar {
                Scalar::F16 => bytes.extend(f16::from_f64(value).to_le_bytes()),
                Scalar::Bf16 => bytes.extend(bf16::from_f64(value).to_le_bytes()),
                Scalar::F32 => bytes.extend((value as f32).to_le_bytes()),
                Scalar::F64 => bytes.extend(value.to_le_bytes()),
                Scalar::I64 => bytes.extend((value as i64).to_le_bytes()),
            }
        }
        bytes
    }

    /// Row-major position of the value at a position that counts the first index fastest.
    fn row_major(&self, mut position: usize) -> usize {
        let mut row_major = 0;
        let mut step: usize = self.shape.iter().product();
        for &size in &self.shape {
            step /= size;
            row_major += position % size * step;
            position /= size;
        }
        row_major
    }

    pub(crate) fn strides(&self) -> Vec<usize> {
        let mut step = 1;
        let mut strides: Vec<usize> = Vec::new();
        let forward: Vec<usize> = self.shape.clone();
        let order: Vec<usize> = if self.transposed {
            forward
        } else {
            forward.into_iter().rev().collect()
        };
        for size in order {
            strides.push(step);
            step *= size;
        }
        if !self.transposed {
            strides.reverse();
        }
        strides
    }
}

/// Widths of a network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) bins: usize,
    pub(crate) channels: [usize; 6],
    pub(crate) condition: usize,
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
}

/// The micro network: windows of 128, all widths different but those that official ones are alike in.
pub(crate) const MICRO: Sizes = Sizes {
    bins: 65,
    channels: [2, 3, 4, 5, 6, 6],
    condition: 8,
    hidden: 64,
    layers: 2,
};

/// Tokens of [`tokenizer`].
pub(crate) const VOCABULARY: usize = 9;

/// The separator's tensors, by names without prefix, among them all those that importing leaves out.
pub(crate) fn separator(sizes: Sizes) -> Vec<Tensor> {
    let Sizes {
        bins,
        channels,
        condition,
        ..
    } = sizes;
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    let window = 2 * (bins - 1);
    add("base.stft.conv_real.weight".into(), &[bins, 1, window]);
    add("base.istft.ola_window".into(), &[window]);
    let norm = |add: &mut dyn FnMut(String, &[usize]), name: &str, channels: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            add(format!("base.{name}.{part}"), &[channels]);
        }
        add(format!("base.{name}.num_batches_tracked"), &[]);
    };
    let activation = |add: &mut dyn FnMut(String, &[usize]), block: &str, index: usize, channels: usize| {
        norm(add, &format!("{block}.bn{index}"), channels);
        let path = block.replace('.', "->");
        add(format!("film.{path}->beta{index}.weight"), &[channels, condition]);
        add(format!("film.{path}->beta{index}.bias"), &[channels]);
    };
    let block = |add: &mut dyn FnMut(String, &[usize]), name: &str, inputs: usize, outputs: usize| {
        activation(add, name, 1, inputs);
        activation(add, name, 2, outputs);
        add(format!("base.{name}.conv1.weight"), &[outputs, inputs, 3, 3]);
        add(format!("base.{name}.conv2.weight"), &[outputs, outputs, 3, 3]);
        if inputs != outputs {
            add(format!("base.{name}.shortcut.weight"), &[outputs, inputs, 1, 1]);
            add(format!("base.{name}.shortcut.bias"), &[outputs]);
        }
    };
    let [c1, c2, c3, c4, c5, c6] = channels;
    norm(&mut add, "bn0", bins);
    add("base.pre_conv.weight".into(), &[c1, 1, 1, 1]);
    add("base.pre_conv.bias".into(), &[c1]);
    for (index, (inputs, outputs)) in [(c1, c1), (c1, c2), (c2, c3), (c3, c4), (c4, c5), (c5, c6)]
        .into_iter()
        .enumerate()
    {
        block(
            &mut add,
            &format!("encoder_block{}.conv_block1", index + 1),
            inputs,
            outputs,
        );
    }
    block(&mut add, "conv_block7a.conv_block1", c6, c6);
    for (index, (inputs, outputs)) in [(c6, c6), (c6, c5), (c5, c4), (c4, c3), (c3, c2), (c2, c1)]
        .into_iter()
        .enumerate()
    {
        let name = format!("decoder_block{}", index + 1);
        activation(&mut add, &name, 1, inputs);
        activation(&mut add, &name, 2, inputs);
        let frames = if index == 0 { 1 } else { 2 };
        add(format!("base.{name}.conv1.weight"), &[inputs, outputs, frames, 2]);
        block(&mut add, &format!("{name}.conv_block2"), 2 * outputs, outputs);
    }
    add("base.after_conv.weight".into(), &[3, c1, 1, 1]);
    add("base.after_conv.bias".into(), &[3]);
    for tensor in &mut tensors {
        if tensor.name.ends_with("num_batches_tracked") {
            tensor.scalar = Scalar::I64;
        }
    }
    tensors
}

/// Names of the separator's tensors that are in the files but of no use.
pub(crate) fn is_unused(name: &str) -> bool {
    let in_decoder =
        |part: &str| name.contains("decoder_block") && !name.contains("conv_block2") && name.contains(part);
    name.contains("stft.")
        || name.ends_with("num_batches_tracked")
        || in_decoder(".bn2.")
        || in_decoder("->beta2.")
}

/// CLAP's tensors, by names without prefix, with a stub of its audio branch.
pub(crate) fn clap(sizes: Sizes) -> Vec<Tensor> {
    let Sizes {
        condition,
        hidden,
        layers,
        ..
    } = sizes;
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    add("logit_scale_a".into(), &[]);
    add("audio_branch.head.weight".into(), &[4, 4]);
    add("audio_projection.0.weight".into(), &[4, 4]);
    add("text_transform.sequential.0.weight".into(), &[4, 4]);
    add("text_branch.embeddings.position_ids".into(), &[1, 6]);
    for (name, rows) in [("word", VOCABULARY), ("position", 6), ("token_type", 1)] {
        add(
            format!("text_branch.embeddings.{name}_embeddings.weight"),
            &[rows, hidden],
        );
    }
    let layer_norm = |add: &mut dyn FnMut(String, &[usize]), name: String| {
        add(format!("{name}.weight"), &[hidden]);
        add(format!("{name}.bias"), &[hidden]);
    };
    let linear = |add: &mut dyn FnMut(String, &[usize]), name: String, inputs: usize, outputs: usize| {
        add(format!("{name}.weight"), &[outputs, inputs]);
        add(format!("{name}.bias"), &[outputs]);
    };
    layer_norm(&mut add, "text_branch.embeddings.LayerNorm".into());
    for index in 0..layers {
        let layer = format!("text_branch.encoder.layer.{index}");
        for name in ["query", "key", "value"] {
            linear(&mut add, format!("{layer}.attention.self.{name}"), hidden, hidden);
        }
        linear(
            &mut add,
            format!("{layer}.attention.output.dense"),
            hidden,
            hidden,
        );
        layer_norm(&mut add, format!("{layer}.attention.output.LayerNorm"));
        linear(
            &mut add,
            format!("{layer}.intermediate.dense"),
            hidden,
            2 * hidden,
        );
        linear(&mut add, format!("{layer}.output.dense"), 2 * hidden, hidden);
        layer_norm(&mut add, format!("{layer}.output.LayerNorm"));
    }
    linear(&mut add, "text_branch.pooler.dense".into(), hidden, hidden);
    linear(&mut add, "text_projection.0".into(), hidden, condition);
    linear(&mut add, "text_projection.2".into(), condition, condition);
    for tensor in &mut tensors {
        if tensor.name.ends_with("position_ids") {
            tensor.scalar = Scalar::I64;
        }
    }
    tensors
}

/// CLAP's audio tower with one block a stage, by names without prefix, among its tensors those that importing leaves out.
pub(crate) fn ears(condition: usize) -> Vec<Tensor> {
    const WIDTH: usize = 16;
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    for part in ["weight", "bias", "running_mean", "running_var"] {
        add(format!("audio_branch.bn0.{part}"), &[64]);
    }
    add("audio_branch.bn0.num_batches_tracked".into(), &[]);
    add("audio_branch.logmel_extractor.melW".into(), &[513, 64]);
    add(
        "audio_branch.spectrogram_extractor.stft.conv_real.weight".into(),
        &[4, 1, 8],
    );
    add("audio_branch.tscam_conv.weight".into(), &[2, 4, 2, 3]);
    add("audio_branch.head.weight".into(), &[2, 2]);
    let mut layer = |name: &str, shape: &[usize]| {
        add(format!("{name}.weight"), shape);
        add(format!("{name}.bias"), &shape[..1]);
    };
    layer("audio_branch.patch_embed.proj", &[WIDTH, 1, 4, 4]);
    layer("audio_branch.patch_embed.norm", &[WIDTH]);
    layer("audio_branch.norm", &[8 * WIDTH]);
    layer("audio_projection.0", &[condition, 8 * WIDTH]);
    layer("audio_projection.2", &[condition, condition]);
    for stage in 0..4 {
        let width = WIDTH << stage;
        let block = format!("audio_branch.layers.{stage}.blocks.0");
        let mut layer = |name: &str, shape: &[usize]| {
            add(format!("{block}.{name}.weight"), shape);
            add(format!("{block}.{name}.bias"), &shape[..1]);
        };
        layer("norm1", &[width]);
        layer("attn.qkv", &[3 * width, width]);
        layer("attn.proj", &[width, width]);
        layer("norm2", &[width]);
        layer("mlp.fc1", &[4 * width, width]);
        layer("mlp.fc2", &[width, 4 * width]);
        add(
            format!("{block}.attn.relative_position_bias_table"),
            &[225, 2 << stage],
        );
        add(format!("{block}.attn.relative_position_index"), &[64, 64]);
        add(format!("{block}.attn_mask"), &[4, 64, 64]);
        if stage < 3 {
            let merging = format!("audio_branch.layers.{stage}.downsample");
            add(format!("{merging}.norm.weight"), &[4 * width]);
            add(format!("{merging}.norm.bias"), &[4 * width]);
            add(format!("{merging}.reduction.weight"), &[2 * width, 4 * width]);
        }
    }
    for tensor in &mut tensors {
        if tensor.name.ends_with("num_batches_tracked") || tensor.name.ends_with("position_index") {
            tensor.scalar = Scalar::I64;
        }
    }
    tensors
}

/// PANNs' Cnn14, by names without prefix, among its tensors those that importing leaves out.
pub(crate) fn cnn14(embedding: usize, classes: usize) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    for part in ["real", "imag"] {
        let name = format!("spectrogram_extractor.stft.conv_{part}.weight");
        add(name, &[4, 1, 8]);
    }
    add("logmel_extractor.melW".into(), &[513, 64]);
    let norm = |add: &mut dyn FnMut(String, &[usize]), name: &str, channels: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            add(format!("{name}.{part}"), &[channels]);
        }
        add(format!("{name}.num_batches_tracked"), &[]);
    };
    norm(&mut add, "bn0", 64);
    let mut inputs = 1;
    for (index, outputs) in [2, 3, 4, 5, 6, 7].into_iter().enumerate() {
        let block = format!("conv_block{}", index + 1);
        for (layer, inputs) in [(1, inputs), (2, outputs)] {
            add(format!("{block}.conv{layer}.weight"), &[outputs, inputs, 3, 3]);
            norm(&mut add, &format!("{block}.bn{layer}"), outputs);
        }
        inputs = outputs;
    }
    for (name, outputs, inputs) in [("fc1", embedding, inputs), ("fc_audioset", classes, embedding)] {
        add(format!("{name}.weight"), &[outputs, inputs]);
        add(format!("{name}.bias"), &[outputs]);
    }
    for tensor in &mut tensors {
        if tensor.name.ends_with("num_batches_tracked") {
            tensor.scalar = Scalar::I64;
        }
    }
    tensors
}

/// CLAP's tensors with its whole audio tower in place of the stub.
pub(crate) fn clap_with_ears(sizes: Sizes) -> Vec<Tensor> {
    let texts = clap(sizes)
        .into_iter()
        .filter(|tensor| !tensor.name.starts_with("audio_"));
    texts.chain(ears(sizes.condition)).collect()
}

/// The tensors with `prefix` before their names.
pub(crate) fn prefixed(prefix: &str, tensors: Vec<Tensor>) -> Vec<Tensor> {
    let rename = |tensor: Tensor| Tensor {
        name: format!("{prefix}{}", tensor.name),
        ..tensor
    };
    tensors.into_iter().map(rename).collect()
}

/// Separator and CLAP as in AudioSep's module.
pub(crate) fn audiosep(sizes: Sizes) -> Vec<Tensor> {
    let mut tensors = prefixed("ss_model.", separator(sizes));
    tensors.extend(prefixed("query_encoder.model.", clap(sizes)));
    tensors
}

/// The parts of a checkpoint's zip: names and bytes.
pub(crate) type Entries = Vec<(String, Vec<u8>)>;

/// How a checkpoint is laid out around its tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// As PyTorch Lightning saves it: optimisers, callbacks and hyperparameters of classes of its own.
    Lightning,
    /// As LAION-CLAP saves it: an optimiser with NumPy's numbers.
    Clap,
    /// The dictionary of tensors under `model`, as LASS-Net's authors save it.
    Model,
    /// The dictionary of tensors alone.
    Nothing,
}

/// A checkpoint of these tensors.
pub(crate) fn checkpoint(tensors: &[Tensor], around: Around) -> Entries {
    let mut pickler = Pickler::new();
    match around {
        Around::Nothing => drop(pickler.state_dict(tensors)),
        Around::Model => drop(pickler.op(b"}").text("model").state_dict(tensors).op(b"s")),
        Around::Lightning | Around::Clap => drop(pickler.around(tensors, around)),
    }
    let mut entries = vec![
        ("archive/data.pkl".into(), pickler.finish()),
        ("archive/byteorder".into(), b"little".to_vec()),
    ];
    let storages = tensors.iter().enumerate();
    entries.extend(storages.map(|(index, tensor)| (format!("archive/data/{index}"), tensor.bytes())));
    entries.push(("archive/version".into(), b"3\n".to_vec()));
    entries
}

/// A zip of stored entries.
pub(crate) fn zipped(entries: &Entries) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), options).expect("a new entry");
        zip.write_all(bytes).expect("room in memory");
    }
    zip.finish().expect("room in memory").into_inner()
}

/// A safetensors file.
pub(crate) fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut values) = (serde_json::Map::new(), Vec::new());
    header.insert("__metadata__".into(), json!({"format": "pt"}));
    for tensor in tensors {
        let start = values.len();
        values.extend(tensor.bytes());
        let dtype = format!("{:?}", tensor.scalar).to_uppercase();
        let info = json!({"dtype": dtype, "shape": tensor.shape, "data_offsets": [start, values.len()]});
        header.insert(tensor.name.clone(), info);
    }
    let header = json!(header).to_string();
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &values,
    ]
    .concat()
}

/// A vocabulary of [`VOCABULARY`] tokens.
pub(crate) fn vocabulary() -> serde_json::Value {
    json!({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6, "Ġ": 7, "<mask>": 8})
}

/// Its merges.
pub(crate) const MERGES: &str = "#version: 0.2\na b\n";

/// A `tokenizer.json` of them.
pub(crate) fn tokenizer() -> Vec<u8> {
    let model = json!({"type": "BPE", "vocab": vocabulary(), "merges": [["a", "b"]]});
    json!({"version": "1.0", "added_tokens": [{"id": 8, "content": "<mask>"}], "model": model})
        .to_string()
        .into_bytes()
}
