//! The release build and the plug-in bundles, by nice-plug's bundler.

use std::path::PathBuf;

use crate::error::TaskError;
use crate::run::{cargo, run, target_dir};
use crate::system;

const PLUGIN: &str = "earmark-plugin";

/// What is built with optimisation, always together: Cargo compiles a dependency with the features that all packages of
/// one call ask for, so another selection would compile most of them once more.
const RELEASED: &[&str] = &[PLUGIN, "earmark-cli", "earmark-tests"];

/// Builds everything that is released, and bundles the plug-in. Returns the folder that holds `Earmark.clap` and
/// `Earmark.vst3`.
///
/// `options` are Cargo's; without a profile among them it is `--release`.
pub(crate) fn bundle(options: &[String]) -> Result<PathBuf, TaskError> {
    system::ensure(system::BUILD)?;
    let mut options = options.to_vec();
    if !options
        .iter()
        .any(|option| option == "--release" || option.starts_with("--profile"))
    {
        options.push("--release".to_owned());
    }
    run(cargo(["build"])
        .args(RELEASED.iter().flat_map(|package| ["--package", package]))
        .args(&options))?;
    let target = target_dir()?;
    // The bundler's own command line looks for the outermost folder with a Cargo.toml, which is another project's when
    // Earmark is cloned inside one. Its second half takes the current folder, which is ours.
    nice_plug_xtask::bundle(&target, PLUGIN, &options, false)
        .map_err(|error| TaskError::Bundle(format!("{error:#}")))?;
    Ok(target.join("bundled"))
}

/// A program of the release build.
pub(crate) fn program(name: &str) -> Result<PathBuf, TaskError> {
    Ok(target_dir()?
        .join("release")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}
