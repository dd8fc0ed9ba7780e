//! The demo: the example through the built plug-in.

use std::process::Command;

use crate::bundle::{bundle, program};
use crate::error::TaskError;
use crate::run::{run, target_dir};

/// Builds the bundles and runs the demo host on them. Its results are in `target/demo`.
pub(crate) fn demo() -> Result<(), TaskError> {
    let bundles = bundle(&[])?;
    let out = target_dir()?.join("demo");
    run(Command::new(program("demo")?)
        .arg("--bundles")
        .arg(bundles)
        .args(["--examples", "examples", "--out"])
        .arg(out))
}
