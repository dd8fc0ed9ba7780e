//! The sound files of a folder, in an order that every machine agrees on.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use earmark_audio::FileError;
use walkdir::{DirEntry, WalkDir};

use crate::args::Shard;
use crate::error::CliError;

/// How names of sound files end: what can be read, and Opus, of which it must be said that it cannot.
const ENDINGS: [&str; 14] = [
    "aif", "aiff", "caf", "flac", "m4a", "mka", "mp1", "mp2", "mp3", "oga", "ogg", "opus", "wav", "wave",
];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// What its outputs are called, and in which folder below that of the outputs.
    pub(super) name: PathBuf,
}

/// The files of a folder, and what could not be looked into.
pub(super) struct Listing {
    pub(super) sources: Vec<Source>,
    pub(super) failed: Vec<(PathBuf, CliError)>,
}

/// Lists the sound files in `folder` and below, sorted by path, without hidden ones and those in `except`.
pub(super) fn list(folder: &Path, except: &Path) -> Listing {
    let except = except.canonicalize().ok();
    let is_wanted = |entry: &DirEntry| {
        let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_output = entry.depth() > 0
            && entry.file_type().is_dir()
            && except.is_some()
            && entry.path().canonicalize().ok() == except;
        !hidden && !is_output
    };
    let (mut paths, mut failed) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(folder)
        .follow_links(true)
        .into_iter()
        .filter_entry(is_wanted)
    {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_sound(entry.path()) => {
                paths.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = match error.io_error() {
                    Some(error) => error.kind().to_string(),
                    None => "its links lead back to itself".into(),
                };
                let unreadable = FileError::Unreadable {
                    path: path.clone(),
                    reason,
                };
                failed.push((path, unreadable.into()));
            }
        }
    }
    paths.sort();
    failed.sort_by(|(a, _), (b, _)| a.cmp(b));
    Listing {
        sources: named(paths, folder),
        failed,
    }
}

/// The part of `all` that one of several jobs does: every N-th, beginning with its own number.
pub(super) fn share<T>(all: Vec<T>, shard: Option<Shard>) -> Vec<T> {
    match shard {
        Some(Shard { number, count }) => all.into_iter().skip(number - 1).step_by(count).collect(),
        None => all,
    }
}

fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Names the outputs by the files' names without their endings, or with them where two files differ in nothing else.
fn named(paths: Vec<PathBuf>, folder: &Path) -> Vec<Source> {
    let name = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_owned();
    // Some file systems take capitals and small letters for the same.
    let key = |path: &Path| name(path).with_extension("").to_string_lossy().to_lowercase();
    let mut count: HashMap<String, usize> = HashMap::new();
    for path in &paths {
        *count.entry(key(path)).or_default() += 1;
    }
    let source = |path: PathBuf| Source {
        name: if count[&key(&path)] > 1 {
            name(&path)
        } else {
            name(&path).with_extension("")
        },
        path,
    };
    paths.into_iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        for name in names {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for the test");
            std::fs::write(path, b"").expect("a file for the test");
        }
    }

    #[test]
    fn sounds_are_found_below_in_order_and_named_apart() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        touch(
            folder.path(),
            &[
                "b.wav",
                "a/take.FLAC",
                "a/take.mp3",
                "a/take 1.5.ogg",
                "notes.txt",
                ".hidden.wav",
                ".git/x.wav",
                "out/b - dog.wav",
            ],
        );
        let listing = list(folder.path(), &folder.path().join("out"));
        let names: Vec<_> = listing
            .sources
            .iter()
            .map(|source| source.name.to_str().expect("UTF-8"))
            .collect();
        assert_eq!(names, ["a/take 1.5", "a/take.FLAC", "a/take.mp3", "b"]);
        assert!(listing.failed.is_empty());
    }

    #[test]
    fn shards_share_all_and_nothing_twice() {
        let all: Vec<usize> = (0..11).collect();
        let shard = |number, count| share(all.clone(), Some(Shard { number, count }));
        assert_eq!(shard(1, 3), [0, 3, 6, 9]);
        assert_eq!(shard(3, 3), [2, 5, 8]);
        let mut together: Vec<usize> = (1..=4).flat_map(|number| shard(number, 4)).collect();
        together.sort_unstable();
        assert_eq!(together, all);
        assert!(shard(12, 12).is_empty());
        assert_eq!(share(all.clone(), None), all);
    }
}
