//! The grammar of a query: what is wanted, and what is not.
//!
//! ```text
//! typing                      one sound
//! rain + wind, rain+wind      both of them
//! typing, not speech          typing, and where speech is louder, not that
//! typing but not speech       the same; "and not" too, with a comma before it or without
//! rain, not speech + music    neither of the two
//! not speech                  everything but speech
//! the second dog bark         of the times that it is heard the second one; in files alone
//! ```
//! A plus joins two sounds where a space, a word of two letters or more, or nothing stands on either side of it: "C+C" is one text. Full-width
//! commas and pluses (，＋) count like others. Which one of several is meant stands at the beginning: "the first", "the second" … "the 21st", "the
//! last", "the loudest", "the longest". "Not" may be in capitals. A negative field beside the text counts like what follows ", not".

mod marks;
mod which;

use earmark_engine::Query;

use crate::Sound;
pub use which::Which;

/// The sounds that a query names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phrases {
    /// What is to be heard. Empty together with `unwanted` for an empty query; empty alone for "everything but".
    pub wanted: Vec<Sound>,
    /// What is not to be heard with it.
    pub unwanted: Vec<Sound>,
    /// Whether more sounds were named than [`Phrases::MOST`]; the last ones are left out.
    pub cut: bool,
    /// Which one of the times that what is wanted is heard, where that was said.
    pub which: Option<Which>,
}

impl Phrases {
    /// Most sounds of one query, wanted and unwanted together.
    pub const MOST: usize = Query::MOST;

    /// Reads a query and what its negative field holds.
    pub fn parse(text: &str, negative: &str) -> Phrases {
        Phrases::of(text, negative, [])
    }

    /// The same with sounds that are not given in words, each with whether it is wanted. A negative field alone says nothing.
    pub fn of<'a>(
        text: &str,
        negative: &str,
        others: impl IntoIterator<Item = (&'a Sound, bool)>,
    ) -> Phrases {
        let mut phrases = Phrases::default();
        let mut others = others.into_iter().peekable();
        if text.trim().is_empty() && others.peek().is_none() {
            return phrases;
        }
        let mut clauses = marks::clauses(text);
        // The first clause is wanted, unless the text begins with its negation.
        if let Some(first) = clauses.next() {
            match marks::after_not(first) {
                Some(unwanted) => phrases.add_clause(unwanted, false),
                None => {
                    let (which, sounds) = Which::of(first);
                    phrases.which = which;
                    phrases.add_clause(sounds, true);
                }
            }
        }
        // A "not" at the beginning of the negative field says what the field says anyway.
        let negative = marks::clauses(negative).map(|clause| marks::after_not(clause).unwrap_or(clause));
        for clause in clauses.chain(negative) {
            phrases.add_clause(clause, false);
        }
        for (sound, wanted) in others {
            phrases.add(sound.clone(), wanted);
        }
        phrases
    }

    /// Adds a sound, unless it is there already or there is no room for it.
    pub fn add(&mut self, sound: Sound, wanted: bool) {
        let full = self.wanted.len() + self.unwanted.len() >= Phrases::MOST;
        let list = if wanted {
            &mut self.wanted
        } else {
            &mut self.unwanted
        };
        if list.contains(&sound) {
            return;
        }
        if full {
            self.cut = true;
        } else {
            list.push(sound);
        }
    }

