//! What is asked for: sounds that are wanted, and sounds that are not.

use earmark_models::ModelError;

use crate::error::CliError;

/// How a query begins that names what is not wanted.
const NOT: &str = "not";

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
