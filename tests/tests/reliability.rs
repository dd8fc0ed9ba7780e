//! What `docs/reliability.md` and `docs/systems.md` say is held by a test is held by one that exists.

use std::fs;
use std::path::Path;

/// Adds the text of all sources under `folder`.
fn gather(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                gather(&path, sources);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// What stands in code in the second column of a page's tables.
fn named(page: &str) -> Vec<&str> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('|').nth(2))
        .flat_map(|tests| tests.split('`').skip(1).step_by(2))
        .collect()
}

/// A sentence, as tests are called: that page's tables name files, crates and features, too.
fn is_sentence(name: &&str) -> bool {
    name.matches('_').count() >= 3
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = |name: &str| fs::read_to_string(root.join("docs").join(name)).expect("the page");
    let (reliability, systems) = (page("reliability.md"), page("systems.md"));
    let mut sources = String::new();
    gather(&root, &mut sources);
    let promised = named(&reliability);
    let by_system: Vec<&str> = named(&systems).into_iter().filter(is_sentence).collect();
    assert!(promised.len() > 20, "{} names were found", promised.len());
    assert!(by_system.len() > 8, "{} names were found", by_system.len());
    for name in promised.into_iter().chain(by_system) {
        assert!(
            sources.contains(&format!("fn {name}(")),
            "there is no test {name}"
        );
    }
}
