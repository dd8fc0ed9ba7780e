//! CLIP's and CLIPSep's files as their publishers lay them out, of networks small enough for tests; the names and shapes are listed
//! here anew, after the published code.

use serde_json::{Value, json};

use super::{Scalar, Tensor};

/// Values of a token, and of a condition.
const WIDTH: usize = 64;
pub(crate) const CONDITION: usize = 16;
const POSITIONS: usize = 60;

/// `model.state_dict()` of a CLIPSep-NIT of three steps, which was trained on several cards.
pub(crate) fn clipsep(condition: usize) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize]| {
        let mut tensor = Tensor::new(format!("module.{name}"), shape);
        if name.ends_with("running_var") {
            tensor
                .values
                .iter_mut()
                .for_each(|value| *value = value.abs() + 0.5);
        }
        if name.ends_with("num_batches_tracked") {
            tensor.scalar = Scalar::I64;
        }
        tensors.push(tensor);
    };
    let norm = |add: &mut dyn FnMut(&str, &[usize]), name: &str, channels: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            add(&format!("{name}.{part}"), &[channels]);
        }
        add(&format!("{name}.num_batches_tracked"), &[]);
    };
    norm(&mut add, "sound_net.bn0", 1);
    let outer = "sound_net.unet_block.model";
    add(&format!("{outer}.0.weight"), &[3, 1, 4, 4]);
    add(&format!("{outer}.4.weight"), &[5, 6, 3, 3]);
    add(&format!("{outer}.4.bias"), &[5]);
    let middle = format!("{outer}.1.model");
    add(&format!("{middle}.1.weight"), &[4, 3, 4, 4]);
    norm(&mut add, &format!("{middle}.2"), 4);
    add(&format!("{middle}.6.weight"), &[3, 8, 3, 3]);
    norm(&mut add, &format!("{middle}.7"), 3);
    let inner = format!("{middle}.3.model");
    add(&format!("{inner}.1.weight"), &[6, 4, 4, 4]);
    add(&format!("{inner}.4.weight"), &[4, 6, 3, 3]);
    norm(&mut add, &format!("{inner}.5"), 4);
    add("frame_net.weight", &[5, condition]);
    add("frame_net.bias", &[5]);
    for head in 0..2 {
        add(&format!("pit_nets.{head}.weight"), &[5, 5]);
        add(&format!("pit_nets.{head}.bias"), &[5]);
    }
    add("synth_net.scale", &[5]);
    add("synth_net.bias", &[1]);
    tensors
}

/// CLIP as the Hub has it (`openai/clip-vit-base-patch32`): both towers.
pub(crate) fn hub(words: usize) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    add("logit_scale", &[]);
    add("text_model.embeddings.position_ids", &[1, POSITIONS]);
    add("text_model.embeddings.token_embedding.weight", &[words, WIDTH]);
    add(
        "text_model.embeddings.position_embedding.weight",
        &[POSITIONS, WIDTH],
    );
    add("vision_model.embeddings.class_embedding", &[WIDTH]);
    add(
        "vision_model.embeddings.patch_embedding.weight",
        &[WIDTH, 3, 4, 4],
    );
    add("vision_model.embeddings.position_embedding.weight", &[5, WIDTH]);
    add("vision_model.embeddings.position_ids", &[1, 5]);
    add("text_projection.weight", &[CONDITION, WIDTH]);
    add("visual_projection.weight", &[CONDITION, WIDTH]);
    let mut pair = |name: &str, shape: &[usize]| {
        add(&format!("{name}.weight"), shape);
        add(&format!("{name}.bias"), &shape[..1]);
    };
    pair("text_model.final_layer_norm", &[WIDTH]);
    pair("vision_model.pre_layrnorm", &[WIDTH]);
    pair("vision_model.post_layernorm", &[WIDTH]);
    for side in ["text_model", "vision_model"] {
        let layer = format!("{side}.encoder.layers.0");
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            pair(&format!("{layer}.self_attn.{part}"), &[WIDTH, WIDTH]);
        }
        pair(&format!("{layer}.layer_norm1"), &[WIDTH]);
        pair(&format!("{layer}.layer_norm2"), &[WIDTH]);
        pair(&format!("{layer}.mlp.fc1"), &[4 * WIDTH, WIDTH]);
        pair(&format!("{layer}.mlp.fc2"), &[WIDTH, 4 * WIDTH]);
    }
    for tensor in &mut tensors {
        if tensor.name.ends_with("position_ids") {
            tensor.scalar = Scalar::I64;
        }
    }
    tensors
}

/// CLIP's text tower by openai's names, to conditions of so many values.
pub(crate) fn openai(words: usize, condition: usize) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize]| tensors.push(Tensor::new(name, shape));
    add("logit_scale", &[]);
    add("positional_embedding", &[POSITIONS, WIDTH]);
    add("text_projection", &[WIDTH, condition]);
    add("token_embedding.weight", &[words, WIDTH]);
    let block = "transformer.resblocks.0";
    add(&format!("{block}.attn.in_proj_weight"), &[3 * WIDTH, WIDTH]);
    add(&format!("{block}.attn.in_proj_bias"), &[3 * WIDTH]);
    for (name, shape) in [
        ("attn.out_proj", &[WIDTH, WIDTH][..]),
        ("ln_1", &[WIDTH]),
        ("ln_2", &[WIDTH]),
        ("mlp.c_fc", &[4 * WIDTH, WIDTH]),
        ("mlp.c_proj", &[WIDTH, 4 * WIDTH]),
    ] {
        add(&format!("{block}.{name}.weight"), shape);
        add(&format!("{block}.{name}.bias"), &shape[..1]);
    }
    add("ln_final.weight", &[WIDTH]);
    add("ln_final.bias", &[WIDTH]);
    tensors
}

/// A vocabulary in CLIP's manner.
pub(crate) fn vocabulary() -> Value {
    let letters = "abcdefghijklmnopqrstuvwxyz.";
    let mut words = serde_json::Map::new();
    let ends = letters.chars().map(|letter| format!("{letter}</w>"));
    let all = letters.chars().map(String::from).chain(ends);
    for word in all.chain(["do", "dog</w>", "<|startoftext|>", "<|endoftext|>"].map(String::from)) {
        words.insert(word, json!(words.len()));
    }
    Value::Object(words)
}

/// Its merges.
pub(crate) const MERGES: &str = "#version: 0.2\nd o\ndo g</w>\n";

/// A `tokenizer.json` of them.
pub(crate) fn tokenizer() -> Vec<u8> {
    let merges = ["d o", "do g</w>"];
    let model = json!({
        "type": "BPE", "end_of_word_suffix": "</w>", "vocab": vocabulary(), "merges": merges,
    });
    json!({"version": "1.0", "model": model}).to_string().into_bytes()
}

/// Tokens of the vocabulary.
pub(crate) fn words() -> usize {
    vocabulary().as_object().map_or(0, serde_json::Map::len)
}
