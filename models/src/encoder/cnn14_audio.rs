//! PANNs' Cnn14, the query net of USS: sounds become either the embedding or the probabilities of its 527 classes.

use std::path::Path;
use std::sync::Arc;

use super::cnn14::{Cnn14, Cnn14Config, RATE, Tagged};
use super::description::{AudioShape, AudioTower};
use super::segments::segments;
use crate::error::ModelError;
use crate::part::Part;
use crate::separator::{AudioEncoder, Condition, EncoderKind};
use crate::tensor_file::{Prefixed, TensorFile};

/// Cnn14, in files.
static TOWER: Part = Part {
    title: "an audio tower",
    stored: "cnn14.",
    modules: &[
        "query_net.base.",
        "module.query_net.base.",
        "model.query_net.base.",
    ],
    // By itself, as PANNs publishes it.
    wrappers: &["module.", "model.", ""],
    roots: &[
        "conv_block1.",
        "conv_block2.",
        "conv_block3.",
        "conv_block4.",
        "conv_block5.",
        "conv_block6.",
        "fc1.",
        "fc_audioset.",
        "bn0.",
        "logmel_extractor.",
        "spectrogram_extractor.",
    ],
    // The matrices of a DFT.
    unused_roots: &["spectrogram_extractor."],
    unused_ends: &[".num_batches_tracked"],
    example: "query_net.base.conv_block1.conv1.weight",
    remedy: "PANNs' Cnn14_mAP=0.431.pth",
};

/// What gives the probabilities of classes.
pub(crate) static TAGS: AudioTower = AudioTower {
    part: &TOWER,
    recognize: |shapes| Cnn14Config::of(shapes).map(|config| shape(&config, Gives::Probabilities)),
    open: |path| Ok(Arc::new(Cnn14Encoder::open(path, Gives::Probabilities)?)),
};

/// What gives embeddings.
pub(super) static EMBEDDING: AudioTower = AudioTower {
    part: &TOWER,
    recognize: |shapes| Cnn14Config::of(shapes).map(|config| shape(&config, Gives::Embedding)),
    open: |path| Ok(Arc::new(Cnn14Encoder::open(path, Gives::Embedding)?)),
};

fn shape(config: &Cnn14Config, gives: Gives) -> AudioShape {
    AudioShape {
        tensors: config.required(),
        condition_size: match gives {
            Gives::Probabilities => config.classes,
            Gives::Embedding => config.embedding,
        },
    }
}

/// Which of Cnn14's outputs a separator was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// `clipwise_output`: how likely each class is to be heard, 0 to 1; USS's `at_soft`.
    Probabilities,
    /// `embedding`: values of 0 or more; USS's `emb`.
    Embedding,
}

/// Cnn14, the mean over the stretches of a clip.
pub struct Cnn14Encoder {
    network: Cnn14,
    gives: Gives,
}

impl Cnn14Encoder {
    /// Samples per second of what it reads.
    pub const RATE: u32 = RATE;

    /// Opens an imported model's file; see [`crate::imported`]. The weights stay there: while a clip is encoded they take the
    /// memory of one layer, 300 MB at most, and none afterwards.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path, gives: Gives) -> Result<Cnn14Encoder, ModelError> {
        let file = TensorFile::open(path)?;
        let config = file.recognize(TOWER.stored, Cnn14Config::of)?;
        file.check(TOWER.stored, &config.required())?;
        let source = Prefixed::new(file, TOWER.stored);
        Ok(Cnn14Encoder {
            network: Cnn14::new(config, Box::new(source)),
            gives,
        })
    }

    /// As [`AudioEncoder::encode`]; `seen` is shown what is computed of each stretch on the way, by name: `log_mel` `[201, 64]`,
    /// `block.1` to `block.6` `[channels, frames, bins]`, `embedding`, `probabilities`.
    ///
    /// # Errors
    /// As [`AudioEncoder::encode`].
    pub fn encode_seen(
        &self,
        clip: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Condition, ModelError> {
        let Tagged {
            embeddings,
            probabilities,
        } = self.network.hear(&segments(clip, RATE)?, seen)?;
        embeddings.iter().for_each(|values| seen("embedding", values));
        probabilities
            .iter()
            .for_each(|values| seen("probabilities", values));
        let given = match self.gives {
            Gives::Probabilities => probabilities,
            Gives::Embedding => embeddings,
        };
        let count = given.len() as f32;
        let mut mean = vec![0.0; given.first().map_or(0, Vec::len)];
        for values in &given {
            mean.iter_mut()
                .zip(values)
                .for_each(|(mean, value)| *mean += value / count);
        }
        if !mean.iter().all(|value| value.is_finite()) {
            let reason = "its encoder computes numbers without bounds".into();
            return Err(ModelError::Weights { reason });
        }
        Ok(Condition {
            encoder: self.kind(),
            values: mean.into(),
        })
    }
}

impl AudioEncoder for Cnn14Encoder {
    fn kind(&self) -> EncoderKind {
        match self.gives {
            Gives::Probabilities => EncoderKind::AudiosetTags,
            Gives::Embedding => EncoderKind::Cnn14,
        }
    }

    fn sample_rate(&self) -> u32 {
        RATE
    }

    fn encode(&self, clip: &[f32]) -> Result<Condition, ModelError> {
        self.encode_seen(clip, &mut |_, _| ())
    }
}
