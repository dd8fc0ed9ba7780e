//! Which one of several times a sound is heard.

use std::fmt;
use std::num::NonZeroUsize;

/// Which one of the times that a sound is heard in a recording. It is known of files alone: live, nobody knows what is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first, the second …
    Nth(NonZeroUsize),
    /// The last one.
    Last,
    /// The one that is loudest at its loudest moment.
    Loudest,
    /// The one that lasts longest.
    Longest,
}

/// The numbers that have a word, from the first on.
const ORDINALS: [&str; 12] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
];
/// What numbers in digits end with.
const ENDINGS: [&str; 4] = ["st", "nd", "rd", "th"];

impl Which {
    /// What a text begins with, "the second", and the sound that follows. A text without both is a sound as it stands.
    pub(super) fn of(text: &str) -> (Option<Which>, &str) {
        let found = || {
            let (the, rest) = word(text)?;
            let (which, sound) = word(rest)?;
            the.eq_ignore_ascii_case("the")
                .then(|| Which::of_word(which))?
                .map(|which| (which, sound))
        };
        match found() {
            Some((which, sound)) if !sound.trim().is_empty() => (Some(which), sound),
            _ => (None, text),
        }
    }

    fn of_word(word: &str) -> Option<Which> {
        let word = word.to_ascii_lowercase();
        match word.as_str() {
            "last" => return Some(Which::Last),
            "loudest" => return Some(Which::Loudest),
            "longest" => return Some(Which::Longest),
            _ => {}
        }
        let by_word = ORDINALS.iter().position(|ordinal| *ordinal == word);
        let in_digits = || {
            let digits = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending))?;
            digits.bytes().all(|digit| digit.is_ascii_digit()).then_some(())?;
            digits.parse().ok()
        };
        let number = by_word.map(|at| at + 1).or_else(in_digits)?;
        NonZeroUsize::new(number).map(Which::Nth)
    }
}

/// "first", "21st", "last", "loudest", "longest".
impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Which::Last => f.write_str("last"),
            Which::Loudest => f.write_str("loudest"),
            Which::Longest => f.write_str("longest"),
            Which::Nth(number) => match ORDINALS.get(number.get() - 1) {
                Some(word) => f.write_str(word),
                None => write!(f, "{number}{}", ending(number.get())),
            },
        }
    }
}

/// What a number in digits ends with.
fn ending(number: usize) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// The first word of a text, and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    text.trim_start().split_once(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_one_is_said_first_and_a_sound_follows() {
        let nth = |number| NonZeroUsize::new(number).map(Which::Nth);
        for (text, which, sound) in [
            ("the second dog bark", nth(2), "dog bark"),
            (" The  FIRST door", nth(1), "door"),
            ("the 1st door", nth(1), "door"),
            ("the 22nd clap", nth(22), "clap"),
            ("the twelfth clap", nth(12), "clap"),
            ("the last bell", Some(Which::Last), "bell"),
            ("the loudest bang", Some(Which::Loudest), "bang"),
            ("the longest car horn", Some(Which::Longest), "car horn"),
            ("the\u{a0}third bang", nth(3), "bang"),
            // Sounds as they stand.
            ("second dog bark", None, "second dog bark"),
            ("the dog", None, "the dog"),
            ("the second", None, "the second"),
            ("the last ", None, "the last "),
            ("the 0th dog", None, "the 0th dog"),
            ("the +2nd dog", None, "the +2nd dog"),
            ("the 2 dogs", None, "the 2 dogs"),
            (
                "the 99999999999999999999999th dog",
                None,
                "the 99999999999999999999999th dog",
            ),
            ("the lastest dog", None, "the lastest dog"),
            ("second hand clock ticking", None, "second hand clock ticking"),
            ("a loud bang", None, "a loud bang"),
            ("first aid siren", None, "first aid siren"),
            ("the éth dog", None, "the éth dog"),
            ("", None, ""),
        ] {
            let (found, rest) = Which::of(text);
            assert_eq!((found, rest.trim()), (which, sound.trim()), "{text:?}");
        }
    }

    #[test]
    fn it_is_told_as_it_is_read() {
        for number in (1..=130).chain([1_001, 1_011, 1_013]) {
            let which = NonZeroUsize::new(number).map(Which::Nth).expect("it is not 0");
            let text = format!("the {which} dog");
            assert_eq!(Which::of(&text), (Some(which), "dog"));
        }
        for (number, words) in [
            (1, "first"),
            (13, "13th"),
            (21, "21st"),
            (42, "42nd"),
            (103, "103rd"),
            (111, "111th"),
        ] {
            assert_eq!(
                NonZeroUsize::new(number)
                    .map(|number| Which::Nth(number).to_string())
                    .as_deref(),
                Some(words)
            );
        }
    }
}