    /// Wanted ones first, each with whether it is wanted.
    pub fn all(&self) -> impl Iterator<Item = (&Sound, bool)> {
        let wanted = self.wanted.iter().map(|sound| (sound, true));
        wanted.chain(self.unwanted.iter().map(|sound| (sound, false)))
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// The sounds of two queries together; see [`Query::joined`].
    pub fn joined(&self, other: &Phrases) -> Phrases {
        let mut both = self.clone();
        for (sound, wanted) in other.all() {
            both.add(sound.clone(), wanted);
        }
        both.cut |= other.cut;
        both
    }

    fn add_clause(&mut self, clause: &str, wanted: bool) {
        for sound in marks::sounds(clause) {
            let sound = sound.trim().trim_matches(marks::COMMAS).trim();
            if !sound.is_empty() {
                self.add(sound.into(), wanted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounds(texts: &[&str]) -> Vec<Sound> {
        texts.iter().map(|&text| text.into()).collect()
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
            ("  ", "speech", &[], &[]),
            ("", "", &[], &[]),
        ] {
            let read = Phrases::parse(text, negative);
            assert_eq!(
                (read.wanted, read.unwanted),
                (sounds(wanted), sounds(unwanted)),
                "{text:?} {negative:?}"
            );
        }
    }

    #[test]
    fn which_one_holds_for_all_that_is_wanted_and_stands_at_its_beginning() {
        for (text, which, wanted, unwanted) in [
            (
                "the last dog bark, not speech",
                Some(Which::Last),
                &["dog bark"][..],
                &["speech"][..],
            ),
            (
                "the loudest bang + crash",
                Some(Which::Loudest),
                &["bang", "crash"],
                &[],
            ),
            ("a dog, the last one", None, &["a dog, the last one"], &[]),
            ("rain + the last dog", None, &["rain", "the last dog"], &[]),
            ("not the last dog", None, &[], &["the last dog"]),
            ("rain, not the last dog", None, &["rain"], &["the last dog"]),
        ] {
            let read = Phrases::parse(text, "");
            assert_eq!(read.which, which, "{text}");
            assert_eq!(
                (read.wanted, read.unwanted),
                (sounds(wanted), sounds(unwanted)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_plus_joins_words_and_is_part_of_a_name() {
        for (text, wanted) in [
            ("rain+wind", &["rain", "wind"][..]),
            ("rain+ wind +hail", &["rain", "wind", "hail"]),
            ("drum+bass+vocals", &["drum", "bass", "vocals"]),
            ("+rain+", &["rain"]),
            ("C+C", &["C+C"]),
            ("C++ on a keyboard", &["C++ on a keyboard"]),
            ("5+1 claps", &["5+1 claps"]),
            ("an A+ student", &["an A+ student"]),
            ("C + C#", &["C", "C#"]),
            ("雨＋風", &["雨", "風"]),
            ("雨+風", &["雨", "風"]),
            ("C＋D", &["C", "D"]),
            ("дождь+ветер", &["дождь", "ветер"]),
            ("+", &[]),
            ("＋ +", &[]),
        ] {
            assert_eq!(Phrases::parse(text, "").wanted, sounds(wanted), "{text:?}");
        }
    }

    #[test]
    fn not_has_many_forms_and_none_inside_a_word() {
        for (text, wanted, unwanted) in [
            ("typing,not speech", &["typing"][..], &["speech"][..]),
            ("typing ,  not  speech", &["typing"], &["speech"]),
            ("typing，not speech", &["typing"], &["speech"]),
            ("typing， NOT speech", &["typing"], &["speech"]),
            ("typing\u{3000}but\u{a0}not speech", &["typing"], &["speech"]),
            ("typing and not speech", &["typing"], &["speech"]),
            (
                "typing, and not speech, but not rain",
                &["typing"],
                &["speech", "rain"],
            ),
            ("not speech, not music", &[], &["speech", "music"]),
            ("NOT speech", &[], &["speech"]),
            ("typing, not", &["typing"], &[]),
            ("not", &[], &[]),
            ("typing, nothing else", &["typing, nothing else"], &[]),
            ("ready or not here", &["ready or not here"], &[]),
            ("butter knot", &["butter knot"], &[]),
        ] {
            let read = Phrases::parse(text, "");
            assert_eq!(
                (read.wanted, read.unwanted),
                (sounds(wanted), sounds(unwanted)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn many_spaces_are_read_once() {
        let begun = std::time::Instant::now();
        let spaces = " ".repeat(300_000);
        assert_eq!(Phrases::parse(&format!("a{spaces}b"), "").wanted.len(), 1);
        let read = Phrases::parse(
            &format!("rain{spaces}and{spaces}not wind,{spaces}not hail"),
            &spaces,
        );
        assert_eq!(
            (read.wanted, read.unwanted),
            (sounds(&["rain"]), sounds(&["wind", "hail"]))
        );
        // Once for each of them would take most of a minute.
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
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
        assert_eq!(joined.wanted, sounds(&["a", "b", "c", "d", "e", "g", "h"]));
        assert_eq!((joined.unwanted, joined.cut), (sounds(&["f"]), true));
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
