//! The grammar of queries.

use earmark_queries::Phrases;

/// A text, and behind its first line break the negative field: they name no more sounds than a query may have, each once and none
/// without words, and nothing changes when they are joined with themselves.
///
/// # Panics
/// Where it is otherwise.
pub fn queries(bytes: &[u8]) {
    let given = String::from_utf8_lossy(bytes);
    let (text, negative) = given.split_once('\n').unwrap_or((&given, ""));
    let phrases = Phrases::parse(text, negative);
    assert!(phrases.all().count() <= Phrases::MOST);
    for list in [&phrases.wanted, &phrases.unwanted] {
        for (index, sound) in list.iter().enumerate() {
            let words = sound.text().expect("a text names texts");
            assert!(!words.is_empty() && words.trim() == words, "{words:?}");
            assert!(given.contains(words), "{words:?}");
            assert!(!list[..index].contains(sound), "{words:?} twice");
        }
    }
    assert!(!text.trim().is_empty() || phrases.is_empty());
    assert_eq!(phrases.joined(&phrases), phrases);
    let other = Phrases::parse(negative, text);
    assert!(phrases.joined(&other).all().count() <= Phrases::MOST);
}
