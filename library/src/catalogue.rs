//! The models that can be downloaded, and the files that each is made from: `library/catalogue.toml`.

use std::net::IpAddr;
use std::path::Path;

use serde::Deserialize;

use crate::error::LibraryError;
use crate::id::is_id;

const BUILT_IN: &str = include_str!("../catalogue.toml");

/// The variable that names a catalogue to use instead, for whoever keeps a mirror.
pub const CATALOGUE_VARIABLE: &str = "EARMARK_CATALOGUE";

/// A list of models and their files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "model", default)]
    models: Vec<Offer>,
    #[serde(rename = "file", default)]
    files: Vec<Source>,
}

/// A model that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The name to ask for it by.
    pub id: String,
    /// The name that its makers gave it.
    pub name: String,
    /// What it is for, in plain words.
    pub good_at: String,
    /// The rate that it works at, in Hz.
    pub sample_rate: u32,
    /// Ids of the files that it is made from.
    pub files: Vec<String>,
    /// Bytes of the model that is made of them, in 32 bits, about; absent where nobody has counted.
    pub installed_bytes: Option<u64>,
    /// Id of the file with CLAP's text tower, for the case that the model's own files turn out to hold none.
    pub text_tower: Option<String>,
    /// Licence of its weights as an SPDX expression; absent where no page that we could read states it.
    pub licence: Option<String>,
    /// The page that states the licence, or where to look for it.
    pub licence_source: String,
    /// The page of its makers.
    pub home: String,
}

/// A file and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What models refer to it by.
    pub id: String,
    /// Its name in the folder of downloads.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its size; absent where it is not known beforehand.
    pub bytes: Option<u64>,
    /// Its checksum in lower-case hexadecimal; absent where it is not known beforehand.
    pub sha256: Option<String>,
    /// The most bytes that it may have, where its size is not known beforehand: a server must not fill the disk.
    pub at_most: Option<u64>,
}

/// The most bytes of a file whose size nobody states.
const AT_MOST: u64 = 4 << 30;

/// The most bytes that a file may state: the sizes of all files of a model can be added.
const LARGEST: u64 = 1 << 40;

/// The most characters that a refusal quotes.
const LONGEST_REASON: usize = 400;

impl Source {
    /// The most bytes that are received for it.
    pub(crate) fn ceiling(&self) -> u64 {
        self.bytes.or(self.at_most).unwrap_or(AT_MOST)
    }
}

