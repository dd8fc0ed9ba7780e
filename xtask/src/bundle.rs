//! The release build and the plug-in bundles, by nice-plug's bundler.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::TaskError;
use crate::run::{cargo, create_dir, output, run, target_dir};
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
    if target(options).is_none() {
        // Those of this system do not help to build for another.
        system::ensure(system::BUILD)?;
    }
    let mut options = options.to_vec();
    if profile(&options).is_none() {
        options.push("--release".to_owned());
    }
    run(cargo(["build"])
        .args(RELEASED.iter().flat_map(|package| ["--package", package]))
        .args(&options)
        .arg("--config")
        .arg(remapped_paths(&target_dir()?)?))?;
    let target = target_dir()?;
    // The bundler's own command line looks for the outermost folder with a Cargo.toml, which is another project's when
    // Earmark is cloned inside one. Its second half takes the current folder, which is ours.
    nice_plug_xtask::bundle(&target, PLUGIN, &options, false)
        .map_err(|error| TaskError::Bundle(format!("{error:#}")))?;
    let bundled = target.join("bundled");
    describe(&bundled.join("Earmark.vst3").join("Contents"), &options)?;
    Ok(bundled)
}

/// A program of the release build.
pub(crate) fn program(name: &str) -> Result<PathBuf, TaskError> {
    program_for(None, name)
}

/// A program of the release build for `target`, Cargo's name of a system; `None` is this one.
pub(crate) fn program_for(target: Option<&str>, name: &str) -> Result<PathBuf, TaskError> {
    built(target, "release", name)
}

fn built(target: Option<&str>, folder: &str, name: &str) -> Result<PathBuf, TaskError> {
    let suffix = match target {
        None => std::env::consts::EXE_SUFFIX,
        Some(target) if target.contains("-windows") => ".exe",
        Some(_) => "",
    };
    let mut path = target_dir()?;
    // Cargo builds for a named system in a folder of its name.
    path.extend(target);
    Ok(path.join(folder).join(format!("{name}{suffix}")))
}

/// The system that Cargo's options name, if they do.
fn target(options: &[String]) -> Option<&str> {
    let mut options = options.iter().map(String::as_str);
    while let Some(option) = options.next() {
        if option == "--target" {
            return options.next();
        }
        if let Some(target) = option.strip_prefix("--target=") {
            return Some(target);
        }
    }
    None
}

/// The profile that Cargo's options name, if they do.
fn profile(options: &[String]) -> Option<&str> {
    let mut options = options.iter().map(String::as_str);
    while let Some(option) = options.next() {
        match option {
            "--release" | "-r" => return Some("release"),
            "--profile" => return options.next(),
            _ => {}
        }
        if let Some(profile) = option.strip_prefix("--profile=") {
            return Some(profile);
        }
    }
    None
}

/// What has the compiler write other paths than this machine's into what it builds: panics name the file that they come from. It is
/// added to flags that are configured elsewhere; flags in the environment take its place.
///
/// `target` is the folder that it builds in.
pub(crate) fn remapped_paths(target: &Path) -> Result<String, TaskError> {
    let workspace = std::env::current_dir().map_err(|source| TaskError::File {
        action: "find",
        path: ".".into(),
        source,
    })?;
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // The last one that fits is taken.
    let mut flags = Vec::new();
    for (folder, name) in [
        (home, "cargo"),
        (Some(target.to_owned()), "target"),
        (Some(workspace), "earmark"),
    ] {
        if let Some(folder) = folder {
            flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
        }
    }
    // A list of strings is the same in TOML as Rust's debug output, but for letters that need other escapes; paths have none of them.
    Ok(format!("target.'cfg(all())'.rustflags={flags:?}"))
}

/// Has the library in a VST3 bundle say what it holds, and puts that beside it: hosts then need not load it to list it.
fn describe(contents: &Path, options: &[String]) -> Result<(), TaskError> {
    if target(options).is_some() || cfg!(target_os = "macos") {
        // A library for another system cannot be asked here, and on macOS the bundle is signed as it is.
        return Ok(());
    }
    let failed = |source| TaskError::File {
        action: "read",
        path: contents.to_owned(),
        source,
    };
    let mut library = None;
    for folder in std::fs::read_dir(contents).map_err(failed)? {
        let folder = folder.map_err(failed)?.path();
        let here = ["Earmark.so", "Earmark.vst3"].map(|name| folder.join(name));
        library = library.or(here.into_iter().find(|path| path.is_file()));
    }
    let library = library.ok_or_else(|| {
        TaskError::Bundle(format!("{} holds no library to be described", contents.display()))
    })?;
    let folder = match profile(options) {
        Some("dev") => "debug",
        Some(profile) => profile,
        None => "release",
    };
    let info = output(Command::new(built(None, folder, "moduleinfo")?).arg(&library))?;
    let resources = contents.join("Resources");
    create_dir(&resources)?;
    let path = resources.join("moduleinfo.json");
    std::fs::write(&path, info).map_err(|source| TaskError::File {
        action: "write",
        path,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_what_cargo_is_told() {
        let of = |options: &[&str]| {
            let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            profile(&options).map(str::to_owned)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["--release"]).as_deref(), Some("release"));
        assert_eq!(of(&["-j2", "--profile", "dev"]).as_deref(), Some("dev"));
        assert_eq!(of(&["--profile=dist"]).as_deref(), Some("dist"));
    }

    #[test]
    fn a_program_for_another_system_lies_in_its_folder_under_its_name() {
        for options in [
            &["--target", "x86_64-pc-windows-gnu"][..],
            &["-j2", "--target=x86_64-pc-windows-gnu"],
        ] {
            let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            assert_eq!(target(&options), Some("x86_64-pc-windows-gnu"));
        }
        assert_eq!(target(&["--target-dir=a".to_owned()]), None);
        let path = program_for(Some("x86_64-pc-windows-gnu"), "earmark").expect("a path");
        assert!(
            path.ends_with("x86_64-pc-windows-gnu/release/earmark.exe"),
            "{}",
            path.display()
        );
        let path = program_for(Some("aarch64-unknown-linux-gnu"), "earmark").expect("a path");
        assert!(
            path.ends_with("aarch64-unknown-linux-gnu/release/earmark"),
            "{}",
            path.display()
        );
    }
}
