//! LAION-CLAP's audio tower, whose embeddings of sounds lie in the same space as those of texts.

use std::path::Path;
use std::sync::Arc;

use super::description::{AudioShape, AudioTower};
use super::excerpts::excerpts;
use super::htsat::{Htsat, HtsatConfig, SAMPLES};
use super::unit::unit;
use crate::error::ModelError;
use crate::part::Part;
use crate::separator::{AudioEncoder, Condition, EncoderKind};
use crate::tensor_file::{Prefixed, TensorFile};

/// CLAP's audio tower, in files.
static AUDIO_TOWER: Part = Part {
    title: "an audio tower",
    stored: "audio.",
    modules: &[],
    wrappers: &[
        "query_encoder.model.",
        "module.query_encoder.model.",
        "model.query_encoder.model.",
        "module.",
        "model.",
        "",
    ],
    roots: &["audio_branch.", "audio_projection."],
    // The matrices of a DFT, and what classifies sounds.
    unused_roots: &[
        "audio_branch.spectrogram_extractor.",
        "audio_branch.tscam_conv.",
        "audio_branch.head.",
    ],
    // Indices, masks and counters.
    unused_ends: &[".attn_mask", ".relative_position_index", ".num_batches_tracked"],
    example: "audio_branch.patch_embed.proj.weight",
    remedy: "LAION-CLAP's checkpoint (music_speech_audioset_epoch_15_esc_89.98.pt)",
};

/// LAION-CLAP's audio tower, in a model's own file.
pub(super) static CLAP_AUDIO: AudioTower = AudioTower {
    part: &AUDIO_TOWER,
    recognize: |shapes| {
        let config = HtsatConfig::of(shapes)?;
        Ok(AudioShape {
            tensors: config.required(),
            condition_size: config.condition_size,
        })
    },
    open: |path| Ok(Arc::new(ClapAudioEncoder::open(path)?)),
};

/// HTSAT, its mean token projected to 512 values and scaled to unit norm.
pub struct ClapAudioEncoder(Htsat);

impl ClapAudioEncoder {
    /// Samples per second of what it reads.
    pub const RATE: u32 = 48_000;

    /// Opens an imported model's file; see [`crate::imported`]. The weights of its blocks are read, and take 270 MB until it is dropped.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the file cannot be read, lacks something or holds it in another shape.
    pub fn open(path: &Path) -> Result<ClapAudioEncoder, ModelError> {
        let file = TensorFile::open(path)?;
        let config = file.recognize(AUDIO_TOWER.stored, HtsatConfig::of)?;
        file.check(AUDIO_TOWER.stored, &config.required())?;
        let source = Prefixed::new(file, AUDIO_TOWER.stored);
        Ok(ClapAudioEncoder(Htsat::new(config, Box::new(source))?))
    }

    /// As [`AudioEncoder::encode`]; `seen` is shown what is computed of each excerpt on the way, by name: `log_mel`
    /// `[1001, 64]`, `picture` `[256, 256]`, `patches` `[4096, width]`, `stage.0` to `stage.3`, `embedding`.
    ///
    /// # Errors
    /// As [`AudioEncoder::encode`].
    pub fn encode_seen(
        &self,
        clip: &[f32],
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Result<Condition, ModelError> {
        let mut sum: Vec<f32> = Vec::new();
        for excerpt in excerpts(clip, SAMPLES, Self::RATE)? {
            let values = unit(self.0.project(&excerpt, seen)?)?;
            sum.resize(values.len(), 0.0);
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        Ok(Condition {
            encoder: self.kind(),
            values: unit(sum)?.into(),
        })
    }
}

impl AudioEncoder for ClapAudioEncoder {
    fn kind(&self) -> EncoderKind {
        EncoderKind::Clap
    }

    fn sample_rate(&self) -> u32 {
        Self::RATE
    }

    fn encode(&self, clip: &[f32]) -> Result<Condition, ModelError> {
        self.encode_seen(clip, &mut |_, _| ())
    }
}
