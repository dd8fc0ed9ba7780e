//! What an output holds.

use serde::{Deserialize, Serialize};

use crate::args::Mode;
use crate::queries::Queries;

/// What one output holds of its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The sounds that are wanted, as typed.
    pub(super) wanted: Vec<String>,
    /// The sounds that are taken out of them.
    pub(super) unwanted: Vec<String>,
    /// It holds everything but those sounds.
    pub(super) without: bool,
}

impl Part {
    /// What the outputs of a run hold: each wanted sound alone, or everything without all of them.
    pub(super) fn outputs(queries: &Queries, mode: Mode) -> Vec<Part> {
        match mode {
            Mode::Isolate => queries
                .wanted
                .iter()
                .map(|query| Part::of(queries, std::slice::from_ref(query), false))
                .collect(),
            Mode::Remove => vec![Part::of(queries, &queries.wanted, true)],
        }
    }

    /// What the outputs leave out: it is the output of the other mode.
    pub(super) fn rest(queries: &Queries, mode: Mode) -> Part {
        Part::of(queries, &queries.wanted, mode == Mode::Isolate)
    }

    fn of(queries: &Queries, wanted: &[String], without: bool) -> Part {
        Part {
            wanted: wanted.to_vec(),
            unwanted: queries.unwanted.clone(),
            without,
        }
    }

    /// It in words, for a name: "typing, not speech", "without typing and rain".
    pub(super) fn words(&self) -> String {
        let sounds = [&[self.wanted.join(" and ")][..], &self.unwanted].concat();
        let without = if self.without { "without " } else { "" };
        format!("{without}{}", sounds.join(", not "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::Named;

    #[test]
    fn each_part_in_words() {
        let queries = |wanted: &[&str], unwanted: &[&str]| {
            let wanted = wanted.iter().map(|query| (*query).to_owned());
            let texts: Vec<String> = wanted
                .chain(unwanted.iter().map(|query| format!("not {query}")))
                .collect();
            Queries::of(texts.iter(), Named::default()).expect("something is wanted")
        };
        let words = |parts: Vec<Part>| parts.iter().map(Part::words).collect::<Vec<_>>();
        let two = queries(&["typing", "rain"], &[]);
        assert_eq!(words(Part::outputs(&two, Mode::Isolate)), ["typing", "rain"]);
        assert_eq!(Part::rest(&two, Mode::Isolate).words(), "without typing and rain");
        assert_eq!(
            words(Part::outputs(&two, Mode::Remove)),
            ["without typing and rain"]
        );
        assert_eq!(Part::rest(&two, Mode::Remove).words(), "typing and rain");
        let less = queries(&["typing"], &["speech", "rain"]);
        assert_eq!(
            words(Part::outputs(&less, Mode::Isolate)),
            ["typing, not speech, not rain"]
        );
    }
}
