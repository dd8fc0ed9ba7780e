//! One file to read, and the files that are made of it.

use std::path::{Path, PathBuf};

use earmark_audio::Format;

use super::part::Part;
use crate::error::CliError;
use crate::inputs::{Identity, is_standard};

/// One file and what is made of it.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) input: PathBuf,
    pub(super) source: Identity,
    /// One for each wanted sound, or one without all of them; then, where it is written, what those leave out.
    pub(super) files: Vec<Planned>,
    pub(super) has_rest: bool,
}

/// One file to write.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) part: Part,
    /// It has its name from us: a later run looks here for what is done.
    pub(super) is_stamped: bool,
}

impl Job {
    /// The outputs, without what they leave out.
    pub(super) fn outputs(&self) -> &[Planned] {
        &self.files[..self.files.len() - usize::from(self.has_rest)]
    }

    /// What they leave out.
    pub(super) fn rest(&self) -> Option<&Planned> {
        self.files.last().filter(|_| self.has_rest)
    }

    /// Refuses outputs that would overwrite the input or each other.
    pub(super) fn keep_apart(&self) -> Result<(), CliError> {
        let mut named = vec![(self.input.as_path(), "the input")];
        named.retain(|(path, _)| !is_standard(path));
        named.extend(
            self.outputs()
                .iter()
                .map(|file| (file.path.as_path(), "an output")),
        );
        named.extend(
            self.rest()
                .map(|file| (file.path.as_path(), "the file for the rest")),
        );
        for (i, &(path, second)) in named.iter().enumerate() {
            if let Some(&(_, first)) = named[..i].iter().find(|(other, _)| place(other) == place(path)) {
                return Err(CliError::SameFile {
                    path: path.to_owned(),
                    first,
                    second: if first == second { "another one" } else { second },
                });
            }
        }
        Ok(())
    }
}

/// Where a path leads, links followed as far as it exists.
fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_must_not_meet_the_input_or_each_other() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let input = folder.path().join("in.wav");
        std::fs::write(&input, b"x").expect("a file for the test");
        let roundabout = folder.path().join(".").join("in.wav");
        let out = folder.path().join("out.wav");
        let planned = |path: &PathBuf| Planned {
            path: path.clone(),
            format: Format::Wav,
            part: Part {
                wanted: vec!["rain".into()],
                unwanted: vec![],
                without: false,
            },
            is_stamped: false,
        };
        let kept_apart = |input: &Path, outputs: &[&PathBuf], rest: Option<&PathBuf>| {
            let job = Job {
                input: input.to_owned(),
                source: Identity::of(input),
                files: outputs.iter().copied().chain(rest).map(planned).collect(),
                has_rest: rest.is_some(),
            };
            job.keep_apart()
        };
        let standard = PathBuf::from("-");
        for (outputs, rest) in [
            (&[&roundabout][..], None),
            (&[&out], Some(&input)),
            (&[&out], Some(&out)),
            (&[&out, &out], None),
            (&[&standard], Some(&standard)),
        ] {
            assert!(
                matches!(kept_apart(&input, outputs, rest), Err(CliError::SameFile { .. })),
                "{outputs:?}, {rest:?}"
            );
        }
        assert!(kept_apart(&input, &[&out], None).is_ok());
        assert!(kept_apart(&standard, &[&standard], Some(&out)).is_ok());
    }
}
