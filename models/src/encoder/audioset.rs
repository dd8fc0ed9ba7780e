//! Words for a separator that listens for AudioSet's classes: a text is taken for the classes whose names are nearest to it.
//!
//! USS's published code names classes by their numbers and makes a condition of what a tagger says of the mixture, two seconds at a
//! time, with all other classes masked. A text alone has no mixture. So its condition is what a tagger would say, on average, of the
//! sounds that it can mean: see [`Classes::expected`]. The network was trained with a tagger's probabilities, which are never as even
//! as that.

mod classes;
mod tree;

use std::fmt::Write;
use std::sync::Arc;

pub use classes::Classes;

use crate::error::ModelError;
use crate::separator::{Condition, EncoderKind, QueryEncoder};

/// AudioSet's classes.
pub(crate) const CLASSES: usize = 527;
/// Classes that a text is taken for, at most.
const MOST: usize = 3;
/// A class counts beside the nearest one where its cosine is less by no more than this: "a person speaking" is both a man and a
/// woman.
const MARGIN: f32 = 0.04;
/// The cosine below which a text names none of the classes, most likely: nonsense reaches 0.42.
const NAMED: f32 = 0.45;

/// Takes texts for AudioSet's classes.
pub struct AudiosetWords {
    /// What embeds texts as it did the classes' names.
    texts: Arc<dyn QueryEncoder>,
    classes: &'static Classes,
}

/// The classes that a text is taken for, the nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Their indices.
    pub classes: Vec<usize>,
    /// The cosine between the text and the first one's name.
    pub cosine: f32,
}

impl AudiosetWords {
    /// `texts` must be the encoder that embedded the names of the classes: the bundled one.
    pub fn new(texts: Arc<dyn QueryEncoder>) -> AudiosetWords {
        AudiosetWords {
            texts,
            classes: Classes::audioset(),
        }
    }

    /// What a text is taken for.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`] when the text has no words.
    pub fn take(&self, text: &str) -> Result<Taken, ModelError> {
        let text = self.texts.encode(text)?;
        let mut cosines: Vec<(usize, f32)> = self.classes.cosines(&text.values).enumerate().collect();
        cosines.sort_by(|a, b| b.1.total_cmp(&a.1));
        let cosine = cosines.first().map_or(0.0, |nearest| nearest.1);
        let near = cosines.iter().take_while(|other| other.1 >= cosine - MARGIN);
        Ok(Taken {
            classes: near.take(MOST).map(|(class, _)| *class).collect(),
            cosine,
        })
    }
}

impl QueryEncoder for AudiosetWords {
    fn kind(&self) -> EncoderKind {
        EncoderKind::AudiosetTags
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        let taken = self.take(text)?;
        Ok(Condition {
            encoder: self.kind(),
            values: self.classes.expected(&taken.classes).into(),
        })
    }

    fn cut<'text>(&self, text: &'text str) -> Result<Option<&'text str>, ModelError> {
        self.texts.cut(text)
    }

    fn taken_for(&self, text: &str) -> Result<Option<String>, ModelError> {
        let Taken { classes, cosine } = self.take(text)?;
        let mut words = String::new();
        for (index, &class) in classes.iter().enumerate() {
            let joint = match index {
                0 => "",
                _ if index + 1 == classes.len() => " and ",
                _ => ", ",
            };
            let below = match self.classes.at_or_below(class).len() - 1 {
                0 => String::new(),
                1 => " with the class below it".into(),
                count => format!(" with the {count} classes below it"),
            };
            let name = self.classes.name(class);
            let _ = write!(words, "{joint}\u{201c}{name}\u{201d}{below}");
        }
        if cosine < NAMED {
            words += ", which it resembles little: describe the sound in other words, in English";
        }
        Ok(Some(words))
    }
}
