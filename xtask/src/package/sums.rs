//! `SHA256SUMS`, as `sha256sum --check` reads it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::VERSION;
use super::contents::Contents;
use crate::error::TaskError;
use crate::run::{read, write as write_file};

/// Writes the sums of all archives of this version in `out`, those of other systems too.
pub(super) fn write(made: &[PathBuf], out: &Path) -> Result<PathBuf, TaskError> {
    let mut archives = made.to_vec();
    for entry in std::fs::read_dir(out).map_err(|source| TaskError::File {
        action: "read",
        path: out.into(),
        source,
    })? {
        let path = entry
            .map_err(|source| TaskError::File {
                action: "read",
                path: out.into(),
                source,
            })?
            .path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let ours = ["-", "_"]
            .iter()
            .any(|between| name.starts_with(&format!("earmark{between}{VERSION}{between}")));
        if path.is_file() && ours && !archives.contains(&path) {
            archives.push(path);
        }
    }
    archives.sort();
    let mut text = String::new();
    for path in &archives {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        text.push_str(&line(&name, &read(path)?));
    }
    let path = out.join("SHA256SUMS");
    write_file(&path, text)?;
    Ok(path)
}

/// The sums of the files of an archive.
pub(super) fn of(contents: &Contents) -> String {
    contents
        .files()
        .map(|(path, file)| line(path, &file.bytes))
        .collect()
}

fn line(name: &str, bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}  {name}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_sha256sum_reads() {
        let wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a b\n";
        assert_eq!(line("a b", b"abc"), wanted);
    }
}
