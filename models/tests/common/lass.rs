//! LASS-Net on the weights that its fixtures were computed with.

use earmark_models::encoder::LassBertConfig;
use earmark_models::procedural;
use safetensors::Dtype;

use super::imported::{Content, Stored};

/// The text encoder, in a file.
pub(crate) fn tower(config: &LassBertConfig, dtype: Dtype) -> Content {
    let mut content = Content::default();
    for (name, shape) in config.required_tensors() {
        let stored = Stored::floats(dtype, &shape, tower_weights(&name, &shape));
        content.tensors.insert(format!("bert.{name}"), stored);
    }
    content
}

fn tower_weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (offset, scale) = match shape {
        _ if name.ends_with("LayerNorm.weight") => (1.0, 0.1),
        _ if name.ends_with("bias") || name.contains("embeddings.") => (0.0, 0.05),
        _ => (0.0, (3.0 / shape[1] as f32).sqrt()),
    };
    procedural::uniform(&format!("text_embedder.{name}"), shape.iter().product())
        .map(move |value| offset + scale * value)
}
