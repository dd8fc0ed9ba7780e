//! What was built, and whether it may leave this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::VERSION;
use super::contents::Contents;
use super::needs;
use super::system::{Family, System};
use crate::error::TaskError;
use crate::run::{output, read, target_dir};

/// The plug-ins and the program of one system.
pub(super) struct Built {
    /// The VST3 bundle without its own name: `Contents/…`.
    pub(super) vst3: Contents,
    /// The CLAP: one file, but on macOS a bundle.
    pub(super) clap: Contents,
    /// The program.
    pub(super) program: Vec<u8>,
    program_path: PathBuf,
}

impl Built {
    /// Reads `Earmark.vst3`, `Earmark.clap` and the program from a folder.
    pub(super) fn read(from: &Path, system: &System) -> Result<Self, TaskError> {
        let program_path = from.join(system.program());
        let mut vst3 = Contents::default();
        vst3.folder("", &from.join("Earmark.vst3"))?;
        let mut clap = Contents::default();
        let path = from.join("Earmark.clap");
        if path.is_dir() {
            clap.folder("Earmark.clap", &path)?;
        } else {
            clap.file("Earmark.clap", read(&path)?);
        }
        let mut built = Self {
            vst3: Contents::default(),
            clap,
            program: read(&program_path)?,
            program_path,
        };
        // A folder in which several systems were bundled holds a library for each.
        for (path, file) in vst3.files() {
            let folder = path.split('/').nth(1).unwrap_or_default();
            let described = folder == "Resources" && (system.family != Family::Windows || system.is_here());
            let bundle = system.family == Family::MacOs;
            if folder == system.vst3_folder || described || bundle {
                built.vst3.file(path, file.bytes.clone());
            }
        }
        if built
            .vst3
            .folders()
            .contains(format!("Contents/{}", system.vst3_folder).as_str())
        {
            Ok(built)
        } else {
            Err(TaskError::Package(format!(
                "{} holds no library for {}: there is no folder Contents/{}. Build for it first",
                from.join("Earmark.vst3").display(),
                system.triple,
                system.vst3_folder
            )))
        }
    }

    /// Whether all of it is of this version, for old enough systems, and names no folder of this machine.
    pub(super) fn check(&self, system: &System) -> Result<(), TaskError> {
        let folders = own_folders()?;
        for (name, bytes) in self.libraries() {
            if let Some(folder) = named(bytes, &folders) {
                return Err(TaskError::Package(format!(
                    "{name} names a folder of this machine, {folder}. Build it with `cargo xtask bundle`, which keeps such names out"
                )));
            }
            if system.family == Family::Linux {
                needs::check(name, bytes)?;
            }
        }
        if let Some(info) = self.vst3.get("Contents/Resources/moduleinfo.json") {
            require_version(
                "Earmark.vst3",
                &String::from_utf8_lossy(info),
                &format!("\"Version\": \"{VERSION}\""),
            )?;
        }
        if system.is_here() {
            let said = output(Command::new(&self.program_path).arg("--version"))?;
            require_version(
                "earmark",
                &String::from_utf8_lossy(&said),
                &format!("earmark {VERSION}\n"),
            )?;
        }
        Ok(())
    }

    /// Everything that was compiled, by name.
    pub(super) fn libraries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let plugins = self.vst3.files().chain(self.clap.files());
        plugins
            .filter(|(path, _)| !path.ends_with(".json") && !path.ends_with(".plist"))
            .map(|(path, file)| (path, file.bytes.as_slice()))
            .chain([("earmark", self.program.as_slice())])
    }
}

fn require_version(what: &str, said: &str, wanted: &str) -> Result<(), TaskError> {
    if said.replace("\r\n", "\n").contains(wanted) {
        return Ok(());
    }
    Err(TaskError::Package(format!(
        "{what} is not of version {VERSION}: \"{}\" is not in what it says of itself. Build it again",
        wanted.trim()
    )))
}

/// The folders whose names nobody else should read: the repository, Cargo's and the target folder.
fn own_folders() -> Result<Vec<String>, TaskError> {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let here = std::env::current_dir().ok();
    let folders = [cargo, here, Some(target_dir()?)];
    Ok(folders
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.to_str().map(str::to_owned))
        .collect())
}

/// The first of `folders` that occurs in a file as the beginning of a path.
fn named<'a>(bytes: &[u8], folders: &'a [String]) -> Option<&'a str> {
    folders.iter().map(String::as_str).find(|folder| {
        contains(bytes, format!("{folder}/").as_bytes()) || contains(bytes, format!("{folder}\\").as_bytes())
    })
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    let Some((first, rest)) = what.split_first() else {
        return true;
    };
    let mut left = bytes;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = &left[at + 1..];
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_this_machine_is_found_in_a_library() {
        let folders = ["/home/me/earmark".to_owned()];
        assert_eq!(
            named(b"\0\0/home/me/earmark/src/a.rs\0", &folders),
            Some("/home/me/earmark")
        );
        assert_eq!(named(b"//home/me/earmark-other /home/me", &folders), None);
    }

    #[test]
    fn another_version_is_refused() {
        let error = require_version("earmark", "earmark 0.0.9\n", "earmark 0.1.0\n").expect_err("older");
        assert!(error.to_string().contains("\"earmark 0.1.0\""), "{error}");
    }
}
