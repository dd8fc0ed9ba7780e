//! What might be meant by what is being typed: earlier queries and known sounds.

use crate::sounds::{RARE_SOUNDS, SOUNDS};

/// At most so many are shown.
pub(crate) const MOST: usize = 6;
/// At most so many of them are earlier queries.
const MOST_RECENT: usize = 3;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// What the box holds when it has been chosen.
    pub(crate) text: String,
    /// Whether it was asked for before.
    pub(crate) recent: bool,
}

/// What fits a draft: earlier queries (the newest last in `history`), then known sounds. Several sounds stand in one text,
/// joined by `+`; the last one is completed. `rare` sounds are offered too where the model knows them.
pub(crate) fn suggestions(draft: &str, history: &[String], rare: bool) -> Vec<Suggestion> {
    let whole = draft.trim();
    let mut found: Vec<Suggestion> = history
        .iter()
        .rev()
        .filter(|text| fits(text, whole).is_some() && text.as_str() != whole)
        .take(MOST_RECENT)
        .map(|text| Suggestion {
            text: text.clone(),
            recent: true,
        })
        .collect();
    let (before, last) = draft.rfind('+').map_or(("", draft), |at| draft.split_at(at + 1));
    let last = last.trim();
    if last.is_empty() {
        return found;
    }
    let rare = if rare { RARE_SOUNDS } else { &[] };
    let mut known: Vec<(u8, &str)> = SOUNDS
        .iter()
        .chain(rare)
        .filter_map(|sound| Some((fits(sound, last)?, *sound)))
        .filter(|(_, sound)| !sound.eq_ignore_ascii_case(last))
        .collect();
    // Stable, so that the more common stays before the less common.
    known.sort_by_key(|(rank, _)| *rank);
    for (_, sound) in known {
        let text = if before.is_empty() {
            sound.to_owned()
        } else {
            format!("{} {sound}", before.trim_end())
        };
        if found.iter().all(|other| other.text != text) {
            found.push(Suggestion { text, recent: false });
        }
    }
    found.truncate(MOST);
    found
}

/// Whether every typed word begins a word of `text`, and how well: 0 where the text begins with what was typed, leaving out
/// articles, 1 elsewhere.
fn fits(text: &str, typed: &str) -> Option<u8> {
    let (text, typed) = (text.to_lowercase(), typed.to_lowercase());
    let words = || text.split(|c: char| !c.is_alphanumeric());
    let all = typed
        .split_whitespace()
        .all(|part| words().any(|word| word.starts_with(part)));
    let bare = ["a ", "an "]
        .iter()
        .find_map(|article| text.strip_prefix(article))
        .unwrap_or(&text);
    all.then(|| u8::from(!(bare.starts_with(&typed) || text.starts_with(&typed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(draft: &str, history: &[&str]) -> Vec<String> {
        let history: Vec<String> = history.iter().map(|text| (*text).to_owned()).collect();
        suggestions(draft, &history, false)
            .into_iter()
            .map(|suggestion| suggestion.text)
            .collect()
    }

    #[test]
    fn what_begins_so_comes_first() {
        let found = texts("dog", &[]);
        assert_eq!(found[0], "a dog barking");
        assert!(found.len() >= 3, "{found:?}");
        assert_eq!(texts("typ", &[])[0], "typing on a keyboard");
        assert!(texts("keyb", &[]).contains(&"typing on a keyboard".to_owned()));
        assert!(texts("zzz", &[]).is_empty());
        assert!(texts("a", &[]).len() <= MOST);
    }

    #[test]
    fn earlier_queries_come_before_known_sounds_and_only_once() {
        let found = texts("ra", &["rain", "the radio next door", "birds"]);
        assert_eq!(found[..2], ["the radio next door", "rain"]);
        assert_eq!(found.iter().filter(|text| *text == "rain").count(), 1);
        assert_eq!(
            texts("", &["one", "two"]),
            ["two", "one"],
            "an empty box offers what was asked for"
        );
    }

    #[test]
    fn the_last_of_several_sounds_is_completed() {
        assert_eq!(texts("rain + thun", &[])[0], "rain + thunder");
    }

    #[test]
    fn rare_sounds_are_offered_where_the_model_knows_them() {
        assert!(texts("cough", &[]).is_empty());
        assert_eq!(suggestions("cough", &[], true)[0].text, "coughing");
    }

    #[test]
    fn no_sound_is_listed_twice() {
        let all = [SOUNDS, RARE_SOUNDS].concat();
        for (i, sound) in all.iter().enumerate() {
            assert!(!all[..i].contains(sound), "{sound}");
        }
    }
}
