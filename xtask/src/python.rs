//! The Python hosts: a virtual environment under `target/python`, made once.

use std::path::PathBuf;
use std::process::Command;

use crate::error::TaskError;
use crate::run::{run, target_dir};

/// Pinned: a host that changes its mind between two runs is no test.
const PACKAGES: &[&str] = &[
    "pedalboard==0.9.26",
    "dawdreamer==0.9.0",
    "numpy==2.2.6",
    "soundfile==0.13.1",
];

/// Whether the hosts' wheels exist for this machine.
pub(crate) fn supported() -> bool {
    cfg!(all(unix, any(target_arch = "x86_64", target_arch = "aarch64")))
}

/// The interpreter that has the hosts; makes the environment where it is missing or was made from another list.
pub(crate) fn interpreter() -> Result<PathBuf, TaskError> {
    let folder = target_dir()?.join("python");
    let python = folder.join("bin").join("python3");
    let stamp = folder.join("packages.txt");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(PACKAGES))?;
    // Written last: an environment whose making was interrupted has no stamp and is made again.
    std::fs::write(&stamp, wanted).map_err(|source| TaskError::File {
        action: "write",
        path: stamp.clone(),
        source,
    })?;
    Ok(python)
}
