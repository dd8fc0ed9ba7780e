//! The encoders that this version of Earmark computes.
//!
//! A new one is a file that defines an [`Encoder`] and a line in [`ENCODERS`].

use crate::bundled;
use crate::encoder::{self, Encoder};
use crate::separator::EncoderKind;

/// Every encoder. A tensor of a publisher's file is of the first whose names have it: CLIP's `text_projection.weight` would be
/// CLAP's otherwise.
pub static ENCODERS: &[&Encoder] = &[
    &bundled::MINILM,
    &encoder::CLIP,
    &encoder::CLIPSEP,
    &encoder::CLAP,
    &bundled::AUDIOSET_TAGS,
    &encoder::CNN14,
    &encoder::LASS_BERT,
];

/// The encoder of this kind.
///
/// # Panics
/// Never in a build whose tests have passed: there is one of every kind.
pub fn of(kind: EncoderKind) -> &'static Encoder {
    let found = ENCODERS.iter().find(|encoder| encoder.kind == kind);
    found.copied().expect("each kind of encoder is in the table")
}

/// The encoder that model files and projects call so; `None` for one that this version does not know.
pub fn named(name: &str) -> Option<&'static Encoder> {
    ENCODERS.iter().find(|encoder| encoder.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_encoder_under_the_name_that_projects_store() {
        for kind in [
            EncoderKind::MiniLm,
            EncoderKind::Clap,
            EncoderKind::AudiosetTags,
            EncoderKind::Cnn14,
            EncoderKind::Clip,
            EncoderKind::ClipSep,
            EncoderKind::LassBert,
        ] {
            assert_eq!(serde_json::json!(of(kind).name), serde_json::json!(kind));
        }
    }
}
