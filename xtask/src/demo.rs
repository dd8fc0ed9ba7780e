//! The demo: the example through the built plug-in.

use crate::bundle::bundle;
use crate::error::TaskError;
use crate::run::{cargo, run, target_dir};

/// Builds the bundles and runs the demo host on them. Its results are in `target/demo`.
pub(crate) fn demo() -> Result<(), TaskError> {
    let bundles = bundle(&[])?;
    let out = target_dir()?.join("demo");
    run(cargo([
        "run",
        "--quiet",
        "--release",
        "--package",
        "earmark-tests",
        "--bin",
        "demo",
        "--",
    ])
    .arg("--bundles")
    .arg(bundles)
    .args(["--examples", "examples", "--out"])
    .arg(out))
}
