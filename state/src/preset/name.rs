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

/// The same for a preset that is about to be written. Stricter: what an earlier version wrote elsewhere is still read.
///
/// # Errors
/// [`PresetError::Device`] for a name that Windows gives to a device, and as [`name`].
pub fn new_name(given: &str) -> Result<String, PresetError> {
    if is_device(given.trim()) {
        return Err(PresetError::Device {
            given: one_line(given, 2 * NAME_LIMIT),
        });
    }
    name(given)
}

/// Whether Windows takes a file of this name for a device, whatever follows its first dot.
fn is_device(name: &str) -> bool {
    let name = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim_end()
        .to_ascii_uppercase();
    let numbered = |device: &str| {
        let number = name.strip_prefix(device).map(|number| number.chars());
        // Windows counts raised digits, too.
        number.is_some_and(|mut number| {
            number
                .next()
                .is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c))
                && number.next().is_none()
        })
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&name.as_str())
        || ["COM", "LPT"].into_iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_preset_is_written_under_the_name_of_a_device() {
        for device in [
            "con",
            "NUL",
            "Aux.old",
            "com1",
            "LPT9.mine",
            "com².a",
            "nul .b",
            " prn ",
        ] {
            let error = new_name(device).expect_err(device);
            assert!(matches!(error, PresetError::Device { .. }), "{device}: {error}");
        }
        for fine in ["console", "Com", "COM10", "my con", "a.con", "Rain com1"] {
            assert_eq!(new_name(fine).expect(fine), fine);
        }
        assert_eq!(name("com1").expect("an earlier version wrote it"), "com1");
    }
}
