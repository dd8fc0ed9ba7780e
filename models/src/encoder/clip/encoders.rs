//! CLIP's towers in files, and the encoders that they serve.

use std::sync::Arc;

use super::super::description::{Encoder, EncoderWeights, ImageTower, SideShape, Tower};
use super::super::vectors::Vectors;
use super::config::{ClipImageConfig, ClipTextConfig};
use super::words::ClipWords;
use super::{ClipEncoder, ClipImageEncoder};
use crate::error::ModelError;
use crate::part::{Misfit, Part, Shapes};
use crate::place::Place;
use crate::separator::{EncoderKind, QueryEncoder};

/// What others put before the names: AudioSep's module around its query encoder, or nothing.
const WRAPPERS: &[&str] = &[
    "query_encoder.model.",
    "module.query_encoder.model.",
    "model.query_encoder.model.",
    "module.",
    "model.",
    "",
];

/// CLIP's text tower, in files.
pub(super) static TOWER: Part = Part {
    title: "CLIP's text tower",
    stored: "clip-text.",
    modules: &[],
    wrappers: WRAPPERS,
    roots: &[
        "token_embedding.weight",
        "positional_embedding",
        "transformer.resblocks.",
        "ln_final.",
        "text_projection",
        "text_model.",
        "text_projection.weight",
    ],
    unused_roots: &[],
    // Indices that are their own positions.
    unused_ends: &[".position_ids"],
    example: "token_embedding.weight",
    remedy: "CLIP's own weights (model.safetensors of openai/clip-vit-base-patch32)",
};

/// CLIP's tokenizer: the bytes of its `tokenizer.json`.
pub(super) static TOKENIZER: Part = Part {
    title: "CLIP's tokenizer",
    stored: "tokenizer",
    modules: &[],
    wrappers: &[],
    roots: &[],
    unused_roots: &[],
    unused_ends: &[],
    example: "",
    remedy: "the tokenizer.json of openai/clip-vit-base-patch32",
};

/// CLIP's image tower, in files.
pub(super) static IMAGE_TOWER: Part = Part {
    title: "an image tower",
    stored: "clip-image.",
    modules: &[],
    wrappers: WRAPPERS,
    roots: &["visual.", "vision_model.", "visual_projection."],
    unused_roots: &[],
    unused_ends: &[".position_ids"],
    example: "visual.conv1.weight",
    remedy: "CLIP's own weights (model.safetensors of openai/clip-vit-base-patch32)",
};

/// CLIP, as AudioSep-CLIP is asked by it.
pub static CLIP: Encoder = Encoder {
    kind: EncoderKind::Clip,
    name: "clip",
    models: "AudioSep-CLIP",
    // Its own checkpoint holds the tower.
    beside: None,
    weights: WEIGHTS,
    vectors: Vectors::Unit,
    open: |place| open(place, EncoderKind::Clip),
    audio: None,
    image: Some(&ImageTower {
        part: &IMAGE_TOWER,
        recognize: recognize_image,
        open: |path| Ok(Arc::new(ClipImageEncoder::open(path, EncoderKind::Clip)?)),
    }),
};

/// CLIP, as CLIPSep is asked by it.
pub static CLIPSEP: Encoder = Encoder {
    kind: EncoderKind::ClipSep,
    name: "clipsep",
    models: "CLIPSep",
    beside: Some("clipsep"),
    weights: WEIGHTS,
    vectors: Vectors::Any,
    open: |place| open(place, EncoderKind::ClipSep),
    audio: None,
    image: Some(&ImageTower {
        part: &IMAGE_TOWER,
        recognize: recognize_image,
        open: |path| Ok(Arc::new(ClipImageEncoder::open(path, EncoderKind::ClipSep)?)),
    }),
};

const WEIGHTS: EncoderWeights = EncoderWeights::File {
    tower: &TOWER,
    tokenizer: &TOKENIZER,
    recognize,
    accepts: |tokenizer, tower| ClipWords::from_json(tokenizer, tower.tokens, tower.max_tokens).map(drop),
};

fn open(place: &Place, kind: EncoderKind) -> Result<Arc<dyn QueryEncoder>, ModelError> {
    match place {
        Place::File(path) => Ok(Arc::new(ClipEncoder::open(path, kind)?)),
        Place::Bundled | Place::Procedural => Err(ModelError::Weights {
            reason: "a model that is there to be timed has no text encoder".into(),
        }),
    }
}

fn recognize(shapes: &Shapes) -> Result<Tower, Misfit> {
    let config = ClipTextConfig::of(shapes)?;
    Ok(Tower {
        tensors: config.required(),
        condition_size: config.condition_size,
        tokens: config.words,
        max_tokens: config.positions,
    })
}

fn recognize_image(shapes: &Shapes) -> Result<SideShape, Misfit> {
    let config = ClipImageConfig::of(shapes)?;
    Ok(SideShape {
        tensors: config.required(),
        condition_size: config.condition_size,
    })
}
