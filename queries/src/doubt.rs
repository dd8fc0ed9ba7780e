//! What a model most likely does not understand.

use std::fmt;

use earmark_models::{Condition, Nearest, Separator};
use serde::Serialize;

use crate::Sound;

/// A text that the model most likely does not understand: it resembles nothing that the model learnt from. It is heard all the same, as
/// what it resembles most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Doubt {
    /// The text.
    pub text: String,
    /// The sound that is listened for instead, where the model knows its sounds by name.
    pub instead: Option<String>,
    /// How much the text resembles that, from -1 to 1; what is understood does at 0.6 or more.
    pub likeness: f32,
}

impl Doubt {
    /// Whether there is doubt that this separator understands a sound. An example needs no words, and is understood.
    pub fn of(sound: &Sound, condition: &Condition, separator: &dyn Separator) -> Option<Doubt> {
        // An example is not looked for among the texts.
        sound.text()?;
        Doubt::by(sound, &separator.nearest(condition)?)
    }

    /// The same, for who has asked the separator what is nearest.
    pub fn by(sound: &Sound, nearest: &Nearest) -> Option<Doubt> {
        let text = sound.text()?;
        (!nearest.is_understood()).then(|| Doubt {
            text: text.to_owned(),
            instead: nearest.name.clone(),
            likeness: nearest.cosine,
        })
    }
}

/// One sentence without its full stop: what was given, what is made of it, what to do.
impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Earmark does not know \u{201c}{}\u{201d}", self.text)?;
        if let Some(instead) = &self.instead {
            write!(f, " and listens for \u{201c}{instead}\u{201d} instead")?;
        }
        f.write_str("; describe the sound in other words, in English")
    }
}
