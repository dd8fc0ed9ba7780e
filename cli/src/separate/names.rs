//! What outputs are called where nobody says it.

use std::path::{Path, PathBuf};

use super::queries::Queries;
use crate::args::Mode;

/// Longest name in bytes, without its ending: file systems allow 255 with it.
const MAX_NAME: usize = 200;

/// "NAME - QUERY.wav" in `folder` for each wanted sound, or "NAME - without QUERY.wav". `name` may have folders in it.
///
/// Names tell apart whatever is asked, so that a later run with other queries never takes these files for its own.
pub(super) fn outputs(folder: &Path, name: &Path, queries: &Queries, mode: Mode) -> Vec<PathBuf> {
    let each = |query: &String| file(folder, name, &queries.less_unwanted(query));
    match mode {
        Mode::Isolate => queries.wanted.iter().map(each).collect(),
        Mode::Remove => vec![file(folder, name, &format!("without {}", together(queries)))],
    }
}

/// What the outputs leave out: it is the output of the other mode, and is called like it.
pub(super) fn rest(folder: &Path, name: &Path, queries: &Queries, mode: Mode) -> PathBuf {
    match mode {
        Mode::Isolate => file(folder, name, &format!("without {}", together(queries))),
        Mode::Remove => file(folder, name, &together(queries)),
    }
}

fn together(queries: &Queries) -> String {
    queries.less_unwanted(&queries.wanted.join(" and "))
}

/// A name with what it holds, whose signs that file systems refuse are replaced.
fn file(folder: &Path, name: &Path, holds: &str) -> PathBuf {
    let stem = name.file_name().unwrap_or_default().to_string_lossy();
    let refused = |c: char| c.is_control() || r#"/\:*?"<>|"#.contains(c);
    let holds: String = holds.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    let holds = holds.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut whole = format!("{stem} - {}", holds.trim_end_matches('.'));
    while whole.len() > MAX_NAME {
        whole.pop();
    }
    folder
        .join(name)
        .with_file_name(format!("{}.wav", whole.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(wanted: &[&str]) -> Queries {
        Queries {
            wanted: wanted.iter().map(|query| (*query).to_owned()).collect(),
            unwanted: vec![],
        }
    }

    #[test]
    fn names_say_what_was_asked_for() {
        let name = |name: &str, query: &str| {
            outputs(Path::new("a"), Path::new(name), &queries(&[query]), Mode::Isolate).remove(0)
        };
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
        let long = name("x", &"雨".repeat(400));
        assert!(long.file_name().is_some_and(|name| name.len() <= 255));
    }

    #[test]
    fn what_is_not_wanted_is_named() {
        let mut queries = queries(&["typing"]);
        queries.unwanted = vec!["speech".into(), "rain".into()];
        let named = outputs(Path::new(""), Path::new("x"), &queries, Mode::Isolate);
        assert_eq!(named, [Path::new("x - typing, not speech, not rain.wav")]);
    }

    #[test]
    fn each_part_has_its_name() {
        let (folder, name, two) = (Path::new("o"), Path::new("x"), queries(&["typing", "rain"]));
        let isolated = outputs(folder, name, &two, Mode::Isolate);
        assert_eq!(
            isolated,
            [Path::new("o/x - typing.wav"), Path::new("o/x - rain.wav")]
        );
        assert_eq!(
            rest(folder, name, &two, Mode::Isolate),
            Path::new("o/x - without typing and rain.wav")
        );
        let removed = outputs(folder, name, &two, Mode::Remove);
        assert_eq!(removed, [Path::new("o/x - without typing and rain.wav")]);
        assert_eq!(
            rest(folder, name, &two, Mode::Remove),
            Path::new("o/x - typing and rain.wav")
        );
    }
}
