//! CLIP's towers (openai/CLIP at d05afc4, ViT-B/32), whose vectors of texts and of pictures lie in one space.
//!
//! They serve two encoders. That of AudioSep-CLIP gives a text's own vector at unit norm, as AudioSep does with CLAP's. That of
//! CLIPSep gives vectors of the length that CLIP gives them, which its network was trained with, and of a text the mean over the
//! phrases in which the published evaluation puts it.

mod block;
mod config;
mod encoders;
mod image;
mod layout;
mod picture;
mod projection;
mod text;
pub(super) mod words;

use std::path::Path;

pub use config::{ClipImageConfig, ClipTextConfig};
pub use encoders::{CLIP, CLIPSEP};
pub use layout::Layout as ClipLayout;
pub use picture::Picture;

use encoders::{IMAGE_TOWER, TOKENIZER, TOWER};
use image::ImageTower;
use text::TextTower;
use words::ClipWords;

use super::tokenizer::is_blank;
use super::unit::unit;
use super::vectors::Vectors;
use crate::error::ModelError;
use crate::separator::{Condition, EncoderKind, ImageEncoder, QueryEncoder};
use crate::tensor_file::{Prefixed, TensorFile};

/// What stands before and after a text in each of the phrases whose mean CLIPSep is asked by (sony/CLIPSep at 22b6f91,
/// `clipsep/evaluate.py`: `get_text_prompts`, by default). One of them is there twice, and counts twice.
const PHRASES: [(&str, &str); 5] = [
    ("a photo of ", "."),
    ("a photo of the small ", "."),
    ("a photo of the small ", "."),
    ("a low resolution photo of a ", "."),
    ("a photo of many ", "."),
];

/// CLIP's text tower.
pub struct ClipEncoder {
    kind: EncoderKind,
    words: ClipWords,
    tower: TextTower,
}

impl ClipEncoder {
    /// Opens an imported model's file, as the encoder of AudioSep-CLIP or of CLIPSep; see [`crate::imported`]. The weights stay
    /// there: while a text is encoded they take the memory of one block, 13 MB, and none afterwards.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path, kind: EncoderKind) -> Result<ClipEncoder, ModelError> {
        let file = TensorFile::open(path)?;
        let tokenizer = file.bytes(TOKENIZER.stored)?;
        let tower = TextTower::new(file, TOWER.stored)?;
        let config = tower.config();
        let words = ClipWords::from_json(&tokenizer, config.words, config.positions);
        let words = words.map_err(|reason| ModelError::Weights {
            reason: format!("its tokenizer {reason}"),
        })?;
        Ok(ClipEncoder { kind, words, tower })
    }

    /// The token ids of a text, its first and last mark included.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`] when the tokenizer refuses it.
    pub fn tokenize(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.words.tokenize(text)?.ids)
    }

    /// The vector that CLIP gives a text as it is written (`CLIP.encode_text`), `[condition_size]`, not of unit norm. `seen` is
    /// shown what each block gives on the way, by name: `text.block.0` and so on, `[tokens, width]`.
    ///
    /// # Errors
    /// [`ModelError::Tokenize`]; [`ModelError::Weights`] where the weights cannot be read.
    pub fn vector_seen(
        &self,
        text: &str,
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        self.tower.project(&self.tokenize(text)?, seen)
    }

    /// The phrases that a text is read in.
    fn phrases(&self) -> &'static [(&'static str, &'static str)] {
        match self.kind {
            EncoderKind::ClipSep => &PHRASES,
            _ => &[("", "")],
        }
    }
}

impl QueryEncoder for ClipEncoder {
    fn kind(&self) -> EncoderKind {
        self.kind
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        if is_blank(text) {
            return Err(ModelError::EmptyQuery);
        }
        let phrases = self.phrases();
        let mut mean = Vec::new();
        for (before, after) in phrases {
            let values = self.vector_seen(&format!("{before}{text}{after}"), &mut |_, _| ())?;
            mean.resize(values.len(), 0.0);
            mean.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value / phrases.len() as f32);
        }
        condition(self.kind, mean)
    }

    fn cut<'text>(&self, text: &'text str) -> Result<Option<&'text str>, ModelError> {
        let mut least = text.len();
        for (before, after) in self.phrases() {
            if let Some(end) = self.words.tokenize(&format!("{before}{text}{after}"))?.cut {
                least = least.min(end.saturating_sub(before.len()));
            }
        }
        Ok((least < text.len()).then(|| text.get(..least)).flatten())
    }
}

/// CLIP's image tower.
pub struct ClipImageEncoder {
    kind: EncoderKind,
    tower: ImageTower,
}

impl ClipImageEncoder {
    /// Opens an imported model's file, as the encoder of AudioSep-CLIP or of CLIPSep; see [`crate::imported`]. The weights stay
    /// there: while a picture is encoded they take the memory of one block, 28 MB, and none afterwards.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path, kind: EncoderKind) -> Result<ClipImageEncoder, ModelError> {
        let file = TensorFile::open(path)?;
        let config = file.recognize(IMAGE_TOWER.stored, ClipImageConfig::of)?;
        file.check(IMAGE_TOWER.stored, &config.required())?;
        let tower = ImageTower::new(config, Box::new(Prefixed::new(file, IMAGE_TOWER.stored)));
        Ok(ClipImageEncoder { kind, tower })
    }

    /// Rows and columns of the picture that the tower reads: of any other, the middle at that size.
    pub fn side(&self) -> usize {
        self.tower.config().side()
    }

    /// The vector of `pixels` `[3, side, side]`, as [`Picture::pixels`] gives them, not of unit norm. `seen` is shown what is computed
    /// on the way, by name: `image.tokens`, `image.block.0` and so on, `[tokens, width]`.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for other pixels; [`ModelError::Weights`] where the weights cannot be read.
    pub fn vector_seen(
        &self,
        pixels: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Vec<f32>, ModelError> {
        let expected = config::COLOURS * self.side() * self.side();
        if pixels.len() != expected {
            return Err(ModelError::Shape {
                what: "The picture",
                given: pixels.len(),
                expected,
            });
        }
        self.tower.project(pixels, seen)
    }
}

impl ImageEncoder for ClipImageEncoder {
    fn kind(&self) -> EncoderKind {
        self.kind
    }

    fn encode(&self, picture: &Picture) -> Result<Condition, ModelError> {
        let values = self.vector_seen(&picture.pixels(self.side()), &mut |_, _| ())?;
        condition(self.kind, values)
    }
}

/// A vector as the networks of an encoder read it.
fn condition(kind: EncoderKind, values: Vec<f32>) -> Result<Condition, ModelError> {
    let unit = unit(values.clone())?;
    let values = match crate::encoders::of(kind).vectors {
        Vectors::Unit => unit,
        _ => values,
    };
    Ok(Condition {
        encoder: kind,
        values: values.into(),
    })
}
