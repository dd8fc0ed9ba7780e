//! Files of small models as their publishers lay them out, on weights that were made here.

#![allow(dead_code, reason = "each test file uses a part of it")]

#[path = "tensors.rs"]
mod tensors;

use std::path::Path;

use earmark_models::architecture::Network;
use earmark_models::clipsep::ClipSepConfig;
use earmark_models::encoder::{ClipImageConfig, ClipLayout, ClipTextConfig, LassBertConfig};
use earmark_models::lass::LassConfig;
use earmark_models::procedural;
use safetensors::SafeTensors;

/// A LASS-Net by the names of its checkpoint.
pub(crate) fn write_lass(path: &Path) {
    let network = LassConfig {
        widths: [2, 3, 4, 5, 6, 6],
        middle: 6,
        condition_size: 16,
    };
    let text = LassBertConfig {
        positions: 16,
        layers: 1,
        hidden: 64,
        inner: 64,
        condition_size: 16,
    };
    let network = network.tensors().into_iter();
    let network = network.map(|tensor| (format!("module.UNet.{}", tensor.name), tensor.shape));
    let text = text.required_tensors().into_iter();
    let text = text.map(|(name, shape)| (format!("module.text_embedder.{name}"), shape));
    tensors::write(path, network.chain(text), weights);
}

/// A CLIPSep, and both of CLIP's towers.
pub(crate) fn write_clipsep(network: &Path, towers: &Path) {
    let config = ClipSepConfig {
        maps: 8,
        channels: vec![4, 8, 8],
        condition_size: 64,
    };
    tensors::write(network, config.required_tensors(), weights);
    let layout = ClipLayout::HuggingFace;
    let text = ClipTextConfig {
        layout,
        words: 548,
        blocks: 1,
        width: 64,
        condition_size: 64,
        ..ClipTextConfig::vit_b_32()
    };
    let image = ClipImageConfig {
        layout,
        patch: 8,
        grid: 3,
        blocks: 1,
        width: 64,
        condition_size: 64,
    };
    tensors::write(
        towers,
        [text.required_tensors(), image.required_tensors()].concat(),
        weights,
    );
}

fn weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (mean, width) = match shape {
        _ if name.ends_with("running_mean") => (0.0, 0.1),
        _ if name.ends_with("running_var") => (1.0, 0.4),
        _ if name.ends_with("bias") => (0.0, 0.1),
        _ if name.ends_with("scale") || name.contains("embedding") => (0.0, 0.5),
        [_] => (1.0, 0.3),
        [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
        [] => (0.0, 1.0),
    };
    let values = procedural::uniform(name, shape.iter().product());
    values.map(move |value| mean + width * value)
}

/// The tokenizer of CLIP's fixture.
pub(crate) fn clip_tokenizer() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures/clip_small_io.safetensors");
    let bytes = std::fs::read(path).expect("a fixture");
    let file = SafeTensors::deserialize(&bytes).expect("a fixture");
    file.tensor("tokenizer").expect("it is there").data().to_vec()
}
