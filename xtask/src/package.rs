//! What a person downloads: versioned archives, a Debian package, an installer for Windows, and their checksums.
//!
//! The same input gives the same bytes: files are sorted, belong to root, and bear the time of the commit.

mod archive;
mod built;
mod contents;
mod deb;
mod macos;
mod needs;
mod notice;
mod pages;
mod sums;
mod system;
mod windows;

use std::path::{Path, PathBuf};

use crate::bundle::{bundle, program_for};
use crate::error::TaskError;
use crate::run::{create_dir, output, read, target_dir};
use built::Built;
use contents::Contents;
use system::{Family, System};

/// The version of everything in the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    /// Cargo's name of the system to package for; `None` is this one.
    target: Option<String>,
    /// A folder with `Earmark.vst3`, `Earmark.clap` and the program; `None` builds them.
    from: Option<PathBuf>,
    /// What `earmark pages` wrote, where the program is for another system and cannot be asked.
    pages: Option<PathBuf>,
}

/// What every archive is made from.
struct Release {
    system: System,
    built: Built,
    /// Manual pages and completions by their file names.
    pages: Contents,
    /// The licences of what is inside.
    notice: String,
    /// Seconds since 1970 that every file bears.
    time: u64,
}

/// Builds, or takes what is built, and writes the archives into `target/package`.
pub(crate) fn package(words: &[String]) -> Result<(), TaskError> {
    let options = parse(words)?;
    let system = System::of(options.target.as_deref())?;
    let time = source_time()?;
    let from = match &options.from {
        Some(folder) => folder.clone(),
        None => build(options.target.as_deref())?,
    };
    let built = Built::read(&from, &system)?;
    built.check(&system)?;
    let release = Release {
        pages: pages::pages(&from, &system, options.pages.as_deref())?,
        notice: notice::notice(system.triple)?,
        built,
        system,
        time,
    };
    let out = target_dir()?.join("package");
    create_dir(&out)?;
    let mut made = vec![archive::archive(&release, &out)?];
    match release.system.family {
        Family::Linux => made.extend(deb::deb(&release, &out)?),
        Family::Windows => made.extend(windows::installer(&release, &out)?),
        Family::MacOs => made.extend(macos::installers(&from, &release, &out)?),
    }
    made.push(sums::write(&made, &out)?);
    println!("\nPackaged:");
    for path in made {
        println!("  {}", path.display());
    }
    Ok(())
}

fn parse(words: &[String]) -> Result<Options, TaskError> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| TaskError::Usage {
            given: format!("package {word}` without what comes after it, or `package {word}"),
        })?;
        match word.as_str() {
            "--target" => options.target = Some(value.clone()),
            "--from" => options.from = Some(value.into()),
            "--pages" => options.pages = Some(value.into()),
            _ => {
                return Err(TaskError::Usage {
                    given: format!("package {word}"),
                });
            }
        }
    }
    Ok(options)
}

/// Builds for `target` and lays bundles and program side by side.
fn build(target: Option<&str>) -> Result<PathBuf, TaskError> {
    let words: Vec<String> = target.map_or_else(Vec::new, |target| vec!["--target".into(), target.into()]);
    let bundled = bundle(&words)?;
    let program = program_for(target, "earmark")?;
    let name = program.file_name().unwrap_or(program.as_os_str());
    let beside = bundled.join(name);
    std::fs::copy(&program, &beside).map_err(|source| TaskError::File {
        action: "write",
        path: beside,
        source,
    })?;
    Ok(bundled)
}

/// The time that all files bear: `SOURCE_DATE_EPOCH`, or the commit's.
fn source_time() -> Result<u64, TaskError> {
    let text = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => {
            let printed = output(std::process::Command::new("git").args(["log", "-1", "--format=%ct"]))?;
            String::from_utf8_lossy(&printed).into_owned()
        }
    };
    text.trim().parse().map_err(|_| {
        TaskError::Package(format!(
            "SOURCE_DATE_EPOCH is \"{}\". Set it to seconds since 1970, or package from a git clone, whose commit has a time",
            text.trim()
        ))
    })
}

/// A file of the repository with the version in its place.
fn text(path: &str) -> Result<String, TaskError> {
    let text = read(Path::new(path))?;
    Ok(String::from_utf8_lossy(&text).replace("@VERSION@", VERSION))
}

/// What lies in every archive beside the plug-ins and the program.
fn papers(release: &Release, readme: &str) -> Result<Contents, TaskError> {
    let mut contents = Contents::default();
    contents.file("README.md", text(readme)?);
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        contents.file(name, read(Path::new(name))?);
    }
    contents.file("NOTICE", release.notice.as_bytes());
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_values_and_names_that_are_known() {
        let of = |line: &str| parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("").expect("none"), Options::default());
        let all = of("--target x86_64-pc-windows-gnu --from b --pages p").expect("all");
        assert_eq!(all.target.as_deref(), Some("x86_64-pc-windows-gnu"));
        assert_eq!((all.from, all.pages), (Some("b".into()), Some("p".into())));
        assert!(of("--from").is_err() && of("--colour blue").is_err());
    }

    #[test]
    fn all_crates_have_the_version_of_the_archives() {
        let metadata = notice::metadata(None).expect("the workspace");
        for package in metadata.workspace_packages() {
            assert_eq!(package.version.to_string(), VERSION, "{}", package.name);
        }
    }
}
