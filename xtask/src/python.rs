//! Python environments under `target/`, made once: one with the Python hosts, one for the training recipe.

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

/// A virtual environment.
struct Environment {
    /// Below `target/`.
    folder: &'static str,
    /// What makes it.
    python: &'static str,
    options: &'static [&'static str],
    packages: &'static [&'static str],
}

/// The interpreter that has the hosts.
pub(crate) fn interpreter() -> Result<PathBuf, TaskError> {
    Environment {
        folder: "python",
        python: "python3",
        options: &[],
        packages: PACKAGES,
    }
    .make()
}

/// The system's interpreter with the system's PyTorch: that on PyPI brings gigabytes for GPUs.
pub(crate) fn recipe_interpreter() -> Result<PathBuf, TaskError> {
    Environment {
        folder: "recipe",
        python: "/usr/bin/python3",
        options: &["--system-site-packages"],
        packages: &["safetensors==0.8.0"],
    }
    .make()
}

impl Environment {
    /// Its interpreter; makes it where it is missing or was made from another list.
    fn make(&self) -> Result<PathBuf, TaskError> {
        let folder = target_dir()?.join(self.folder);
        let python = folder.join("bin").join("python3");
        let stamp = folder.join("packages.txt");
        let wanted = self.packages.join("\n");
        if std::fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) {
            return Ok(python);
        }
        run(Command::new(self.python)
            .args(["-m", "venv", "--clear"])
            .args(self.options)
            .arg(&folder))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(self.packages))?;
        // Written last: an environment whose making was interrupted has no stamp and is made again.
        std::fs::write(&stamp, wanted).map_err(|source| TaskError::File {
            action: "write",
            path: stamp.clone(),
            source,
        })?;
        Ok(python)
    }
}
