//! Whose work is inside: every crate that is linked, with its licence.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use super::text;
use crate::error::TaskError;
use crate::run::read;

/// What is released.
const RELEASED: &[&str] = &["earmark-plugin", "earmark-cli"];

/// How files with licences are called, in capitals.
const NAMES: &[&str] = &[
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
    "OFL",
    "UFL",
];

/// The text of `NOTICE`: what Earmark itself brings, then the crates, then each licence text once.
pub(super) fn notice(triple: &str) -> Result<String, TaskError> {
    // Both Macs link the same crates.
    let triple = triple.replace("universal-", "aarch64-");
    let metadata = metadata(Some(&triple))?;
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in linked(&metadata) {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its licence file");
        let _ = writeln!(list, "{name}: {licence}{}", address(package));
        for text in licences(package)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut out = format!(
        "Earmark is under the MIT licence or the Apache License 2.0, at your choice (LICENSE-MIT, LICENSE-APACHE).\n\
         It contains the following.\n\n\
         == The bundled weights and their sources ==\n\n{}\n\
         == What is known of AudioSet ==\n\n{}\n\
         == Rust's standard library ==\n\nMIT OR Apache-2.0, https://www.rust-lang.org/policies/licenses\n\n\
         == Crates ==\n\n{list}\n\
         == Their licence files ==\n",
        text("models/weights/NOTICE")?,
        text("models/audioset/NOTICE")?
    );
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|one, other| one.1.cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    for (text, names) in texts {
        let _ = write!(out, "\n-- {} --\n\n{text}\n", names.join(", "));
    }
    Ok(out)
}

/// What Cargo knows of the workspace, with the dependencies of one system or of all.
pub(super) fn metadata(triple: Option<&str>) -> Result<Metadata, TaskError> {
    let mut command = MetadataCommand::new();
    let mut options = vec!["--locked".to_owned()];
    if let Some(triple) = triple {
        options.extend(["--filter-platform".to_owned(), triple.to_owned()]);
    }
    command.other_options(options);
    command
        .exec()
        .map_err(|error| TaskError::Package(format!("cargo metadata: {error}")))
}

/// The crates of others that end up in what is released, sorted: no tools of the build, nothing of tests.
fn linked(metadata: &Metadata) -> Vec<&Package> {
    let nodes: HashMap<&PackageId, _> = metadata
        .resolve
        .iter()
        .flat_map(|all| &all.nodes)
        .map(|node| (&node.id, node))
        .collect();
    let ours = metadata.workspace_packages();
    let mut left: Vec<&PackageId> = ours
        .iter()
        .filter(|package| RELEASED.contains(&package.name.as_str()))
        .map(|package| &package.id)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = left.pop() {
        if seen.insert(id) {
            let deps = nodes.get(id).into_iter().flat_map(|node| &node.deps);
            let normal = deps.filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            });
            left.extend(normal.map(|dep| &dep.pkg));
        }
    }
    let mut packages: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id) && package.source.is_some())
        .collect();
    packages.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    packages
}

fn address(package: &Package) -> String {
    package
        .repository
        .as_ref()
        .map_or_else(String::new, |address| format!(", {address}"))
}

/// The licence texts in a crate, those of fonts and of C code inside it too.
fn licences(package: &Package) -> Result<Vec<String>, TaskError> {
    let mut texts = Vec::new();
    if let Some(folder) = package.manifest_path.parent() {
        collect(folder.as_std_path(), 3, &mut texts)?;
    }
    Ok(texts)
}

fn collect(folder: &Path, depth: usize, texts: &mut Vec<String>) -> Result<(), TaskError> {
    let failed = |source| TaskError::File {
        action: "read",
        path: folder.to_owned(),
        source,
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if depth > 1 {
                collect(&path, depth - 1, texts)?;
            }
        } else if is_licence(&path) {
            let text = read(&path)?;
            texts.push(
                String::from_utf8_lossy(&text)
                    .replace("\r\n", "\n")
                    .trim()
                    .to_owned(),
            );
        }
    }
    Ok(())
}

/// Whether a file's name is that of a licence: `LICENSE-MIT`, `fonts/OFL.txt`, `emoji-icon-font-mit-license.txt`.
fn is_licence(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
        .to_uppercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
    // Not code or data about licences.
    let text = !matches!(
        ending,
        "RS" | "C" | "H" | "PY" | "JSON" | "TOML" | "TTF" | "PNG" | "HTML"
    );
    let in_fonts = path.parent().is_some_and(|folder| folder.ends_with("fonts")) && ending == "TXT";
    text && (in_fonts || NAMES.iter().any(|start| name.starts_with(start)) || stem.ends_with("LICENSE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_by_their_names() {
        for name in [
            "LICENSE",
            "LICENSE-MIT",
            "LICENSE.md",
            "license-apache-2.0",
            "COPYING",
            "fonts/OFL.txt",
            "fonts/Hack-Regular.txt",
            "NOTICE",
        ] {
            assert!(is_licence(Path::new(name)), "{name}");
        }
        for name in [
            "src/license.rs",
            "README.md",
            "fonts/Hack-Regular.ttf",
            "licenses.json",
        ] {
            assert!(!is_licence(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn crates_that_are_linked_are_named_and_tools_of_the_tests_are_not() {
        let metadata = metadata(Some("x86_64-unknown-linux-gnu")).expect("metadata");
        let names: Vec<&str> = linked(&metadata)
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        for name in ["candle-core", "egui", "nice-plug", "clap"] {
            assert!(names.contains(&name), "{name}");
        }
        for name in ["clack-host", "rcgen", "earmark-engine", "windows-sys"] {
            assert!(!names.contains(&name), "{name}");
        }
    }
}
