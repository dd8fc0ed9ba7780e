//! The installer for Windows, by NSIS, which runs on Linux too.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Release, VERSION, papers};
use crate::error::TaskError;
use crate::run::{create_dir, remove_dir, run, succeeds, write};

/// Writes `earmark-VERSION-x86_64-windows-setup.exe` into `out`. Without `makensis` it says so and writes none.
pub(super) fn installer(release: &Release, out: &Path) -> Result<Option<PathBuf>, TaskError> {
    if !succeeds(Command::new("makensis").arg("-VERSION")) {
        println!("    No installer: `makensis` (NSIS) is not installed.");
        return Ok(None);
    }
    let root = out.join("windows");
    remove_dir(&root)?;
    let mut contents = papers(release, "packaging/windows/README.md")?;
    contents.under("Earmark.vst3", &release.built.vst3);
    contents.under("", &release.built.clap);
    contents.program(release.system.program(), release.built.program.clone());
    for folder in contents.folders() {
        create_dir(&root.join(folder))?;
    }
    for (path, file) in contents.files() {
        create_dir(&root)?;
        write(&root.join(path), &file.bytes)?;
    }
    let path = out.join(format!("earmark-{VERSION}-{}-setup.exe", release.system.name));
    compile(&root, &path, release.time)?;
    Ok(Some(path))
}

/// Compiles the script on the files in `from`.
fn compile(from: &Path, to: &Path, time: u64) -> Result<(), TaskError> {
    let define = |name: &str, value: &Path| format!("-D{name}={}", value.display());
    run(Command::new("makensis")
        .env("SOURCE_DATE_EPOCH", time.to_string())
        .args(["-V2", "-WX", &format!("-DVERSION={VERSION}")])
        .arg(define("FROM", from))
        .arg(define("OUT", to))
        .arg(script()))
}

/// The script, wherever this runs.
fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/windows/earmark.nsi")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script installs, it removes, but for nothing that is the user's.
    #[test]
    fn what_is_installed_is_removed_and_user_data_is_left() {
        let script = std::fs::read_to_string(script()).expect("the script");
        let (installs, removes) = script.split_once("Section \"Uninstall\"").expect("both halves");
        for line in installs
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("File \"${FROM}/"))
        {
            let name = line.trim_start_matches("File \"${FROM}/").trim_end_matches('"');
            assert!(removes.contains(&format!("\\{name}\"")), "{name} stays");
        }
        assert!(removes.contains("DeleteRegKey") && removes.contains("Earmark.vst3"));
        for risky in ["RMDir /r \"$INSTDIR\"", "$LOCALAPPDATA\\earmark", "$APPDATA"] {
            assert!(!removes.contains(risky), "{risky}");
        }
    }

    /// Compiled only where NSIS is; says so elsewhere.
    #[test]
    fn the_script_compiles_to_the_same_bytes() {
        if !succeeds(Command::new("makensis").arg("-VERSION")) {
            println!("makensis is not installed: the script was read, not compiled");
            return;
        }
        let folder = std::env::temp_dir().join(format!("earmark-nsis-{}", std::process::id()));
        let library = "Earmark.vst3/Contents/x86_64-win";
        create_dir(&folder.join(library)).expect("a folder");
        for name in [
            "earmark.exe",
            "Earmark.clap",
            "README.md",
            "LICENSE-MIT",
            "LICENSE-APACHE",
            "NOTICE",
            "CHANGELOG.md",
        ] {
            write(&folder.join(name), name).expect("a stand-in");
        }
        write(&folder.join(library).join("Earmark.vst3"), "library").expect("a stand-in");
        let made = ["a.exe", "b.exe"].map(|name| {
            compile(&folder, &folder.join(name), 1_700_000_000).expect("the script compiles");
            std::fs::read(folder.join(name)).expect("an installer")
        });
        std::fs::remove_dir_all(&folder).expect("removed");
        assert!(made[0].starts_with(b"MZ") && made[0] == made[1]);
    }
}
