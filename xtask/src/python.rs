//! The Python hosts: a virtual environment under `target/python`, made once.

use std::path::PathBuf;
use std::process::Command;

use crate::error::TaskError;
use crate::run::{run, succeeds, target_dir};
use crate::system;

/// Pinned: a host that changes its mind between two runs is no test.
const PACKAGES: &[&str] = &[
    "pedalboard==0.9.26",
    "dawdreamer==0.9.0",
    "numpy==2.2.6",
    "soundfile==0.13.1",
];

/// The oldest Python that both hosts have wheels for.
const OLDEST: &str = "3.11";

/// Why the hosts cannot run here, if so.
pub(crate) fn unsupported() -> Option<String> {
    if !cfg!(all(unix, any(target_arch = "x86_64", target_arch = "aarch64"))) {
        return Some("they are not published for this system".to_owned());
    }
    let test = format!(
        "import sys; sys.exit(sys.version_info < ({}))",
        OLDEST.replace('.', ", ")
    );
    let recent = succeeds(Command::new("python3").args(["-c", &test]));
    (!recent).then(|| format!("they need `python3` to be Python {OLDEST} or newer"))
}

/// The system packages that are missing to make the environment.
pub(crate) fn system_packages() -> Vec<&'static str> {
    let complete = succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    [system::HOSTS, if complete { &[] } else { system::PYTHON }].concat()
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
