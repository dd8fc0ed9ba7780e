//! How an output was made, so that a later run knows what is done.
//!
//! The stamp is kept in the output itself, as [`earmark_audio::stamp`] reads it again.

use std::path::Path;

use earmark_audio::Reader;
use serde::{Deserialize, Serialize};

use super::part::Part;
use crate::inputs::Identity;

/// How one output was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The version of Earmark.
    pub(super) earmark: String,
    pub(super) source: Identity,
    pub(super) part: Part,
    pub(super) settings: Settings,
}

/// What decides what an output holds, beside the input and the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) model: String,
    /// The checksum of its weights.
    pub(super) weights: String,
    /// Frames computed at a time, heard ahead and heard before: what a quality comes to.
    pub(super) quality: [usize; 3],
    /// `auto`, or dB.
    pub(super) level: String,
    pub(super) bits: String,
    /// What was asked for of the input: its start and its end in seconds.
    pub(super) span: String,
    /// The sound track that was asked for.
    pub(super) track: Option<usize>,
    pub(super) live: bool,
    /// What counts as one of several times, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rules: Option<[String; 4]>,
    /// The SHA-256 of each example that was listened to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) like: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) not_like: Vec<String>,
}

/// What stands where an output would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// What would be written.
    Done,
    /// An output of the same name that was made otherwise, in words.
    Outdated(&'static str),
}

impl Stamp {
    pub(super) fn to_text(&self) -> String {
        // Texts and numbers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Compares with what is there.
    pub(super) fn look(&self, path: &Path) -> Found {
        if !path.is_file() {
            return Found::Nothing;
        }
        let differs = match Stamp::of(path) {
            Some(there) => self.differs_from(&there),
            None => Some("they do not say how they were made"),
        };
        differs.map_or(Found::Done, Found::Outdated)
    }

    /// Whether a file is the output of another input or another query, which must not be taken for one's own, nor replaced.
    pub(super) fn is_anothers(path: &Path, source: &Identity, part: &Part) -> bool {
        Stamp::of(path).is_some_and(|there| !there.source.is(source) || there.part != *part)
    }

    /// Whether a file is a sound that does not say how it was made: that of another program, which may have been a night's work.
    pub(super) fn is_unknown_sound(path: &Path) -> bool {
        path.is_file() && Stamp::of(path).is_none() && Reader::open(path).is_ok()
    }

    fn of(path: &Path) -> Option<Stamp> {
        earmark_audio::stamp(path).and_then(|text| serde_json::from_str(&text).ok())
    }

    fn differs_from(&self, there: &Stamp) -> Option<&'static str> {
        let (ours, theirs) = (&self.settings, &there.settings);
        [
            (
                self.earmark != there.earmark,
                "they were made by another version of Earmark",
            ),
            (ours.model != theirs.model, "they were made with another model"),
            (
                ours.weights != theirs.weights,
                "they were made with other weights of the model",
            ),
            (
                ours.quality != theirs.quality,
                "they were made with another --quality",
            ),
            (ours.level != theirs.level, "they were made with another --trim"),
            (ours.bits != theirs.bits, "they were made with other --bits"),
            (ours.span != theirs.span, "they hold another span of the sound"),
            (
                (&ours.like, &ours.not_like) != (&theirs.like, &theirs.not_like),
                "they were made with other examples",
            ),
            (ours.track != theirs.track, "they are of another sound track"),
            (ours.live != theirs.live, "they were made with or without --live"),
            (
                ours.rules != theirs.rules,
                "they were made with another --threshold, --shortest, --gap or --smooth",
            ),
            (
                self.source.bytes != there.source.bytes,
                "their inputs have changed",
            ),
            (
                self.source.modified != there.source.modified,
                "their inputs have changed",
            ),
        ]
        .into_iter()
        .find_map(|(differs, words)| differs.then_some(words))
    }
}
