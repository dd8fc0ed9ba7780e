//! What is read, in an order that every machine agrees on.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use earmark_audio::{FileError, Reader, STANDARD};
use walkdir::{DirEntry, WalkDir};

use crate::args::Shard;
use crate::error::CliError;

/// How names of files end that hold nothing but sound, in formats that are read.
const SOUNDS: [&str; 17] = [
    "aac", "aif", "aifc", "aiff", "caf", "flac", "m4a", "mka", "mp1", "mp2", "mp3", "oga", "ogg", "opus",
    "rf64", "wav", "wave",
];
/// Those of files that may hold sound which can be read, and may not: they are looked into.
const PERHAPS: [&str; 31] = [
    "3gp", "ac3", "amr", "ape", "au", "avi", "bw64", "dff", "dsf", "dts", "eac3", "m4b", "m4v", "mkv", "mov",
    "mp4", "mpc", "mpeg", "mpg", "ogv", "ogx", "ra", "sd2", "snd", "spx", "tta", "voc", "w64", "webm", "wma",
    "wv",
];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// What its outputs are called, and in which folder below that of the outputs.
    pub(crate) name: PathBuf,
}

/// The files of a run, what is passed over, and what could not be looked into.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) sources: Vec<Source>,
    /// Files that may hold sound, and why it cannot be read.
    pub(crate) passed_over: Vec<(PathBuf, String)>,
    pub(crate) failed: Vec<(PathBuf, CliError)>,
}

/// Whether a file's name ends like that of a sound file, or of a film.
pub(crate) fn is_sound(path: &Path) -> bool {
    ends_like(path, &SOUNDS) || ends_like(path, &PERHAPS)
}

/// Lists inputs in the order given, each file once: of a folder the sound files in it and below, sorted by path, without hidden
/// ones and those in `except`.
pub(crate) fn list(inputs: &[PathBuf], except: Option<&Path>) -> Listing {
    let except = except.and_then(|except| except.canonicalize().ok());
    let mut listing = Listing::default();
    for input in inputs {
        if input.is_dir() {
            list_folder(input, except.as_deref(), &mut listing);
        } else {
            listing.sources.push(Source {
                path: input.clone(),
                name: input.file_stem().unwrap_or_default().into(),
            });
        }
    }
    let mut seen = HashSet::new();
    listing
        .sources
        .retain(|source| seen.insert(source.path.canonicalize().unwrap_or_else(|_| source.path.clone())));
    listing
}

fn list_folder(folder: &Path, except: Option<&Path>, listing: &mut Listing) {
    let is_wanted = |entry: &DirEntry| {
        let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_output = entry.depth() > 0
            && entry.file_type().is_dir()
            && except.is_some()
            && entry.path().canonicalize().ok().as_deref() == except;
        !hidden && !is_output
    };
    let (mut paths, mut perhaps, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for entry in WalkDir::new(folder)
        .follow_links(true)
        .into_iter()
        .filter_entry(is_wanted)
    {
        match entry {
            Ok(entry) if !entry.file_type().is_file() => {}
            Ok(entry) if ends_like(entry.path(), &SOUNDS) => paths.push(entry.into_path()),
            Ok(entry) if ends_like(entry.path(), &PERHAPS) => perhaps.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = match error.io_error() {
                    Some(error) => error.kind().to_string(),
                    None => "its links lead back to itself".into(),
                };
                let path_of_it = path.clone();
                failed.push((
                    path,
                    FileError::Unreadable {
                        path: path_of_it,
                        reason,
                    }
                    .into(),
                ));
            }
        }
    }
    perhaps.sort();
    for path in perhaps {
        match Reader::open(&path) {
            Ok(_) => paths.push(path),
            Err(error) => listing.passed_over.push((path, error.to_string())),
        }
    }
    paths.sort();
    failed.sort_by(|(a, _): &(PathBuf, CliError), (b, _)| a.cmp(b));
    listing.sources.extend(named(paths, folder));
    listing.failed.extend(failed);
}

/// The part of `all` that one of several machines does: every N-th, beginning with its own number.
pub(crate) fn share<T>(all: Vec<T>, shard: Option<Shard>) -> Vec<T> {
    match shard {
        Some(Shard { number, count }) => all.into_iter().skip(number - 1).step_by(count).collect(),
        None => all,
    }
}

/// Whether a path stands for standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

fn ends_like(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    endings.iter().any(|known| known.eq_ignore_ascii_case(ending))
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
                "film.webm",
                "c.wv",
            ],
        );
        let folder = folder.path().to_owned();
        let listing = list(std::slice::from_ref(&folder), Some(&folder.join("out")));
        let names: Vec<_> = listing
            .sources
            .iter()
            .map(|source| source.name.as_path())
            .collect();
        // As paths: Windows writes them with another separator.
        assert_eq!(
            names,
            ["a/take 1.5", "a/take.FLAC", "a/take.mp3", "b"].map(Path::new)
        );
        assert!(listing.failed.is_empty());
        let passed: Vec<_> = listing.passed_over.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(passed, [folder.join("c.wv"), folder.join("film.webm")]);
    }

    #[test]
    fn a_file_that_is_named_twice_is_read_once() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        touch(folder.path(), &["a.wav", "b.wav"]);
        let at = |name: &str| folder.path().join(name);
        let listing = list(
            &[at("b.wav"), folder.path().into(), at("./b.wav"), at("gone.wav")],
            None,
        );
        let paths: Vec<_> = listing.sources.iter().map(|source| source.path.clone()).collect();
        assert_eq!(paths, [at("b.wav"), at("a.wav"), at("gone.wav")]);
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
