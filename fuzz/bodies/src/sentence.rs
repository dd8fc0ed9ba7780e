//! What a refusal looks like.

use std::fmt::Display;

/// The longest refusal, in bytes.
const LONGEST: usize = 2000;

/// Panics unless a refusal is one line of readable length: what a file holds must not reach a terminal as commands.
///
/// # Panics
/// See above.
pub(crate) fn check(refusal: &impl Display) {
    let sentence = refusal.to_string();
    assert!(!sentence.is_empty(), "a refusal without words");
    assert!(sentence.len() <= LONGEST, "a refusal of {} bytes", sentence.len());
    assert!(
        !sentence.contains(char::is_control),
        "no plain line: {sentence:?}"
    );
}
