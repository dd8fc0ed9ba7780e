//! What outputs are called where nobody says it.

use std::path::{Path, PathBuf};

use super::part::Part;
use crate::inputs::number;

/// Longest name in bytes, without its ending and what tells it apart: file systems allow 255 in all.
const MAX_NAME: usize = 200;

/// "NAME - TYPING.wav" in `folder`; `name` may have folders in it. Signs that file systems refuse are replaced, and what is too long
/// is cut and told apart by a number of its whole text.
pub(super) fn usual(folder: &Path, name: &Path, part: &Part, ending: &str) -> PathBuf {
    let (stem, is_whole) = stem(name, part);
    if is_whole {
        return at(folder, name, &stem, ending);
    }
    let whole = format!(
        "{}\0{}",
        name.file_name().unwrap_or_default().to_string_lossy(),
        part.words()
    );
    at(folder, name, &format!("{stem} ({})", number(&whole)), ending)
}

/// The same with a number of its own, for an output whose usual name is another's: of another input, `source`, or another part.
pub(super) fn apart(folder: &Path, name: &Path, part: &Part, ending: &str, source: &str) -> PathBuf {
    let (stem, _) = stem(name, part);
    // Words alone do not tell apart "a dog" and "rain" from "a dog and rain".
    let own = format!("{source}\0{part:?}");
    at(folder, name, &format!("{stem} ({})", number(&own)), ending)
}

/// A name with what it holds, and whether that is all of it.
fn stem(name: &Path, part: &Part) -> (String, bool) {
    let stem = name.file_name().unwrap_or_default().to_string_lossy();
    let refused = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let words = part.words();
    let holds: String = words.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    let holds = holds.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut whole = format!("{stem} - {}", holds.trim_end_matches('.'));
    let is_whole = whole.len() <= MAX_NAME;
    while whole.len() > MAX_NAME {
        whole.pop();
    }
    (whole.trim_end().to_owned(), is_whole)
}

fn at(folder: &Path, name: &Path, stem: &str, ending: &str) -> PathBuf {
    folder.join(name).with_file_name(format!("{stem}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(query: &str) -> Part {
        Part {
            wanted: vec![query.into()],
            unwanted: vec![],
            without: false,
        }
    }

    #[test]
    fn names_say_what_was_asked_for() {
        let name = |name: &str, query: &str| usual(Path::new("a"), Path::new(name), &part(query), "wav");
        assert_eq!(
            name("take 1", "a dog barking"),
            Path::new("a/take 1 - a dog barking.wav")
        );
        assert_eq!(
            name("b/x", " AC/DC:\n what? "),
            Path::new("a/b/x - AC_DC__ what_.wav")
        );
        assert_eq!(
            name("x", "../../etc/passwd"),
            Path::new("a/x - .._.._etc_passwd.wav")
        );
        assert_eq!(name("x.v2", "wind..."), Path::new("a/x.v2 - wind.wav"));
        assert_eq!(
            usual(Path::new("a"), Path::new("x"), &part("wind"), "flac"),
            Path::new("a/x - wind.flac")
        );
    }

    #[test]
    fn what_is_cut_is_told_apart() {
        let long = "雨".repeat(100);
        let name = |name: &str, query: &str| {
            let path = usual(Path::new("a"), Path::new(name), &part(query), "wav");
            let name = path.file_name().expect("a name").to_owned();
            assert!(name.len() <= 255);
            name
        };
        let names = [
            name(&format!("{long}1"), "rain"),
            name(&format!("{long}2"), "rain"),
            name(&format!("{long}1"), "wind"),
            name("x", &format!("{long}{long}")),
            name("x", &format!("{long}{long}雨")),
        ];
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{name:?}");
        }
    }

    #[test]
    fn what_has_one_usual_name_has_names_of_its_own() {
        let own = |query: &str, source: &str| {
            let path = apart(Path::new(""), Path::new("x"), &part(query), "wav", source);
            path.to_str().expect("UTF-8").to_owned()
        };
        let (slash, colon) = (own("AC/DC", "one"), own("AC:DC", "one"));
        assert!(slash.starts_with("x - AC_DC (") && colon.starts_with("x - AC_DC ("));
        assert_ne!(slash, colon);
        assert_ne!(slash, own("AC/DC", "another"));
        assert_eq!(slash, own("AC/DC", "one"));
    }
}
