//! How a file was searched, so that a later run knows what is done.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inputs::Identity;

/// How a file was searched. Numbers are texts: they are compared as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Made {
    /// The version of Earmark.
    pub(super) earmark: String,
    pub(super) source: Identity,
    /// The wanted sounds, and those that do not count.
    pub(super) wanted: Vec<String>,
    pub(super) not: Vec<String>,
    /// The SHA-256 of each example that was listened to, of the wanted sound and of those that do not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) like: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) not_like: Vec<String>,
    pub(super) model: String,
    /// The checksum of its weights.
    pub(super) weights: String,
    /// Frames computed at a time, heard ahead and heard before: what a quality comes to.
    pub(super) quality: [usize; 3],
    /// `auto`, or dB.
    pub(super) level: String,
    /// Threshold, smoothing, longest pause and shortest length.
    pub(super) rules: [String; 4],
    /// The start and the end that were asked for, in seconds.
    pub(super) span: String,
    /// The sound track that was asked for.
    pub(super) track: Option<usize>,
}

/// What stands where the JSON of a file would be written.
#[derive(Debug, PartialEq)]
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// What would be found.
    Done(Value),
    /// What was found otherwise, or in another file before it changed.
    Outdated,
    /// What Earmark did not write.
    Anothers,
}

impl Made {
    /// Looks at a place.
    pub(super) fn look(&self, path: &Path) -> There {
        if !path.exists() {
            return There::Nothing;
        }
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let Ok(found) = serde_json::from_str::<Value>(&text) else {
            return There::Anothers;
        };
        match Made::deserialize(&found["made"]) {
            Ok(made) if made.is(self) => There::Done(found),
            Ok(made) if made.source.is(&self.source) => There::Outdated,
            // Of another input, or of something else altogether.
            _ => There::Anothers,
        }
    }

    /// Whether both say that the same was searched in the same way; the file may have moved.
    fn is(&self, other: &Made) -> bool {
        let mut moved = self.clone();
        moved.source.place.clone_from(&other.source.place);
        moved == *other && self.source.is(&other.source)
    }
}
