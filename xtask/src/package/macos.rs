//! The installer for macOS, by a script around Apple's own tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Release, VERSION};
use crate::error::TaskError;
use crate::run::run;

/// Writes the `.pkg` and the `.dmg` into `out`. Apple's tools exist on macOS alone: elsewhere it says so and writes none.
pub(super) fn installers(from: &Path, release: &Release, out: &Path) -> Result<Vec<PathBuf>, TaskError> {
    if !cfg!(target_os = "macos") {
        println!("    No .pkg and no .dmg: they are made on macOS.");
        return Ok(Vec::new());
    }
    run(Command::new("packaging/macos/package.sh")
        .arg(VERSION)
        .args([from, out])
        .arg(release.system.name))?;
    let name = format!("earmark-{VERSION}-{}", release.system.name);
    Ok(["pkg", "dmg"]
        .map(|ending| out.join(format!("{name}.{ending}")))
        .to_vec())
}
