//! Writes a model of AudioSep's size with CLAP's audio tower, on weights that separate nothing: to time what an example of a sound costs
//! without the published files.
//!
//! ```sh
//! cargo run --release -p earmark-models --example audiosep_to_time -- FOLDER/models/audiosep-to-time.safetensors
//! EARMARK_DATA=FOLDER earmark bench --listen --model audiosep-to-time
//! ```
//!
//! The network and the audio tower have their published sizes. The text tower is a small one, which nothing here asks.

use std::collections::HashMap;
use std::path::Path;

use earmark_models::encoder::{HtsatConfig, RobertaConfig};
use earmark_models::resunet::ResUNetConfig;
use earmark_models::{imported, procedural};
use safetensors::tensor::{Dtype, TensorView};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("say where to write the model")?;
    let network = ResUNetConfig::audiosep();
    let text = RobertaConfig {
        words: 306,
        layers: 1,
        hidden: 128,
        inner: 256,
        ..RobertaConfig::clap()
    };
    let parts = [
        ("resunet.", network.required_tensors()?),
        ("text.", text.required_tensors()),
        ("audio.", HtsatConfig::clap().required_tensors()),
    ];
    let mut tensors = vec![("tokenizer".to_owned(), Dtype::U8, vec![1], vec![0])];
    for (part, shapes) in parts {
        for (name, shape) in shapes {
            let values = weights(&name, &shape);
            let bytes = values.flat_map(f32::to_le_bytes).collect();
            tensors.push((format!("{part}{name}"), Dtype::F32, shape, bytes));
        }
    }
    let mut views = Vec::new();
    for (name, dtype, shape, bytes) in &tensors {
        views.push((name, TensorView::new(*dtype, shape.clone(), bytes)?));
    }
    let entries: HashMap<String, String> = [
        (imported::FORMAT_KEY, imported::FORMAT.to_owned()),
        (imported::ID_KEY, "audiosep-to-time".into()),
        (
            imported::NAME_KEY,
            "AudioSep's size, on weights that separate nothing".into(),
        ),
        (
            imported::PARTS_KEY,
            r#"["resunet.","text.","tokenizer","audio."]"#.into(),
        ),
        (imported::CONFIG_KEY, serde_json::to_string(&network)?),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    safetensors::serialize_to_file(views, Some(entries), Path::new(&path))?;
    Ok(())
}

/// Values with which signals keep their power from layer to layer.
fn weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (mean, width) = match shape {
        // Levels of mel bands in decibels.
        _ if name.ends_with("bn0.running_mean") && shape == [64] => (-30.0, 10.0),
        _ if name.ends_with("running_mean") => (0.0, 0.1),
        _ if name.ends_with("running_var") => (1.0, 0.4),
        _ if name.ends_with("melW") => (0.1, 0.1),
        _ if name.ends_with("bias") => (0.0, 0.1),
        [_] => (1.0, 0.1),
        [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
        [] => (0.0, 1.0),
    };
    procedural::uniform(name, shape.iter().product()).map(move |value| mean + width * value)
}
