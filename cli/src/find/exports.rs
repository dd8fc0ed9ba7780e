//! The files that say what was found.

use std::io::Write;
use std::path::{Path, PathBuf};

use earmark_audio::{FileError, WholeFile};
use earmark_find::formats;
use serde::Serialize;
use serde_json::Value;

use super::report::{self, Found, Named};
use crate::args::Find;
use crate::error::CliError;
use crate::inputs::is_standard;
use crate::output;

/// A form that a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// What `--json` prints.
    Json,
    /// Labels for Audacity.
    Labels,
    /// Regions for Reaper.
    Regions,
    /// Subtitles.
    Subtitles,
}

/// The files of one input.
#[derive(Debug, Clone, Default)]
pub(super) struct Exports {
    files: Vec<(Form, PathBuf)>,
}

/// What was given for each form.
fn given(options: &Find) -> impl Iterator<Item = (Form, &PathBuf)> {
    let all = [
        (Form::Json, &options.output),
        (Form::Labels, &options.labels),
        (Form::Regions, &options.regions),
        (Form::Subtitles, &options.srt),
    ];
    all.into_iter()
        .filter_map(|(form, path)| Some((form, path.as_ref()?)))
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Labels => "txt",
            Form::Regions => "csv",
            Form::Subtitles => "srt",
        }
    }

    fn text(self, found: &impl Serialize, occurrences: &[Named]) -> String {
        let times = occurrences.iter().map(|one| (&*one.query, one.time));
        match self {
            Form::Json => output::line(found) + "\n",
            Form::Labels => formats::labels(times),
            Form::Regions => formats::regions(times),
            Form::Subtitles => formats::subtitles(times),
        }
    }
}

impl Exports {
    /// Of the only input: under the names given.
    pub(super) fn of_one(options: &Find) -> Exports {
        Exports {
            files: given(options).map(|(form, path)| (form, path.clone())).collect(),
        }
    }

    /// Of one input among several, whose name may have folders in it: in the folders given.
    pub(super) fn of_many(options: &Find, name: &Path) -> Exports {
        let file = |(form, folder): (Form, &PathBuf)| {
            let mut path = folder.join(name).into_os_string();
            path.push(".");
            path.push(form.ending());
            (form, PathBuf::from(path))
        };
        Exports {
            files: given(options).map(file).collect(),
        }
    }

    /// Where the JSON is, which says what was searched and how.
    pub(super) fn json(&self) -> Option<&Path> {
        let json = self.files.iter().find(|(form, _)| *form == Form::Json);
        json.map(|(_, path)| path.as_path())
    }

    /// Those that are not there yet.
    pub(super) fn missing(&self) -> Exports {
        let missing = self.files.iter().filter(|(_, path)| !path.exists());
        Exports {
            files: missing.cloned().collect(),
        }
    }

    /// Refuses files that would overwrite the input or each other.
    ///
    /// # Errors
    /// [`CliError::SameFile`].
    pub(super) fn keep_apart(&self, input: &Path) -> Result<(), CliError> {
        for (i, (_, path)) in self.files.iter().enumerate() {
            let others = self.files[..i]
                .iter()
                .map(|(_, path)| (path.as_path(), "an output"));
            let mut all = others.chain((!is_standard(input)).then_some((input, "the input")));
            if let Some((_, first)) = all.find(|(other, _)| is_one_place(other, path)) {
                return Err(CliError::SameFile {
                    path: path.clone(),
                    first,
                    second: if first == "an output" {
                        "another one"
                    } else {
                        "an output"
                    },
                });
            }
        }
        Ok(())
    }

    /// Refuses places that nothing can be written to.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub(super) fn check(&self) -> Result<(), CliError> {
        for (_, path) in &self.files {
            drop(WholeFile::create(path)?);
        }
        Ok(())
    }

    /// Writes them, the JSON last: it says that the others are done.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub(super) fn write(&self, found: &Found) -> Result<(), CliError> {
        self.write_all(found, &found.occurrences)
    }

    /// The same of what was found before.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub(super) fn write_again(&self, found: &Value) -> Result<(), CliError> {
        self.write_all(found, &report::occurrences(found))
    }

    fn write_all(&self, found: &impl Serialize, occurrences: &[Named]) -> Result<(), CliError> {
        let (json, others): (Vec<_>, Vec<_>) = self.files.iter().partition(|(form, _)| *form == Form::Json);
        for (form, path) in others.into_iter().chain(json) {
            let file = WholeFile::create(path)?;
            let unwritable = |error: std::io::Error| FileError::Unwritable {
                path: path.clone(),
                reason: error.kind().to_string(),
            };
            let text = form.text(found, occurrences);
            file.handle()?.write_all(text.as_bytes()).map_err(unwritable)?;
            file.finish()?;
        }
        Ok(())
    }

    /// Makes the folders that they are put into.
    ///
    /// # Errors
    /// [`FileError::Unwritable`].
    pub(super) fn make_folders(&self) -> Result<(), CliError> {
        for folder in self.files.iter().filter_map(|(_, path)| path.parent()) {
            std::fs::create_dir_all(folder).map_err(|error| FileError::Unwritable {
                path: folder.to_owned(),
                reason: error.kind().to_string(),
            })?;
        }
        Ok(())
    }
}

/// Whether two paths lead to one file, links followed where it exists.
fn is_one_place(one: &Path, other: &Path) -> bool {
    one == other
        || one
            .canonicalize()
            .is_ok_and(|place| other.canonicalize().is_ok_and(|other| place == other))
}
