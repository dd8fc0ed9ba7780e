//! A long session with the built plug-in.

use std::process::Command;

use crate::bundle::{bundle, program};
use crate::error::TaskError;
use crate::run::run;

/// Builds the bundles and plays for so many hours, as fast as it goes.
pub(crate) fn soak(hours: &[String]) -> Result<(), TaskError> {
    let bundles = bundle(&[])?;
    run(Command::new(program("soak")?)
        .args(hours)
        .env("EARMARK_BUNDLES", bundles)
        // Or what a process holds says little of what it needs.
        .env("MALLOC_ARENA_MAX", "1"))
}
