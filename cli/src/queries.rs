//! What is asked for: sounds that are wanted, and sounds that are not.

use earmark_engine::Query;
use earmark_models::ModelError;
use earmark_queries::{Doubt, Phrases, Sound, Which, mean};

use crate::error::CliError;
use crate::examples::{self, Listened, Named, Told};
use crate::model::Model;

/// How a query begins that names what is not wanted.
const NOT: &str = "not";
/// What several sounds in one text are joined by.
const JOINED: &str = " + ";

/// The queries of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Queries {
    /// What the wanted sounds are called; at least one, which is "not …" where only sounds that are not wanted were named.
    pub(crate) wanted: Vec<String>,
    /// What the sounds are called that are taken out of those.
    pub(crate) unwanted: Vec<String>,
    /// Which one of the times that it is heard, for each wanted sound.
    pub(crate) which: Vec<Option<Which>>,
    typed: Typed,
    examples: Named,
}

/// What was typed of them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Typed {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

/// The queries of one run as a model reads them.
pub(crate) struct Read {
    /// The wanted sounds, less what is not wanted.
    pub(crate) wanted: Vec<Query>,
    /// The examples that were listened to.
    pub(crate) examples: Told,
    /// What the model most likely does not understand.
    pub(crate) doubts: Vec<Doubt>,
}

