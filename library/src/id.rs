//! The one rule for a model's name.

/// Names that Windows gives to devices, whatever follows their first dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same, with a digit after them.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Whether a name can be a model's: it becomes part of file names and of command lines, on any system.
pub fn is_id(id: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    id.len() <= 64
        && id.starts_with(letter)
        && id.ends_with(letter)
        && id.chars().all(|c| letter(c) || matches!(c, '-' | '_' | '.'))
        && !is_device(id)
}

fn is_device(id: &str) -> bool {
    let name = id.split('.').next().unwrap_or(id);
    let numbered = |device: &&str| {
        let number = name.strip_prefix(*device);
        number.is_some_and(|number| number.len() == 1 && number.chars().all(|c| c.is_ascii_digit()))
    };
    DEVICES.contains(&name) || NUMBERED_DEVICES.iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_are_no_names() {
        for id in [
            "audiosep",
            "dcase2024",
            "my-own_model.v2",
            "a",
            "console",
            "com",
            "com10",
            "a.con",
        ] {
            assert!(is_id(id), "{id}");
        }
        let long = "a".repeat(65);
        for id in [
            "",
            "..",
            ".hidden",
            "a/b",
            "a\\b",
            "../a",
            "A",
            "a b",
            "a.",
            "é",
            "a\0",
            &long,
            "con",
            "nul",
            "aux",
            "prn",
            "com1",
            "lpt9",
            "con.v2",
            "nul.tar.x",
        ] {
            assert!(!is_id(id), "{id:?}");
        }
    }
}
