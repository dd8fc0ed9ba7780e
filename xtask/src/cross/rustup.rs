//! Standard libraries for other systems, of this workspace's own compiler.

use std::path::Path;
use std::process::Command;

use crate::error::TaskError;
use crate::run::{output, run};

/// Has rustup bring the standard library for `triple`, unless it is there.
///
/// # Errors
/// What rustc and rustup say; that there is no rustup.
pub(super) fn bring(triple: &str) -> Result<(), TaskError> {
    let folder = output(Command::new("rustc").args(["--print", "target-libdir", "--target", triple]))?;
    if Path::new(String::from_utf8_lossy(&folder).trim()).exists() {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", triple]))
}
