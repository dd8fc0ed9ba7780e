//! Putting the plug-ins where DAWs look for them and the command on the PATH.

use std::path::{Path, PathBuf};

use crate::bundle::{bundle, program};
use crate::error::TaskError;
use crate::run::create_dir;

/// Builds and installs for the current user.
pub(crate) fn install() -> Result<(), TaskError> {
    let bundles = bundle(&[])?;
    let mut installed = Vec::new();
    for (name, folder) in [("Earmark.vst3", vst3_folder()?), ("Earmark.clap", clap_folder()?)] {
        let to = folder.join(name);
        create_dir(&folder)?;
        replace(&bundles.join(name), &to)?;
        installed.push(to);
    }
    let command = program("earmark")?;
    let folder = cargo_home()?.join("bin");
    create_dir(&folder)?;
    let to = folder.join(command.file_name().unwrap_or(command.as_os_str()));
    replace(&command, &to)?;
    installed.push(to);

    println!("\nInstalled:");
    for path in installed {
        println!("  {}", path.display());
    }
    println!("Rescan the plug-ins in your DAW, then put Earmark on a track.");
    let on_path = std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|path| path == folder));
    if !on_path {
        println!(
            "To call `earmark` by its name, add {} to your PATH.",
            folder.display()
        );
    }
    Ok(())
}

/// Where Cargo keeps installed programs, which Rust's installer has put on the PATH.
fn cargo_home() -> Result<PathBuf, TaskError> {
    std::env::var_os("CARGO_HOME").map_or_else(|| Ok(home()?.join(".cargo")), |path| Ok(PathBuf::from(path)))
}

fn home() -> Result<PathBuf, TaskError> {
    std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .ok_or(TaskError::NoHome("HOME"))
}

fn vst3_folder() -> Result<PathBuf, TaskError> {
    Ok(if cfg!(target_os = "macos") {
        home()?.join("Library/Audio/Plug-Ins/VST3")
    } else if cfg!(windows) {
        local_app_data()?.join("Programs/Common/VST3")
    } else {
        home()?.join(".vst3")
    })
}

fn clap_folder() -> Result<PathBuf, TaskError> {
    Ok(if cfg!(target_os = "macos") {
        home()?.join("Library/Audio/Plug-Ins/CLAP")
    } else if cfg!(windows) {
        local_app_data()?.join("Programs/Common/CLAP")
    } else {
        home()?.join(".clap")
    })
}

fn local_app_data() -> Result<PathBuf, TaskError> {
    std::env::var_os("LOCALAPPDATA")
        .map(PathBuf::from)
        .ok_or(TaskError::NoHome("LOCALAPPDATA"))
}

/// Puts a copy of `from` (a file or a folder) in the place of `to`.
///
/// The old one is removed first and not written over: a DAW that has it open keeps its own copy and does not crash.
fn replace(from: &Path, to: &Path) -> Result<(), TaskError> {
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |source| TaskError::File { action, path, source }
    };
    if to.is_dir() {
        std::fs::remove_dir_all(to).map_err(failed("replace", to))?;
    } else if to.exists() {
        std::fs::remove_file(to).map_err(failed("replace", to))?;
    }
    if !from.is_dir() {
        return std::fs::copy(from, to).map(drop).map_err(failed("write", to));
    }
    create_dir(to)?;
    for entry in std::fs::read_dir(from).map_err(failed("read", from))? {
        let entry = entry.map_err(failed("read", from))?;
        replace(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
