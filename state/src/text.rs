//! Texts as they are kept.

use earmark_controls::QUERY_LIMIT;

/// A query as it is kept: on one line, no longer than the editor allows.
pub fn query_line(text: &str) -> String {
    one_line(text, QUERY_LIMIT)
}

/// A text on one line, of at most so many characters, without spaces at its ends.
pub fn one_line(text: &str, most: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line: String = line.trim().chars().take(most).collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_on_one_line_and_short() {
        assert_eq!(query_line("  a\ndog\t\0 "), "a dog");
        assert_eq!(query_line(&"é".repeat(10_000)).chars().count(), QUERY_LIMIT);
    }
}
