//! By which names CLIP's tensors are known: openai's (`clip/model.py`), which open_clip's are, too, or those of the Hugging Face
//! Hub (`transformers`, `models/clip/modeling_clip.py`), where what attention reads are three matrices.

use super::config::INNER;
use crate::part::Shapes;

/// Whose names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `transformer.resblocks.0.attn.in_proj_weight`.
    OpenAi,
    /// `text_model.encoder.layers.0.self_attn.q_proj.weight`.
    HuggingFace,
}

/// Which tower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// That of texts.
    Text,
    /// That of pictures.
    Image,
}

/// Names of a block's parts, in their order, behind the block's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockNames {
    pub(super) attention: &'static str,
    pub(super) output: &'static str,
    pub(super) first_norm: &'static str,
    pub(super) second_norm: &'static str,
    pub(super) wide: &'static str,
    pub(super) narrow: &'static str,
}

impl Layout {
    /// That of a tower's tensors; openai's where they are nobody's.
    pub(super) fn of(shapes: &Shapes, side: Side) -> Layout {
        let begin = match side {
            Side::Text => "text_model.",
            Side::Image => "vision_model.",
        };
        match shapes.keys().any(|name| name.starts_with(begin)) {
            true => Layout::HuggingFace,
            false => Layout::OpenAi,
        }
    }

    /// What the names of blocks begin with, their number following.
    pub(super) fn blocks(self, side: Side) -> &'static str {
        match (self, side) {
            (Layout::OpenAi, Side::Text) => "transformer.resblocks.",
            (Layout::OpenAi, Side::Image) => "visual.transformer.resblocks.",
            (Layout::HuggingFace, Side::Text) => "text_model.encoder.layers.",
            (Layout::HuggingFace, Side::Image) => "vision_model.encoder.layers.",
        }
    }

    pub(super) fn block_names(self) -> BlockNames {
        match self {
            Layout::OpenAi => BlockNames {
                attention: "attn",
                output: "attn.out_proj",
                first_norm: "ln_1",
                second_norm: "ln_2",
                wide: "mlp.c_fc",
                narrow: "mlp.c_proj",
            },
            Layout::HuggingFace => BlockNames {
                attention: "self_attn",
                output: "self_attn.out_proj",
                first_norm: "layer_norm1",
                second_norm: "layer_norm2",
                wide: "mlp.fc1",
                narrow: "mlp.fc2",
            },
        }
    }

    /// Names of what attention reads, `.weight` and `.bias` or their like in one: query, key and value, or all three at once.
    pub(super) fn inputs(self, block: &str) -> Vec<[String; 2]> {
        let attention = self.block_names().attention;
        match self {
            Layout::OpenAi => {
                let name = |value| format!("{block}.{attention}.in_proj_{value}");
                vec![[name("weight"), name("bias")]]
            }
            Layout::HuggingFace => ["q", "k", "v"]
                .map(|part| {
                    ["weight", "bias"].map(|value| format!("{block}.{attention}.{part}_proj.{value}"))
                })
                .into(),
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Layout::OpenAi => "token_embedding.weight",
            Layout::HuggingFace => "text_model.embeddings.token_embedding.weight",
        }
    }

    pub(super) fn positions(self, side: Side) -> &'static str {
        match (self, side) {
            (Layout::OpenAi, Side::Text) => "positional_embedding",
            (Layout::OpenAi, Side::Image) => "visual.positional_embedding",
            (Layout::HuggingFace, Side::Text) => "text_model.embeddings.position_embedding.weight",
            (Layout::HuggingFace, Side::Image) => "vision_model.embeddings.position_embedding.weight",
        }
    }

    pub(super) fn patches(self) -> &'static str {
        match self {
            Layout::OpenAi => "visual.conv1.weight",
            Layout::HuggingFace => "vision_model.embeddings.patch_embedding.weight",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Layout::OpenAi => "visual.class_embedding",
            Layout::HuggingFace => "vision_model.embeddings.class_embedding",
        }
    }

    /// The normalisation before an image tower's blocks; the Hub's files spell it so.
    pub(super) fn first_norm(self) -> &'static str {
        match self {
            Layout::OpenAi => "visual.ln_pre",
            Layout::HuggingFace => "vision_model.pre_layrnorm",
        }
    }

    /// The normalisation after a tower's blocks.
    pub(super) fn last_norm(self, side: Side) -> &'static str {
        match (self, side) {
            (Layout::OpenAi, Side::Text) => "ln_final",
            (Layout::OpenAi, Side::Image) => "visual.ln_post",
            (Layout::HuggingFace, Side::Text) => "text_model.final_layer_norm",
            (Layout::HuggingFace, Side::Image) => "vision_model.post_layernorm",
        }
    }

    pub(super) fn projection(self, side: Side) -> &'static str {
        match (self, side) {
            (Layout::OpenAi, Side::Text) => "text_projection",
            (Layout::OpenAi, Side::Image) => "visual.proj",
            (Layout::HuggingFace, Side::Text) => "text_projection.weight",
            (Layout::HuggingFace, Side::Image) => "visual_projection.weight",
        }
    }

    /// The axis of the projection along which a condition lies.
    pub(super) fn projection_axis(self) -> usize {
        match self {
            Layout::OpenAi => 1,
            Layout::HuggingFace => 0,
        }
    }

    pub(super) fn projection_tensor(
        self,
        side: Side,
        width: usize,
        condition_size: usize,
    ) -> (String, Vec<usize>) {
        let shape = match self.projection_axis() {
            0 => vec![condition_size, width],
            _ => vec![width, condition_size],
        };
        (self.projection(side).into(), shape)
    }

    pub(super) fn norm_tensors(self, name: &str, width: usize, tensors: &mut Vec<(String, Vec<usize>)>) {
        for value in ["weight", "bias"] {
            tensors.push((format!("{name}.{value}"), vec![width]));
        }
    }

    /// Name and shape of the tensors of so many blocks.
    pub(super) fn block_tensors(self, side: Side, blocks: usize, width: usize) -> Vec<(String, Vec<usize>)> {
        let (names, inner) = (self.block_names(), INNER * width);
        let mut tensors = Vec::new();
        for index in 0..blocks {
            let block = format!("{}{index}", self.blocks(side));
            let inputs = self.inputs(&block);
            let outputs = 3 * width / inputs.len();
            for [weight, bias] in inputs {
                tensors.push((weight, vec![outputs, width]));
                tensors.push((bias, vec![outputs]));
            }
            for (name, outputs, inputs) in [
                (names.output, width, width),
                (names.wide, inner, width),
                (names.narrow, width, inner),
            ] {
                tensors.push((format!("{block}.{name}.weight"), vec![outputs, inputs]));
                tensors.push((format!("{block}.{name}.bias"), vec![outputs]));
            }
            for name in [names.first_norm, names.second_norm] {
                self.norm_tensors(&format!("{block}.{name}"), width, &mut tensors);
            }
        }
        tensors
    }

    /// The first tensor of a block.
    pub(super) fn first_of_block(self, side: Side, index: usize) -> String {
        let [weight, _] = &self.inputs(&format!("{}{index}", self.blocks(side)))[0];
        weight.clone()
    }
}
