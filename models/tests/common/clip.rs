//! CLIP's towers on the weights that their fixture was computed with, by openai's names and by Hugging Face's.

use earmark_models::encoder::{ClipImageConfig, ClipLayout, ClipTextConfig};
use earmark_models::procedural;
use safetensors::Dtype;

use super::Fixture;
use super::imported::{Content, Stored};

pub(crate) const LAYOUTS: [ClipLayout; 2] = [ClipLayout::OpenAi, ClipLayout::HuggingFace];

const WIDTH: usize = 128;

/// The shape of the text tower of `clip_small_io`.
pub(crate) fn small_text(layout: ClipLayout) -> ClipTextConfig {
    ClipTextConfig {
        layout,
        words: 548,
        positions: 77,
        blocks: 2,
        width: WIDTH,
        condition_size: 64,
    }
}

/// The shape of the image tower of `clip_small_io`.
pub(crate) fn small_image(layout: ClipLayout) -> ClipImageConfig {
    ClipImageConfig {
        layout,
        patch: 16,
        grid: 4,
        blocks: 2,
        width: WIDTH,
        condition_size: 64,
    }
}

/// The tokenizer of `clip_small_io`.
pub(crate) fn small_tokenizer(io: &Fixture) -> Vec<u8> {
    io.tensors["tokenizer"].to_vec1().unwrap()
}

/// A text tower and its tokenizer.
pub(crate) fn tower(config: &ClipTextConfig, dtype: Dtype, tokenizer: &[u8]) -> Content {
    let mut content = Content::default();
    for (name, shape) in config.required_tensors() {
        let stored = Stored::floats(dtype, &shape, values(&name, &shape));
        content.tensors.insert(format!("clip-text.{name}"), stored);
    }
    content.tensors.insert("tokenizer".into(), Stored::raw(tokenizer));
    content
}

/// Adds an image tower.
pub(crate) fn with_eyes(mut content: Content, config: &ClipImageConfig, dtype: Dtype) -> Content {
    for (name, shape) in config.required_tensors() {
        let stored = Stored::floats(dtype, &shape, values(&name, &shape));
        content.tensors.insert(format!("clip-image.{name}"), stored);
    }
    content
}

/// The values of a tensor of either layout: those of openai's tensor that it is, or is a part of.
fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let own = openais(name);
    if let Some(part) = ["q", "k", "v"]
        .iter()
        .position(|part| name.contains(&format!("self_attn.{part}_proj")))
    {
        let whole = [&[3 * shape[0]], &shape[1..]].concat();
        let count = shape.iter().product();
        return weights(&own, &whole).skip(part * count).take(count).collect();
    }
    if ["text_projection.weight", "visual_projection.weight"].contains(&name) {
        let whole: Vec<f32> = weights(&own, &[shape[1], shape[0]]).collect();
        let at = |row: usize, column: usize| whole[column * shape[0] + row];
        return (0..shape[0] * shape[1])
            .map(|index| at(index / shape[1], index % shape[1]))
            .collect();
    }
    weights(&own, shape).collect()
}

/// The name that openai gives a tensor.
fn openais(name: &str) -> String {
    let renamed = [
        ("text_model.encoder.layers.", "transformer.resblocks."),
        ("vision_model.encoder.layers.", "visual.transformer.resblocks."),
        ("self_attn.out_proj", "attn.out_proj"),
        ("self_attn.q_proj.", "attn.in_proj_"),
        ("self_attn.k_proj.", "attn.in_proj_"),
        ("self_attn.v_proj.", "attn.in_proj_"),
        ("layer_norm1", "ln_1"),
        ("layer_norm2", "ln_2"),
        ("mlp.fc1", "mlp.c_fc"),
        ("mlp.fc2", "mlp.c_proj"),
        ("text_model.embeddings.token_embedding", "token_embedding"),
        (
            "text_model.embeddings.position_embedding.weight",
            "positional_embedding",
        ),
        ("text_model.final_layer_norm", "ln_final"),
        ("text_projection.weight", "text_projection"),
        (
            "vision_model.embeddings.class_embedding",
            "visual.class_embedding",
        ),
        ("vision_model.embeddings.patch_embedding", "visual.conv1"),
        (
            "vision_model.embeddings.position_embedding.weight",
            "visual.positional_embedding",
        ),
        ("vision_model.pre_layrnorm", "visual.ln_pre"),
        ("vision_model.post_layernorm", "visual.ln_post"),
        ("visual_projection.weight", "visual.proj"),
    ];
    renamed
        .iter()
        .fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
}

fn weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (offset, scale) = match shape {
        _ if name.ends_with("bias") => (0.0, 0.05),
        _ if name.contains("embedding") => (0.0, 0.5),
        [inputs, _] if name.ends_with("text_projection") || name.ends_with("visual.proj") => {
            (0.0, (3.0 / *inputs as f32).sqrt())
        }
        [_] => (1.0, 0.1),
        [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
        [] => (0.0, 1.0),
    };
    procedural::uniform(&format!("clip.{name}"), shape.iter().product())
        .map(move |value| offset + scale * value)
}
