//! Several sounds in one query: what is wanted, and what is not.
//!
//! # What may be written
//! ```text
//! typing                      one sound
//! rain + wind                 both of them
//! typing, not speech          typing, and where speech is louder, not that
//! typing but not speech       the same
//! rain, not speech + music    neither of the two
//! not speech                  everything but speech
//! ```
//! A negative field beside the text counts like what follows ", not".
//!
//! # What is computed
//! All sounds are one batch of a mask stream: what does not depend on the query is computed once (`docs/performance.md` says
//! what that saves), and the masks of each are those that it would have alone. They are joined bin by bin, frame by frame,
//! as [`earmark_models::mask`] says, before anything else is done with them. The mask that comes out is at most 1 like those
//! that went in, and target + rest = input as with one sound.

use earmark_models::Condition;

/// The sounds that a query names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phrases {
    /// What is to be heard. Empty together with `unwanted` for an empty query; empty alone for "everything but".
    pub wanted: Vec<String>,
    /// What is not to be heard with it.
    pub unwanted: Vec<String>,
    /// Whether more sounds were named than [`Phrases::MOST`]; the last ones are left out.
    pub cut: bool,
}

impl Phrases {
    /// Most sounds of one query, wanted and unwanted together.
    pub const MOST: usize = 8;

    /// Reads a query and what its negative field holds.
    pub fn parse(text: &str, negative: &str) -> Phrases {
        let mut phrases = Phrases::default();
        if text.trim().is_empty() {
            return phrases;
        }
        let mut clauses = clauses(text);
        // The first clause is wanted, unless the text begins with its negation.
        if let Some(first) = clauses.next() {
            match strip_not(first) {
                Some(unwanted) => phrases.add(unwanted, false),
                None => phrases.add(first, true),
            }
        }
        for clause in clauses.chain(clauses_of_negative(negative)) {
            phrases.add(clause, false);
        }
        phrases
    }

    /// Wanted ones first, each with whether it is wanted.
    pub fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        let wanted = self.wanted.iter().map(|phrase| (phrase.as_str(), true));
        wanted.chain(self.unwanted.iter().map(|phrase| (phrase.as_str(), false)))
    }

    /// The sounds of two queries together; see [`Query::joined`].
    pub fn joined(&self, other: &Phrases) -> Phrases {
        let mut both = self.clone();
        let whole = join(
            (&mut both.wanted, &mut both.unwanted),
            (&other.wanted, &other.unwanted),
        );
        both.cut |= other.cut || !whole;
        both
    }

    fn add(&mut self, clause: &str, wanted: bool) {
        for phrase in clause.split(" + ") {
            let phrase = phrase.trim().trim_matches(',').trim();
            if phrase.is_empty() {
                continue;
            }
            let full = self.wanted.len() + self.unwanted.len() >= Phrases::MOST;
            let list = if wanted {
                &mut self.wanted
            } else {
                &mut self.unwanted
            };
            if list.iter().any(|known| known == phrase) {
                continue;
            }
            if full {
                self.cut = true;
            } else {
                list.push(phrase.to_owned());
            }
        }
    }
}

/// Adds what a second query wants, then what it does not want, to the lists of the first, each sound once and at most
/// [`Phrases::MOST`] of all; says whether there was room for all of them.
fn join<T: Clone + PartialEq>(
    (wanted, unwanted): (&mut Vec<T>, &mut Vec<T>),
    (more_wanted, more_unwanted): (&[T], &[T]),
) -> bool {
    let mut room = Phrases::MOST.saturating_sub(wanted.len() + unwanted.len());
    let mut whole = true;
    for (list, more) in [(wanted, more_wanted), (unwanted, more_unwanted)] {
        for sound in more {
            if list.contains(sound) {
                continue;
            }
            if room == 0 {
                whole = false;
                break;
            }
            room -= 1;
            list.push(sound.clone());
        }
    }
    whole
}

/// Parts of a text between ", not" and "but not".
fn clauses(text: &str) -> impl Iterator<Item = &str> {
    // Only ASCII letters are folded, so that positions stay those of the text.
    let lower = text.to_ascii_lowercase();
    let mut rest = Some((text, lower));
    std::iter::from_fn(move || {
        let (text, lower) = rest.take()?;
        let end = [", but not ", ", not ", " but not "]
            .iter()
            .filter_map(|mark| lower.find(mark).map(|at| (at, mark.len())))
            // The longest of those that begin first.
            .min_by_key(|(at, len)| (*at, usize::MAX - len));
        let Some((at, len)) = end else { return Some(text) };
        rest = Some((&text[at + len..], lower[at + len..].to_owned()));
        Some(&text[..at])
    })
}

