//! What a preset may be called.

use earmark_controls::NAME_LIMIT;

use super::PresetError;
use crate::text::one_line;

/// A preset's name as it is kept.
///
/// # Errors
/// [`PresetError::Name`] for one that could not be a file's everywhere.
pub fn name(given: &str) -> Result<String, PresetError> {
    let name = given.trim();
    let forbidden = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let reserved = ["CON", "PRN", "AUX", "NUL"];
    if name.is_empty()
        || name.chars().count() > NAME_LIMIT
        || name.starts_with('.')
        || name.ends_with('.')
        || name.contains(forbidden)
        || reserved.iter().any(|word| word.eq_ignore_ascii_case(name))
    {
        return Err(PresetError::Name {
            given: one_line(given, 2 * NAME_LIMIT),
            most: NAME_LIMIT,
        });
    }
    Ok(name.to_owned())
}