impl Queries {
    /// Sorts what was typed: "not speech" names speech as unwanted. Where nothing else is named, everything but that is wanted.
    ///
    /// With examples of what is wanted, at most one sound is wanted beside them: it and they mean the same.
    ///
    /// # Errors
    /// [`ModelError::EmptyQuery`] for a query without words; [`CliError::LikeOfSeveral`].
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a String>, examples: Named) -> Result<Self, CliError> {
        let mut typed = Typed::default();
        for text in texts {
            let words = text.trim();
            let (list, sound) = match after_not(words) {
                Some(sound) => (&mut typed.unwanted, sound),
                None => (&mut typed.wanted, words),
            };
            let phrases = Phrases::parse(words, "");
            if phrases.is_empty() {
                return Err(ModelError::EmptyQuery.into());
            }
            let says_which = |sound: &Sound| Phrases::parse(sound.text()?, "").which;
            if phrases.all().any(|(sound, _)| says_which(sound).is_some()) {
                return Err(CliError::WhichInside { query: words.into() });
            }
            list.push(sound.to_owned());
        }
        let mut wanted = typed.wanted.clone();
        let mut which: Vec<_> = wanted.iter().map(|text| Phrases::parse(text, "").which).collect();
        if examples.show_what_is_wanted() {
            let given = Phrases::parse(&wanted.join(JOINED), "").wanted.len();
            if given > 1 {
                return Err(CliError::LikeOfSeveral { given });
            }
            let label = wanted.pop().into_iter().chain(examples.wanted_words());
            wanted = vec![label.collect::<Vec<_>>().join(", ")];
        }
        let mut unwanted = typed.unwanted.clone();
        let one_by_one = examples.not_like.chunks(1).map(examples::words);
        unwanted.extend(one_by_one);
        if wanted.is_empty() {
            if unwanted.is_empty() {
                return Err(ModelError::EmptyQuery.into());
            }
            wanted.push(format!("{NOT} {}", unwanted.join(JOINED)));
            unwanted.clear();
        }
        // Examples, and everything but something, are one sound that was not typed.
        which.resize(wanted.len(), None);
        Ok(Self {
            wanted,
            unwanted,
            which,
            typed,
            examples,
        })
    }

    /// The wanted sounds, less what is not wanted, as a model reads them. A text may name several itself, and end with
    /// ", not …", as in the plug-in. Examples and the text beside them are what lies between all of them. What the model most likely
    /// does not understand is said, once.
    ///
    /// # Errors
    /// [`CliError::TooManySounds`]; [`ModelError::EmptyQuery`] where a sound has no words; [`CliError::Opposite`]; what is wrong
    /// with an example, or that the model hears none.
    pub(crate) fn read(&self, model: &Model) -> Result<Read, CliError> {
        let heard = self.examples.hear(model)?;
        let typed = &self.typed.wanted;
        let beside = [typed.join(JOINED)];
        // Examples and words mean one sound; and where nothing is wanted, everything else is.
        let texts = if !self.examples.show_what_is_wanted() && !typed.is_empty() {
            &typed[..]
        } else {
            &beside
        };
        let mut doubts = Vec::new();
        let wanted = texts
            .iter()
            .zip(&self.wanted)
            .map(|(text, name)| self.read_one(text, name, &heard, model, &mut doubts))
            .collect::<Result<_, CliError>>()?;
        Ok(Read {
            wanted,
            examples: heard.about(),
            doubts,
        })
    }

    /// One of them: what was typed of it, and what it is called.
    fn read_one(
        &self,
        text: &str,
        name: &str,
        heard: &Listened,
        model: &Model,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Query, CliError> {
        let unwanted = self.typed.unwanted.join(JOINED);
        let phrases = match (text.is_empty(), unwanted.is_empty()) {
            // An empty text would make nothing wanted of all of it.
            (true, false) => Phrases::parse(&format!("{NOT} {unwanted}"), ""),
            _ => Phrases::parse(text, &unwanted),
        };
        let mut query = model.sounds(&phrases, name, doubts)?.unwrap_or_default();
        if self.examples.show_what_is_wanted() {
            query.wanted.extend(heard.wanted());
            let mean = mean(&query.wanted).ok_or_else(|| CliError::Opposite { what: name.into() })?;
            query.wanted = vec![mean];
        }
        let examples = heard.not_like.iter().map(|heard| heard.condition.clone());
        query.unwanted.extend(examples);
        if query.is_empty() {
            return Err(ModelError::EmptyQuery.into());
        }
        if query.len() > Query::MOST {
            return Err(CliError::TooManySounds {
                query: name.into(),
                most: Query::MOST,
            });
        }
        Ok(query)
    }

    /// Refuses a "not" that would hold for one sound, and which one of several times it is, where all of them become one query.
    ///
    /// # Errors
    /// [`CliError::NotOfOne`], [`CliError::WhichOfOne`].
    pub(crate) fn check_together(&self) -> Result<(), CliError> {
        let mut says_which = self.wanted.iter().zip(&self.which);
        if self.wanted.len() > 1
            && let Some((query, _)) = says_which.find(|(_, which)| which.is_some())
        {
            return Err(CliError::WhichOfOne { query: query.clone() });
        }
        let own = |text: &&String| !Phrases::parse(text, "").unwanted.is_empty();
        match self.typed.wanted.iter().find(own) {
            Some(text) if self.typed.wanted.len() > 1 => Err(CliError::NotOfOne { query: text.clone() }),
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
        Queries::of(texts.iter(), Named::default())
    }

    #[test]
    fn what_is_not_understood_is_named_once() {
        let model =
            Model::load(None, earmark_models::resunet::Quality::Best).expect("it is part of the program");
        let queries = of(&["лай собаки", "a dog barking", "not лай собаки"]).expect("something is wanted");
        let doubts = queries.read(&model).expect("it can be read").doubts;
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
        let read = queries.read(&model).expect("it can be read").wanted;
        let conditions = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| model.query(text).expect("words"))
                .collect::<Vec<_>>()
        };
        assert_eq!(read[0].wanted, conditions(&["rain", "wind"]));
        assert_eq!(read[0].unwanted, conditions(&["speech", "music"]));
        assert_eq!(
            (&read[1].wanted, &read[1].unwanted),
            (&conditions(&["typing"]), &conditions(&["music"]))
        );
        assert!(matches!(queries.check_together(), Err(CliError::NotOfOne { .. })));
        let many = (0..9).map(|n| n.to_string()).collect::<Vec<_>>().join(" + ");
        assert!(matches!(
            of(&[&many]).and_then(|queries| queries.read(&model)),
            Err(CliError::TooManySounds { most: 8, .. })
        ));
        assert!(of(&["rain, not wind"]).is_ok_and(|one| one.check_together().is_ok()));
    }

    #[test]
    fn which_one_is_said_of_a_query_at_its_beginning() {
        let queries = of(&["the last bell, not speech", "rain", "not wind"]).expect("something is wanted");
        assert_eq!(queries.which, [Some(Which::Last), None]);
        assert_eq!(
            queries.wanted[0], "the last bell, not speech",
            "it is called what was typed"
        );
        assert!(matches!(
            queries.check_together(),
            Err(CliError::WhichOfOne { .. })
        ));
        assert!(of(&["the last bell", "not wind"]).is_ok_and(|one| one.check_together().is_ok()));
        assert_eq!(
            of(&["not wind"]).expect("everything else is wanted").which,
            [None]
        );
        for wrong in [
            "rain + the last bell",
            "not the last bell",
            "rain, not the first bell",
        ] {
            let error = of(&[wrong]).expect_err("it stands elsewhere").to_string();
            assert!(error.contains(wrong), "{error}");
        }
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
            let query = queries.read(&model).expect("it can be read").wanted.remove(0);
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
