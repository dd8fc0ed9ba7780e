//! From a sound to what a separator reads.

use std::sync::Arc;

use earmark_models::{Condition, QueryEncoder, SeparatorSpec};

use crate::{QueryError, Sound};

/// What became of a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The sound as separators read it.
    pub condition: Condition,
    /// The part of the text that was read, where it was too long for the encoder.
    pub read: Option<String>,
    /// What the text is taken for, where the encoder knows certain sounds alone.
    pub taken: Option<Taken>,
}

/// A text, and the sounds that an encoder takes it for.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The text.
    pub text: String,
    /// In words.
    pub sounds: String,
}

impl Encoded {
    /// What whoever asked should be told, in a sentence or two.
    pub fn notice(&self) -> Option<String> {
        let sentences: Vec<String> = self.shortened().into_iter().chain(self.understood()).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    fn understood(&self) -> Option<String> {
        let Taken { text, sounds } = self.taken.as_ref()?;
        Some(format!("\u{201c}{text}\u{201d} is taken for {sounds}."))
    }

    fn shortened(&self) -> Option<String> {
        let read = self.read.as_ref()?;
        // The end of it is what shows where reading stopped.
        let from = read.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
        let dots = if from > 0 { "\u{2026}" } else { "" };
        Some(format!(
            "The query is longer than the model can read; it was read up to \u{201c}{dots}{}\u{201d}.",
            &read[from..]
        ))
    }
}

/// The condition of a sound that brings it along, where the separator reads it. One that it does not read is encoded like any other,
/// which says why.
pub fn at_hand(sound: &Sound, spec: &SeparatorSpec) -> Option<Condition> {
    match sound {
        Sound::Text(_) => None,
        Sound::Clip(clip) => clip.condition(spec).ok(),
    }
}

/// Encodes a sound for a separator. `encoder` gives the text encoder that the separator was trained with, and is called for texts
/// alone.
///
/// # Errors
/// [`earmark_models::ModelError::EmptyQuery`] for a text without words; [`QueryError::Clip`] for a clip of another encoder;
/// what `encoder` gives.
pub fn encode(
    sound: &Sound,
    spec: &SeparatorSpec,
    encoder: impl FnOnce() -> Result<Arc<dyn QueryEncoder>, QueryError>,
) -> Result<Encoded, QueryError> {
    match sound {
        Sound::Text(text) => {
            let encoder = encoder()?;
            Ok(Encoded {
                condition: encoder.encode(text)?,
                read: encoder.cut(text)?.map(str::to_owned),
                taken: encoder.taken_for(text)?.map(|sounds| Taken {
                    text: text.clone(),
                    sounds,
                }),
            })
        }
        Sound::Clip(clip) => Ok(Encoded {
            condition: clip.condition(spec)?,
            read: None,
            taken: None,
        }),
    }
}
