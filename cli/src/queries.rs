//! What is asked for: sounds that are wanted, and sounds that are not.

use earmark_engine::Query;
use earmark_models::ModelError;
use earmark_queries::{Doubt, Phrases, mean};

use crate::error::CliError;
use crate::examples::{self, Example, Heard};
use crate::model::Model;

/// How a query begins that names what is not wanted.
const NOT: &str = "not";
/// What several sounds in one text are joined by.
const JOINED: &str = " + ";

/// The queries of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Queries {
    /// Sounds that are wanted; at least one, which is "not …" where only sounds that are not wanted were named.
    pub(crate) wanted: Vec<String>,
    /// Sounds that are taken out of those.
    pub(crate) unwanted: Vec<String>,
    /// Examples of the wanted sound, which is one where there are any, and is called after them.
    pub(crate) like: Vec<Example>,
    /// What was typed beside them.
    pub(crate) beside: String,
}

impl Queries {
    /// Sorts what was typed: "not speech" names speech as unwanted. Where nothing else is named, everything but that is wanted.
    ///
    /// With examples, at most one sound is wanted beside them: it and they mean the same.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`] for a query without words; [`CliError::LikeOfSeveral`].
    pub(crate) fn of<'a>(
        texts: impl Iterator<Item = &'a String>,
        like: Vec<Example>,
    ) -> Result<Self, CliError> {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for text in texts {
            let words = text.trim();
            let (list, sound) = match after_not(words) {
                Some(sound) => (&mut unwanted, sound),
                None => (&mut wanted, words),
            };
            if Phrases::parse(words, "").is_empty() {
                return Err(ModelError::EmptyQuery.into());
            }
            list.push(sound.to_owned());
        }
        let beside = wanted.join(JOINED);
        if !like.is_empty() {
            let given = Phrases::parse(&beside, "").wanted.len();
            if given > 1 {
                return Err(CliError::LikeOfSeveral { given });
            }
            let label = [wanted.pop(), Some(examples::words(&like))];
            wanted = vec![label.into_iter().flatten().collect::<Vec<_>>().join(", ")];
        }
        if wanted.is_empty() {
            if unwanted.is_empty() {
                return Err(ModelError::EmptyQuery.into());
            }
            wanted.push(format!("{NOT} {}", unwanted.join(JOINED)));
            unwanted.clear();
        }
        Ok(Self {
            wanted,
            unwanted,
            like,
            beside,
        })
    }

    /// A wanted sound, less what is not wanted, as a model reads it. The text may name several itself, and end with
    /// ", not …", as in the plug-in. What the model most likely does not understand is said, and added to `doubts`, once.
    ///
    /// # Errors
    /// [`CliError::TooManySounds`]; [`ModelError::EmptyQuery`] where a sound has no words.
    pub(crate) fn read(&self, text: &str, model: &Model, doubts: &mut Vec<Doubt>) -> Result<Query, CliError> {
        let phrases = Phrases::parse(text, &self.unwanted.join(JOINED));
        let query = model.sounds(&phrases, text, doubts)?;
        Ok(query.ok_or(ModelError::EmptyQuery)?)
    }

    /// The wanted sound of which there are examples, less what is not wanted: what lies between the text beside them and each.
    ///
    /// # Errors
    /// As [`Queries::read`], and [`CliError::Opposite`].
    pub(crate) fn read_like(
        &self,
        heard: &[Heard],
        model: &Model,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Query, CliError> {
        let unwanted = self.unwanted.join(JOINED);
        let phrases = match (self.beside.is_empty(), unwanted.is_empty()) {
            // Beside nothing, the examples are what it is taken out of.
            (true, false) => Phrases::parse(&format!("{NOT} {unwanted}"), ""),
            _ => Phrases::parse(&self.beside, &unwanted),
        };
        let mut query = model.sounds(&phrases, &self.beside, doubts)?.unwrap_or_default();
        query
            .wanted
            .extend(heard.iter().map(|heard| heard.condition.clone()));
        let mean = mean(&query.wanted).ok_or_else(|| CliError::Opposite {
            what: self.wanted.join(JOINED),
        })?;
        query.wanted = vec![mean];
        if query.len() > Query::MOST {
            return Err(CliError::TooManySounds {
                query: self.wanted.join(JOINED),
                most: Query::MOST,
            });
        }
        Ok(query)
    }

    /// Refuses a "not" that would hold for one sound, where all of them become one query.
    ///
    /// # Errors
    /// [`CliError::NotOfOne`].
    pub(crate) fn check_together(&self) -> Result<(), CliError> {
        let own = |text: &&String| !Phrases::parse(text, "").unwanted.is_empty();
        match self.wanted.iter().find(own) {
            Some(text) if self.wanted.len() > 1 => Err(CliError::NotOfOne { query: text.clone() }),
            _ => Ok(()),
        }
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
        Queries::of(texts.iter(), Vec::new())
    }

    fn read_one(queries: &Queries, text: &str, model: &Model) -> Result<Query, CliError> {
        queries.read(text, model, &mut Vec::new())
    }

    #[test]
    fn what_is_not_understood_is_named_once() {
        let model =
            Model::load(None, earmark_models::resunet::Quality::Best).expect("it is part of the program");
        let queries = of(&["лай собаки", "a dog barking", "not лай собаки"]).expect("something is wanted");
        let mut doubts = Vec::new();
        for text in &queries.wanted {
            queries.read(text, &model, &mut doubts).expect("it can be read");
        }
        assert_eq!(doubts.len(), 1);
        assert_eq!(doubts[0].text, "лай собаки");
        let sentence = doubts[0].to_string();
        assert!(
            sentence.contains("listens for") && sentence.contains("in English"),
            "{sentence}"
        );
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
    }

    #[test]
    fn a_text_is_read_as_in_the_plug_in() {
        let model =
            Model::load(None, earmark_models::resunet::Quality::Best).expect("it is part of the program");
        let queries = of(&["rain + wind, not speech", "typing", "not music"]).expect("something is wanted");
        let read = |i: usize| read_one(&queries, &queries.wanted[i], &model).expect("it can be read");
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
            read_one(&queries, &many, &model),
            Err(CliError::TooManySounds { most: 8, .. })
        ));
        assert!(of(&["rain, not wind"]).is_ok_and(|one| one.check_together().is_ok()));
    }

    #[test]
    fn not_alone_is_everything_but_that() {
        let model =
            Model::load(None, earmark_models::resunet::Quality::Best).expect("it is part of the program");
        for (texts, wanted) in [
            (&["not speech"][..], "not speech"),
            (&["not speech", "NOT music + rain"], "not speech + music + rain"),
        ] {
            let queries = of(texts).expect("everything else is wanted");
            assert_eq!(queries.wanted, [wanted]);
            let query = read_one(&queries, wanted, &model).expect("it can be read");
            assert!(query.wanted.is_empty());
            assert_eq!(query.unwanted[0], model.query("speech").expect("words"));
            assert!(queries.check_together().is_ok());
        }
    }

    #[test]
    fn a_query_has_words() {
        for empty in [
            &["typing", "not"][..],
            &["not "],
            &["  "],
            &["+"],
            &["rain", "not +"],
            &[],
        ] {
            assert!(
                matches!(of(empty), Err(CliError::Model(ModelError::EmptyQuery))),
                "{empty:?}"
            );
        }
    }
}