/// As [`clauses`]; here a "not" at the beginning says what the field says anyway.
fn clauses_of_negative(negative: &str) -> impl Iterator<Item = &str> {
    clauses(negative).map(|clause| strip_not(clause).unwrap_or(clause))
}

fn strip_not(clause: &str) -> Option<&str> {
    let clause = clause.trim_start();
    let (head, rest) = (clause.get(..4)?, clause.get(4..)?);
    head.eq_ignore_ascii_case("not ").then_some(rest)
}

/// Conditions of a query's sounds, in the order of [`Phrases`]. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// What is to be heard; where there is none, everything but `unwanted`.
    pub wanted: Vec<Condition>,
    /// What is not to be heard with it.
    pub unwanted: Vec<Condition>,
}

impl Query {
    /// Sounds, wanted and unwanted.
    pub fn len(&self) -> usize {
        self.wanted.len() + self.unwanted.len()
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Both queries as one, as if their texts had been written into one slot: what either wants is wanted, what either does not
    /// want is left out, also where the other one wants it. A query that only leaves out, joined with one that wants something,
    /// leaves that out of it. Each sound counts once; this query's come first, and of the other's only as many are taken as make
    /// [`Phrases::MOST`] together.
    #[must_use]
    pub fn joined(&self, other: &Query) -> Query {
        let mut both = self.clone();
        join(
            (&mut both.wanted, &mut both.unwanted),
            (&other.wanted, &other.unwanted),
        );
        both
    }
}

impl From<Condition> for Query {
    fn from(condition: Condition) -> Query {
        Query {
            wanted: vec![condition],
            unwanted: vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, negative: &str) -> (Vec<String>, Vec<String>) {
        let phrases = Phrases::parse(text, negative);
        (phrases.wanted, phrases.unwanted)
    }

    fn words(wanted: &[&str], unwanted: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect();
        (owned(wanted), owned(unwanted))
    }

    #[test]
    fn sounds_are_joined_and_left_out() {
        for (text, negative, wanted, unwanted) in [
            ("typing", "", &["typing"][..], &[][..]),
            ("rain + wind", "", &["rain", "wind"], &[]),
            ("typing, not speech", "", &["typing"], &["speech"]),
            ("Typing, But Not speech", "", &["Typing"], &["speech"]),
            ("typing but not speech", "", &["typing"], &["speech"]),
            ("typing", "speech", &["typing"], &["speech"]),
            ("typing", "not speech + music", &["typing"], &["speech", "music"]),
            ("a, not b, not c", "b + d", &["a"], &["b", "c", "d"]),
            ("not speech", "", &[], &["speech"]),
            ("rain + rain +  ", "", &["rain"], &[]),
            ("a dog, barking", "", &["a dog, barking"], &[]),
            ("knots and nothing", "", &["knots and nothing"], &[]),
            ("Türen, not Öl", "", &["Türen"], &["Öl"]),
            ("C+C", "", &["C+C"], &[]),
            ("  ", "speech", &[], &[]),
            ("", "", &[], &[]),
        ] {
            assert_eq!(
                parse(text, negative),
                words(wanted, unwanted),
                "{text:?} {negative:?}"
            );
        }
    }

    #[test]
    fn two_queries_together_are_what_one_text_would_say() {
        for (first, second, both) in [
            ("typing", "a chair", "typing + a chair"),
            ("typing, not speech", "a chair", "typing + a chair, not speech"),
            ("typing + rain", "rain, not speech", "typing + rain, not speech"),
            ("not speech", "a chair", "a chair, not speech"),
            ("not speech", "not music", "not speech + music"),
            ("typing, not a chair", "a chair", "typing + a chair, not a chair"),
            ("typing", "typing", "typing"),
        ] {
            let joined = Phrases::parse(first, "").joined(&Phrases::parse(second, ""));
            assert_eq!(joined, Phrases::parse(both, ""), "{first:?} with {second:?}");
        }
    }

    #[test]
    fn the_first_of_two_queries_stays_whole() {
        let first = Phrases::parse("a + b + c + d + e, not f", "");
        let joined = first.joined(&Phrases::parse("g + a + h + i, not f + k", ""));
        assert_eq!(joined.wanted, ["a", "b", "c", "d", "e", "g", "h"]);
        assert_eq!((joined.unwanted, joined.cut), (vec!["f".to_owned()], true));
        let fits = first.joined(&Phrases::parse("a + g, not f + k", ""));
        assert_eq!((fits.wanted.len(), fits.unwanted.len(), fits.cut), (6, 2, false));
    }

    #[test]
    fn no_query_grows_beyond_its_limit() {
        let text = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join(" + ");
        let phrases = Phrases::parse(&text, "speech");
        assert_eq!(
            (phrases.wanted.len(), phrases.unwanted.len(), phrases.cut),
            (8, 0, true)
        );
        assert!(!Phrases::parse("rain + wind", "").cut);
    }
}