impl Catalogue {
    /// The catalogue that comes with Earmark.
    ///
    /// # Panics
    /// Never in a build whose tests have passed: it is part of the binary.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in catalogue is sound")
    }

    /// The catalogue that `EARMARK_CATALOGUE` names, or else the one that comes with Earmark.
    ///
    /// # Errors
    /// [`LibraryError::Catalogue`] or [`LibraryError::Unreadable`] where the variable names what cannot be used.
    pub fn user() -> Result<Self, LibraryError> {
        match std::env::var_os(CATALOGUE_VARIABLE) {
            Some(path) if !path.is_empty() => Self::read(Path::new(&path)),
            _ => Ok(Self::built_in()),
        }
    }

    /// Reads a catalogue from a TOML file.
    ///
    /// # Errors
    /// [`LibraryError::Catalogue`] or [`LibraryError::Unreadable`].
    pub fn read(path: &Path) -> Result<Self, LibraryError> {
        let text = std::fs::read_to_string(path).map_err(|error| LibraryError::unreadable(path, error))?;
        Self::parse(&text).map_err(|reason| LibraryError::Catalogue {
            path: path.to_owned(),
            reason: legible(&reason),
        })
    }

    /// Reads a catalogue and says in words what is wrong with it.
    fn parse(text: &str) -> Result<Self, String> {
        let catalogue: Self = toml::from_str(text).map_err(|error| match error.span() {
            Some(span) => {
                let line = 1 + text[..span.start].matches('\n').count();
                format!("line {line}: {}", error.message().trim())
            }
            None => error.message().trim().to_owned(),
        })?;
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), String> {
        for (i, file) in self.files.iter().enumerate() {
            if !is_file_name(&file.name) {
                return Err(format!("\"{}\" cannot be the name of a file", file.name));
            }
            if !file.url.starts_with("https://") && !file.url.starts_with("http://") {
                return Err(format!(
                    "\"{}\" is no address that begins with https://",
                    file.url
                ));
            }
            if let Some(bytes) = file.bytes.filter(|&bytes| bytes > LARGEST) {
                return Err(format!(
                    "{} has {bytes} bytes; a file may have at most {LARGEST}",
                    file.id
                ));
            }
            if file.sha256.is_none() && !is_private(&file.url) {
                return Err(format!(
                    "\"{}\" is fetched over an open connection, where anybody can change it; state its sha256, or an address that begins with https://",
                    file.url
                ));
            }
            if file.sha256.as_deref().is_some_and(|sum| !is_sha256(sum)) {
                return Err(format!(
                    "the sha256 of {} is not 64 digits of 0-9 and a-f",
                    file.id
                ));
            }
            if self.files[..i]
                .iter()
                .any(|other| other.id == file.id || other.name == file.name)
            {
                return Err(format!("there are two files of the id or name of {}", file.id));
            }
        }
        for (i, model) in self.models.iter().enumerate() {
            if !is_id(&model.id) {
                return Err(format!("\"{}\" cannot be the id of a model", model.id));
            }
            if self.models[..i].iter().any(|other| other.id == model.id) {
                return Err(format!("there are two models called {}", model.id));
            }
            if model.files.is_empty() {
                return Err(format!("{} has no files", model.id));
            }
            if let Some(id) = model
                .files
                .iter()
                .chain(&model.text_tower)
                .find(|id| self.source(id).is_none())
            {
                return Err(format!(
                    "{} needs the file {id}, which is not described",
                    model.id
                ));
            }
        }
        Ok(())
    }

    /// Every model, the one to recommend first.
    pub fn models(&self) -> &[Offer] {
        &self.models
    }

    /// The model of this name.
    ///
    /// # Errors
    /// [`LibraryError::UnknownModel`] with the names there are.
    pub fn find(&self, id: &str) -> Result<&Offer, LibraryError> {
        self.models
            .iter()
            .find(|model| model.id == id)
            .ok_or_else(|| LibraryError::UnknownModel {
                given: id.into(),
                known: self
                    .models
                    .iter()
                    .map(|m| m.id.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// The file of this id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.id == id)
    }

    /// The files of a model of this catalogue, in the order in which they are fetched.
    pub fn sources<'a>(&'a self, model: &'a Offer) -> impl Iterator<Item = &'a Source> + Clone {
        model.files.iter().filter_map(|id| self.source(id))
    }

    /// Bytes of all files of a model, where every size is known.
    pub fn bytes(&self, model: &Offer) -> Option<u64> {
        self.sources(model).map(|source| source.bytes).sum()
    }
}

/// A refusal as a terminal may show it: without what steers one, and not longer than a few lines.
fn legible(reason: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    reason.chars().take(LONGEST_REASON).map(plain).collect()
}

/// Whether a name stays inside its folder on every system.
fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && !name.chars().any(|c| c.is_control() || r#"/\:*?"<>|"#.contains(c))
}

/// Whether what comes from there cannot be changed on the way: over a secure connection, or from this machine.
fn is_private(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return true;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host.
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, _)) => host,
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_sha256(sum: &str) -> bool {
    sum.len() == 64 && sum.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_sound_and_secure() {
        let catalogue = Catalogue::built_in();
        let first = catalogue.models().first().expect("a model");
        assert_eq!(first.id, "audiosep");
        assert_eq!(catalogue.bytes(first), Some(1_264_844_076 + 1_355_863));
        for file in &catalogue.files {
            assert!(file.url.starts_with("https://"), "{}", file.url);
            // A branch can change under its checksum; a commit cannot.
            let can_change = file.url.contains("/resolve/main/");
            assert!(!can_change || file.sha256.is_none(), "{}", file.url);
            assert!(file.bytes.is_some() || file.at_most.is_some(), "{}", file.url);
        }
        for model in catalogue.models() {
            assert!(!catalogue.sources(model).any(|source| source.name.is_empty()));
            assert!(model.licence_source.starts_with("https://"), "{}", model.id);
        }
    }

    #[test]
    fn an_unknown_model_is_answered_with_the_known_ones() {
        let sentence = Catalogue::built_in()
            .find("audiosepp")
            .expect_err("no such model")
            .to_string();
        assert!(
            sentence.contains("audiosepp") && sentence.contains("audiosep, audiosep-hive"),
            "{sentence}"
        );
    }

    #[test]
    fn catalogues_that_cannot_be_used_say_why() {
        let file = |name: &str, url: &str, more: &str| {
            format!("[[file]]\nid = \"f\"\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n")
        };
        let model = "[[model]]\nid = \"m\"\nname = \"M\"\ngood_at = \"x\"\nsample_rate = 32000\nlicence_source = \"https://x\"\nhome = \"https://x\"\n";
        let good = file("f.bin", "https://example.org/f", "");
        for (text, reason) in [
            ("[[model]]".to_owned(), "missing field"),
            (format!("{good}colour = 1"), "unknown field"),
            (file("../f", "https://example.org/f", ""), "name of a file"),
            (file("f", "ftp://example.org/f", ""), "no address"),
            (file("f", "https://x/f", "sha256 = \"ABC\""), "64 digits"),
            (file("f", "https://x/f", "bytes = 9223372036854775807"), "at most"),
            (file("f", "http://x/f", ""), "open connection"),
            (file("f", "http://127.0.0.1@x/f", ""), "open connection"),
            (file("f", "http://localhost.x/f", ""), "open connection"),
            (format!("{good}{good}"), "two files"),
            (format!("{good}{model}files = [\"g\"]"), "file g"),
            (format!("{good}{model}files = []"), "no files"),
            (
                format!("{good}{model}files = [\"f\"]\n{model}files = [\"f\"]"),
                "two models",
            ),
        ] {
            let error = Catalogue::parse(&text).expect_err("a broken catalogue");
            assert!(error.contains(reason), "{error}");
        }
        let sum = format!("sha256 = \"{}\"", "0".repeat(64));
        for (url, more) in [
            ("http://x/f", &*sum),
            ("http://127.0.0.1:8/f", ""),
            ("http://[::1]:8/f", ""),
        ] {
            Catalogue::parse(&file("f", url, more)).expect("it cannot be changed on the way");
        }
        let fine = Catalogue::parse(&format!("{good}{model}files = [\"f\"]")).expect("a sound catalogue");
        assert_eq!(fine.bytes(&fine.models()[0]), None);
    }
}
