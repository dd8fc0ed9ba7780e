//! Where the built plug-ins and the examples are.

use std::path::{Path, PathBuf};

use crate::error::HostError;

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The built CLAP: in the folder that `EARMARK_BUNDLES` names, else in `target/bundled`.
///
/// # Errors
/// [`HostError::NoBundle`] with what to do about it.
pub fn clap() -> Result<PathBuf, HostError> {
    let folder = std::env::var_os("EARMARK_BUNDLES")
        .map_or_else(|| repository().join("target").join("bundled"), PathBuf::from);
    let path = folder.join("Earmark.clap");
    if path.exists() {
        Ok(path)
    } else {
        Err(HostError::NoBundle(path))
    }
}

/// A file of `examples/`.
pub fn example(name: &str) -> PathBuf {
    repository().join("examples").join(name)
}
