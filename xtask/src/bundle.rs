//! The plug-in bundles, by nice-plug's bundler.

use std::path::PathBuf;

use crate::error::TaskError;
use crate::run::target_dir;
use crate::system;

const PACKAGE: &str = "earmark-plugin";

/// Builds the plug-in and bundles it. Returns the folder that holds `Earmark.clap` and `Earmark.vst3`.
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
    let target = target_dir()?;
    // The bundler's own command line looks for the outermost folder with a Cargo.toml, which is another project's when
    // Earmark is cloned inside one. Its two halves take the current folder, which is ours.
    nice_plug_xtask::build(&[PACKAGE.to_owned()], &options)
        .and_then(|()| nice_plug_xtask::bundle(&target, PACKAGE, &options, false))
        .map_err(|error| TaskError::Bundle(format!("{error:#}")))?;
    Ok(target.join("bundled"))
}
