//! One sound to listen for.

use std::fmt;

use crate::Clip;

/// One sound to listen for, and the key by which it is known: two equal sounds are encoded once.
///
/// A kind that is new gets a variant here, its way to a condition in [`crate::encode()`], its form in projects and presets in
/// `earmark-state`'s `sound.rs`, and whatever a person enters it with, in the editor and on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Sound {
    /// In words.
    Text(String),
    /// By an example of it, or a picture of what makes it.
    Clip(Clip),
}

impl Sound {
    /// The words, where it is given in words.
    pub fn text(&self) -> Option<&str> {
        match self {
            Sound::Text(text) => Some(text),
            Sound::Clip(_) => None,
        }
    }
}

impl From<&str> for Sound {
    fn from(text: &str) -> Sound {
        Sound::Text(text.to_owned())
    }
}

/// As a person would name it.
impl fmt::Display for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sound::Text(text) => f.write_str(text),
            Sound::Clip(clip) => f.write_str(clip.name()),
        }
    }
}
