//! From a picture to a clip.

use earmark_models::encoder::Picture;
use earmark_models::{ImageEncoder, encoders};
use sha2::{Digest, Sha256};

use crate::listen::hexadecimal;
use crate::{Clip, ClipId, Embedding, Medium, QueryError};

/// What tells one picture from another: the SHA-256 of its width, its height and its pixels, in hexadecimal.
pub fn picture_fingerprint(picture: &Picture) -> String {
    let (width, height) = picture.size();
    let mut hasher = Sha256::new();
    hasher.update(width.to_le_bytes());
    hasher.update(height.to_le_bytes());
    hasher.update(picture.values());
    hexadecimal(&hasher.finalize())
}

/// Looks at a picture of what makes a sound. The clip has no thumbnail: its medium says what it is.
///
/// # Errors
/// Those of [`ImageEncoder::encode`].
pub fn look(encoder: &dyn ImageEncoder, picture: &Picture, name: &str) -> Result<Clip, QueryError> {
    let condition = encoder.encode(picture)?;
    let embedding = Embedding {
        encoder: encoders::of(condition.encoder).name.into(),
        values: condition.values.to_vec(),
    };
    let id = ClipId::new(&picture_fingerprint(picture))?;
    Clip::of(Medium::Picture, id, name, embedding)
}

#[cfg(test)]
mod tests {
    use earmark_models::{Condition, EncoderKind, ModelError};

    use super::*;

    /// Sees the first value.
    struct First;

    impl ImageEncoder for First {
        fn kind(&self) -> EncoderKind {
            EncoderKind::Clip
        }

        fn encode(&self, picture: &Picture) -> Result<Condition, ModelError> {
            let first = f32::from(picture.values()[0]) / 255.0;
            let values = vec![first, (1.0 - first * first).sqrt()];
            Ok(Condition {
                encoder: self.kind(),
                values: values.into(),
            })
        }
    }

    #[test]
    fn a_picture_becomes_a_clip_that_is_known_by_its_pixels() {
        let see = |width, height, first: u8| {
            let values = (0..width * height * 3).map(|n| if n == 0 { first } else { 9 });
            let picture = Picture::from_rgb(width, height, values.collect()).unwrap();
            look(&First, &picture, "a dog").unwrap()
        };
        let clip = see(4, 2, 153);
        assert_eq!(
            (clip.medium(), &*clip.embedding().encoder),
            (Medium::Picture, "clip")
        );
        assert_eq!(clip.embedding().values, [0.6, 0.8]);
        assert!(clip.outline().levels().is_empty());
        assert_eq!(clip, see(4, 2, 153));
        for other in [see(2, 4, 153), see(4, 2, 154)] {
            assert_ne!(clip, other);
        }
    }
}
