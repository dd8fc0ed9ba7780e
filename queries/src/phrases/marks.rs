//! Where one sound ends in a text and the next begins.

/// Commas, also as they are typed where letters are as wide as signs.
pub(super) const COMMAS: [char; 2] = [',', '\u{ff0c}'];
/// A plus of that kind. It is no part of any name.
const WIDE_PLUS: char = '\u{ff0b}';

/// The parts of a text between its ", not", "but not" and "and not". The first may begin with a "not" of its own.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        // What follows a space is what follows all spaces next to it: only the first is looked behind, or many take long.
        let mut in_spaces = false;
        let mark = text.char_indices().find_map(|(at, c)| {
            let seen = std::mem::replace(&mut in_spaces, c.is_whitespace()) && in_spaces;
            let rest = &text[at + c.len_utf8()..];
            (!seen)
                .then(|| after_mark(c, rest))
                .flatten()
                .map(|after| (at, after))
        });
        let Some((at, after)) = mark else {
            return Some(text);
        };
        rest = Some(after);
        Some(&text[..at])
    })
}

/// What follows the "not" at the beginning of a text.
pub(super) fn after_not(text: &str) -> Option<&str> {
    word(text.trim_start(), "not")
}

/// What follows a mark that begins with `c`.
fn after_mark(c: char, rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let after_but = || ["but", "and"].into_iter().find_map(|but| word(rest, but));
    if COMMAS.contains(&c) {
        after_not(after_but().unwrap_or(rest))
    } else if c.is_whitespace() {
        after_not(after_but()?)
    } else {
        None
    }
}

/// What follows a word at the beginning of a text, in capitals or not.
fn word<'text>(text: &'text str, word: &str) -> Option<&'text str> {
    let head = text.get(..word.len())?;
    let rest = &text[word.len()..];
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

/// The sounds of a clause: the parts between its pluses.
pub(super) fn sounds(clause: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(clause);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let before = &clause[..clause.len() - text.len()];
        let plus = text
            .char_indices()
            .find(|&(at, c)| joins(&clause[..before.len() + at], c, &text[at + c.len_utf8()..]));
        let Some((at, plus)) = plus else { return Some(text) };
        rest = Some(&text[at + plus.len_utf8()..]);
        Some(&text[..at])
    })
}

/// Whether `c` joins what stands before and behind it. A plus does with a space, a whole word or nothing on either side, so that
/// "rain+wind" is two sounds and "C+C" and "C++" are one.
fn joins(before: &str, c: char, behind: &str) -> bool {
    c == WIDE_PLUS || c == '+' && is_apart(before.chars().rev()) && is_apart(behind.chars())
}

/// Whether what is next to a plus, read away from it, is a space, a word of two letters at least, or nothing. Where a letter is a
/// word, as in Chinese, one is enough.
fn is_apart(mut away: impl Iterator<Item = char>) -> bool {
    match away.next() {
        None => true,
        Some(c) if c.is_whitespace() => true,
        Some(c) if c.is_ascii() => {
            c.is_ascii_alphanumeric() && away.next().is_some_and(char::is_alphanumeric)
        }
        Some(c) => c.is_alphanumeric(),
    }
}
