//! From a sound to a clip.

use earmark_models::{AudioEncoder, encoders};
use sha2::{Digest, Sha256};

use crate::{Clip, ClipId, Embedding, Outline, QueryError};

/// What tells one sound from another: the SHA-256 of its samples, in hexadecimal.
pub fn fingerprint(samples: &[f32]) -> String {
    let mut hasher = Sha256::new();
    samples
        .iter()
        .for_each(|sample| hasher.update(sample.to_le_bytes()));
    hexadecimal(&hasher.finalize())
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Listens to an example of a sound: one channel at the encoder's rate, full scale at 1. What is no number in it is silence.
///
/// # Errors
/// Those of [`AudioEncoder::encode`].
pub fn listen(encoder: &dyn AudioEncoder, mut samples: Vec<f32>, name: &str) -> Result<Clip, QueryError> {
    samples
        .iter_mut()
        .filter(|sample| !sample.is_finite())
        .for_each(|sample| *sample = 0.0);
    let condition = encoder.encode(&samples)?;
    let embedding = Embedding {
        encoder: encoders::of(condition.encoder).name.into(),
        values: condition.values.to_vec(),
    };
    let clip = Clip::new(ClipId::new(&fingerprint(&samples))?, name, embedding)?;
    Ok(clip.with_outline(Outline::of(&samples)))
}

#[cfg(test)]
mod tests {
    use earmark_models::{Condition, EncoderKind, ModelError};

    use super::*;

    /// Hears the first sample.
    struct First;

    impl AudioEncoder for First {
        fn kind(&self) -> EncoderKind {
            EncoderKind::MiniLm
        }

        fn sample_rate(&self) -> u32 {
            16_000
        }

        fn encode(&self, clip: &[f32]) -> Result<Condition, ModelError> {
            let first = *clip.first().ok_or(ModelError::SilentClip)?;
            let values = vec![first, (1.0 - first * first).sqrt()];
            Ok(Condition {
                encoder: self.kind(),
                values: values.into(),
            })
        }
    }

    #[test]
    fn a_sound_becomes_a_clip_that_is_known_by_its_samples() {
        let hear = |samples: &[f32]| listen(&First, samples.to_vec(), "a door").unwrap();
        let clip = hear(&[0.6, f32::NAN, -0.1]);
        assert_eq!(clip.embedding().encoder, "minilm");
        assert_eq!(clip.embedding().values, [0.6, 0.8]);
        assert_eq!(clip.outline().levels(), [15, 0, 10]);
        assert_eq!(clip, hear(&[0.6, 0.0, -0.1]));
        assert_ne!(clip, hear(&[0.6, 0.0, -0.2]));
        assert!(matches!(
            listen(&First, vec![], "nothing"),
            Err(QueryError::Model(ModelError::SilentClip))
        ));
        let renamed = clip.renamed("my door");
        assert_eq!((renamed.name(), renamed.outline()), ("my door", clip.outline()));
    }
}
