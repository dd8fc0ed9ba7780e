//! What is asked for: sounds that are wanted, and sounds that are not.

use earmark_engine::{Phrases, Query};
use earmark_models::ModelError;

use crate::error::CliError;
use crate::model::Model;

/// How a query begins that names what is not wanted.
const NOT: &str = "not";
/// What several sounds in one text are joined by.
const JOINED: &str = " + ";

/// The queries of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queries {
    /// Sounds that are wanted; at least one.
    pub(super) wanted: Vec<String>,
    /// Sounds that are taken out of those.
    pub(super) unwanted: Vec<String>,
}

impl Queries {
    /// Sorts what was typed: "not speech" names speech as unwanted.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`] for a query without words; [`CliError::NothingWanted`] when all begin with "not".
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a String>) -> Result<Self, CliError> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for text in texts {
            let words = text.trim();
            let (list, sound) = match after_not(words) {
                Some(sound) => (&mut unwanted, sound),
                None => (&mut wanted, words),
            };
            if sound.is_empty() {
                return Err(ModelError::EmptyQuery.into());
            }
            list.push(sound.to_owned());
        }
        if wanted.is_empty() {
            return Err(if unwanted.is_empty() {
                ModelError::EmptyQuery.into()
            } else {
                CliError::NothingWanted
            });
        }
        Ok(Self { wanted, unwanted })
    }

    /// A wanted sound, less what is not wanted, as a model reads it. The text may name several itself, and end with
    /// ", not …", as in the plug-in.
    ///
    /// # Errors
    /// [`CliError::TooManySounds`]; [`ModelError::EmptyQuery`] where it names none.
    pub(super) fn read(&self, text: &str, model: &Model) -> Result<Query, CliError> {
        let phrases = Phrases::parse(text, &self.unwanted.join(JOINED));
        if phrases.cut {
            return Err(CliError::TooManySounds {
                query: text.to_owned(),
                most: Phrases::MOST,
            });
        }
        if phrases.wanted.is_empty() {
            return Err(ModelError::EmptyQuery.into());
        }
        let read = |phrases: &[String]| -> Result<Vec<_>, ModelError> {
            phrases.iter().map(|phrase| model.query(phrase)).collect()
        };
        Ok(Query {
            wanted: read(&phrases.wanted)?,
            unwanted: read(&phrases.unwanted)?,
        })
    }

    /// Refuses a "not" that would hold for one sound, where all of them become one query.
    ///
    /// # Errors
    /// [`CliError::NotOfOne`].
    pub(super) fn check_together(&self) -> Result<(), CliError> {
        let own = |text: &&String| !Phrases::parse(text, "").unwanted.is_empty();
        match self.wanted.iter().find(own) {
            Some(text) if self.wanted.len() > 1 => Err(CliError::NotOfOne { query: text.clone() }),
            _ => Ok(()),
        }
    }

    /// A wanted sound with what is taken out of it: "typing, not speech".
    pub(super) fn less_unwanted(&self, sound: &str) -> String {
        self.unwanted.iter().fold(sound.to_owned(), |text, unwanted| {
            format!("{text}, {NOT} {unwanted}")
        })
    }
}

/// What follows the word "not" at the beginning, in capitals or not.
fn after_not(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    first.eq_ignore_ascii_case(NOT).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Result<Queries, CliError> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Queries::of(texts.iter())
    }

    #[test]
    fn not_is_a_word_at_the_beginning() {
        let queries = of(&[
            "typing",
            " NOT  a person speaking ",
            "a notification",
            "knot, not tied",
        ]);
        let queries = queries.expect("something is wanted");
        assert_eq!(queries.wanted, ["typing", "a notification", "knot, not tied"]);
        assert_eq!(queries.unwanted, ["a person speaking"]);
        assert_eq!(queries.less_unwanted("typing"), "typing, not a person speaking");
    }

    #[test]
    fn a_text_is_read_as_in_the_plug_in() {
        let model =
            Model::load(None, earmark_models::resunet::Quality::Best).expect("it is part of the program");
        let queries = of(&["rain + wind, not speech", "typing", "not music"]).expect("something is wanted");
        let read = |i: usize| queries.read(&queries.wanted[i], &model).expect("it can be read");
        let conditions = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| model.query(text).expect("words"))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(0).wanted, conditions(&["rain", "wind"]));
        assert_eq!(read(0).unwanted, conditions(&["speech", "music"]));
        assert_eq!(
            (read(1).wanted, read(1).unwanted),
            (conditions(&["typing"]), conditions(&["music"]))
        );
        assert!(matches!(queries.check_together(), Err(CliError::NotOfOne { .. })));
        let many = (0..9).map(|n| n.to_string()).collect::<Vec<_>>().join(" + ");
        assert!(matches!(
            queries.read(&many, &model),
            Err(CliError::TooManySounds { most: 8, .. })
        ));
        assert!(of(&["rain, not wind"]).is_ok_and(|one| one.check_together().is_ok()));
    }

    #[test]
    fn something_must_be_wanted() {
        assert!(matches!(of(&["not speech"]), Err(CliError::NothingWanted)));
        for empty in [&["typing", "not"][..], &["not "], &["  "], &[]] {
            assert!(
                matches!(of(empty), Err(CliError::Model(ModelError::EmptyQuery))),
                "{empty:?}"
            );
        }
    }
}
