//! What an encoder is to the rest of Earmark: how it is described in files, and how it is opened.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::vectors::Vectors;
use crate::error::ModelError;
use crate::part::{Misfit, Part, Required, Shapes};
use crate::place::Place;
use crate::separator::{AudioEncoder, EncoderKind, ImageEncoder, QueryEncoder};
use crate::tensor_file::TensorFile;

/// How an encoder is described in files, and how it is opened.
#[derive(Debug)]
pub struct Encoder {
    /// Which one it is.
    pub kind: EncoderKind,
    /// Its name in the headers of model files.
    pub name: &'static str,
    /// The models that are asked by it, as people know them.
    pub models: &'static str,
    /// The architecture of the networks beside which its text tower may be given in a file of its own.
    pub beside: Option<&'static str>,
    /// Where its weights are.
    pub weights: EncoderWeights,
    /// How its vectors are scaled, those of texts and those of sounds.
    pub vectors: Vectors,
    /// Opens that of a model whose weights lie there.
    pub open: fn(&Place) -> Result<Arc<dyn QueryEncoder>, ModelError>,
    /// What encodes sounds to the same space; `None` where nothing does.
    pub audio: Option<&'static AudioTower>,
    /// What encodes pictures to the same space; `None` where nothing does.
    pub image: Option<&'static ImageTower>,
}

/// What encodes something other than texts to the space of an encoder's texts: a part that a model's file may do without.
pub struct SideTower<E: ?Sized> {
    /// Its network.
    pub part: &'static Part,
    /// The network that tensors of these shapes are.
    pub recognize: fn(&Shapes) -> Result<SideShape, Misfit>,
    /// Opens that of the model in this file.
    pub open: fn(&Path) -> Result<Arc<E>, ModelError>,
}

/// What encodes sounds.
pub type AudioTower = SideTower<dyn AudioEncoder>;

/// What encodes pictures.
pub type ImageTower = SideTower<dyn ImageEncoder>;

/// A tower beside that of texts whose shape is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideShape {
    /// Every tensor that it reads, by its own names.
    pub tensors: Vec<Required>,
    /// Values of a condition.
    pub condition_size: usize,
}

/// An audio tower whose shape is known.
pub type AudioShape = SideShape;

impl<E: ?Sized> SideTower<E> {
    /// Whether a model's file has all of it, and the values of a condition.
    ///
    /// # Errors
    /// [`ModelError::Weights`] saying what is wrong with it.
    pub(crate) fn check(&self, file: &TensorFile) -> Result<usize, ModelError> {
        let found = file.recognize(self.part.stored, self.recognize)?;
        file.check(self.part.stored, &found.tensors)?;
        Ok(found.condition_size)
    }
}

impl<E: ?Sized> fmt::Debug for SideTower<E> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("SideTower").field(&self.part.title).finish()
    }
}

/// Where an encoder's weights are.
#[derive(Debug)]
pub enum EncoderWeights {
    /// Inside the binary, for all models. It gives so many values.
    Bundled(usize),
    /// Nowhere: it reads no texts. What its audio tower gives has so many values.
    None(usize),
    /// In the model's file.
    File {
        /// Its network.
        tower: &'static Part,
        /// What turns words into numbers for it.
        tokenizer: &'static Part,
        /// The network that tensors of these shapes are.
        recognize: fn(&Shapes) -> Result<Tower, Misfit>,
        /// Whether a tokenizer of these bytes can be used with a tower, or why not; the reason goes on after "it".
        accepts: fn(&[u8], &Tower) -> Result<(), String>,
    },
    /// In the model's file, but for the vocabulary of its tokenizer, which is inside the binary.
    FileWithoutTokenizer {
        /// Its network.
        tower: &'static Part,
        /// The network that tensors of these shapes are.
        recognize: fn(&Shapes) -> Result<Tower, Misfit>,
    },
}

/// A text tower whose shape is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tower {
    /// Every tensor that it reads, by its own names.
    pub tensors: Vec<Required>,
    /// Values of a condition.
    pub condition_size: usize,
    /// Tokens that it has a vector for.
    pub tokens: usize,
    /// Tokens of a text that it reads.
    pub max_tokens: usize,
}

impl Encoder {
    /// Its text tower in files; `None` where it is part of Earmark, or reads no texts.
    pub fn tower(&self) -> Option<&'static Part> {
        match self.weights {
            EncoderWeights::Bundled(_) | EncoderWeights::None(_) => None,
            EncoderWeights::File { tower, .. } | EncoderWeights::FileWithoutTokenizer { tower, .. } => {
                Some(tower)
            }
        }
    }

    /// The file that its tokenizer comes from; empty where that is part of Earmark.
    pub fn tokenizer_remedy(&self) -> &'static str {
        match self.weights {
            EncoderWeights::Bundled(_)
            | EncoderWeights::None(_)
            | EncoderWeights::FileWithoutTokenizer { .. } => "",
            EncoderWeights::File { tokenizer, .. } => tokenizer.remedy,
        }
    }

    /// What a model's file must hold of it.
    pub fn parts(&self) -> impl Iterator<Item = &'static Part> + use<> {
        let parts = match self.weights {
            EncoderWeights::Bundled(_) | EncoderWeights::None(_) => [None, None],
            EncoderWeights::File { tower, tokenizer, .. } => [Some(tower), Some(tokenizer)],
            EncoderWeights::FileWithoutTokenizer { tower, .. } => [Some(tower), None],
        };
        parts.into_iter().flatten()
    }

    /// Whether a model's file has all of it, and the values of a condition.
    ///
    /// # Errors
    /// [`ModelError::Weights`] saying what is wrong with it.
    pub(crate) fn check(&self, file: &TensorFile) -> Result<usize, ModelError> {
        match self.weights {
            EncoderWeights::Bundled(size) | EncoderWeights::None(size) => Ok(size),
            EncoderWeights::File {
                tower,
                tokenizer,
                recognize,
                ..
            } => {
                let size = check_tower(file, tower, recognize)?;
                file.shape(tokenizer.stored)?;
                Ok(size)
            }
            EncoderWeights::FileWithoutTokenizer { tower, recognize } => check_tower(file, tower, recognize),
        }
    }
}

/// Whether a file has all of a text tower, and the values of a condition.
fn check_tower(
    file: &TensorFile,
    tower: &Part,
    recognize: fn(&Shapes) -> Result<Tower, Misfit>,
) -> Result<usize, ModelError> {
    let found = file.recognize(tower.stored, recognize)?;
    file.check(tower.stored, &found.tensors)?;
    Ok(found.condition_size)
}
