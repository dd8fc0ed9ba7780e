//! The encoders that this version of Earmark computes.
//!
//! A new one is a file that defines an [`Encoder`] and a line in [`ENCODERS`].

use crate::bundled;
use crate::encoder::{self, Encoder};
use crate::listed::listed;
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

/// The models whose encoder has something, as people know them: "AudioSep or USS".
pub(crate) fn models(has: impl Fn(&Encoder) -> bool) -> String {
    let mut models: Vec<&str> = Vec::new();
    for encoder in ENCODERS.iter().filter(|encoder| has(encoder)) {
        if !models.contains(&encoder.models) {
            models.push(encoder.models);
        }
    }
    listed(&models, "or")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ARCHITECTURES;

    #[test]
    fn a_tower_stands_beside_networks_that_there_are() {
        for name in ENCODERS.iter().filter_map(|encoder| encoder.beside) {
            assert!(
                ARCHITECTURES.iter().any(|architecture| architecture.name == name),
                "{name}"
            );
        }
    }

    #[test]
    fn the_models_that_can_be_asked_by_a_sound_or_a_picture_are_named_once() {
        assert_eq!(models(|encoder| encoder.audio.is_some()), "AudioSep or USS");
        assert_eq!(
            models(|encoder| encoder.image.is_some()),
            "AudioSep-CLIP or CLIPSep"
        );
    }

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
