//! The installer, run: what it puts where, what Windows lists, and what it leaves.

use std::path::PathBuf;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::wine::Wine;
use crate::error::TaskError;
use crate::run::{create_dir, output, read, run, write};

const UNINSTALL: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Earmark";
const VST3: &str = "Earmark.vst3/Contents/x86_64-win/Earmark.vst3";
/// The uninstaller goes on in a copy of itself when the first has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A way to install: for whom, the part of the registry, and the folders in Wine's drive C.
struct Way {
    option: &'static str,
    hive: &'static str,
    program: PathBuf,
    plugins: PathBuf,
}

/// Installs for one user and for all, updates, uninstalls, and looks at what is there each time.
pub(super) fn check(wine: &Wine) -> Result<String, TaskError> {
    let c = wine.debian.folder().join("wine").join("drive_c");
    let local = c.join("users").join(user(wine)?).join("AppData").join("Local");
    let ways = [
        Way {
            option: "/CurrentUser",
            hive: "HKCU",
            program: local.join("Programs/Earmark"),
            plugins: local.join("Programs/Common"),
        },
        Way {
            option: "/AllUsers",
            hive: "HKLM",
            program: c.join("Program Files/Earmark"),
            plugins: c.join("Program Files/Common Files"),
        },
    ];
    let kept = local.join("earmark/presets/of the user.json");
    create_dir(kept.parent().unwrap_or(&local))?;
    write(&kept, "{}")?;
    for way in &ways {
        let others = way.plugins.join("VST3/Of another maker.vst3");
        create_dir(others.parent().unwrap_or(&way.plugins))?;
        write(&others, "another's")?;
        install(wine, way)?;
        refuses_while_it_runs(wine, way)?;
        // Over what is there, as an update does.
        install(wine, way)?;
        uninstall(wine, way)?;
        for left in [&kept, &others] {
            if !left.exists() {
                return Err(wrong(format!("{} was removed with Earmark", left.display())));
            }
        }
    }
    Ok(
        "the installer installs for one user and for all where hosts look, is listed in Apps, updates, is refused while the program \
         runs, and uninstalls everything but the user's files"
            .to_owned(),
    )
}

/// As whom Wine runs.
fn user(wine: &Wine) -> Result<String, TaskError> {
    let said = output(wine.windows("cmd").args(["/c", "echo %USERNAME%"]))?;
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

fn setup(wine: &Wine) -> PathBuf {
    let name = format!("earmark-{}-x86_64-windows-setup.exe", env!("CARGO_PKG_VERSION"));
    wine.debian.folder().join("package").join(name)
}

fn install(wine: &Wine, way: &Way) -> Result<(), TaskError> {
    run(wine.program(&setup(wine)).args(["/S", way.option]))?;
    for (built, installed) in [
        ("earmark.exe", way.program.join("earmark.exe")),
        ("Earmark.clap", way.plugins.join("CLAP/Earmark.clap")),
        (VST3, way.plugins.join("VST3").join(VST3)),
    ] {
        if read(&wine.bundles().join(built))? != read(&installed)? {
            return Err(wrong(format!("{} is not what was built", installed.display())));
        }
    }
    let listed = wine.registry(&key(way))?.unwrap_or_default();
    let version = concat!("REG_SZ    ", env!("CARGO_PKG_VERSION"));
    for value in ["DisplayName    REG_SZ    Earmark", "Uninstall.exe", version] {
        if !listed.contains(value) {
            return Err(wrong(format!(
                "\"{value}\" is not in what Apps would list: {listed}"
            )));
        }
    }
    Ok(())
}

/// Windows keeps a file that is open from being replaced: the installer must say so and not leave half an update.
fn refuses_while_it_runs(wine: &Wine, way: &Way) -> Result<(), TaskError> {
    let program = way.program.join("earmark.exe");
    let mut running = wine.program(&program);
    // It waits for sound on its standard input.
    let mut running = running
        .args(["separate", "-", "speech", "-o", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|source| TaskError::Start {
            program: "earmark.exe".to_owned(),
            source,
        })?;
    sleep(Duration::from_secs(5));
    let installed = run(wine.program(&setup(wine)).args(["/S", way.option]));
    drop(running.stdin.take());
    let _ = running.wait();
    match installed {
        Err(TaskError::Failed { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err(wrong(
            "an update of a program that runs was said to have gone well".to_owned(),
        )),
    }
}

fn uninstall(wine: &Wine, way: &Way) -> Result<(), TaskError> {
    let program = way.program.join("Uninstall.exe");
    run(wine.program(&program).args([way.option, "/S"]))?;
    let gone = [
        way.program.clone(),
        way.plugins.join("CLAP/Earmark.clap"),
        way.plugins.join("VST3/Earmark.vst3"),
    ];
    let begun = Instant::now();
    while let Some(left) = gone.iter().find(|path| path.exists()) {
        if begun.elapsed() > PATIENCE {
            return Err(wrong(format!("{} is left", left.display())));
        }
        sleep(Duration::from_millis(100));
    }
    // The entry goes last.
    while wine.registry(&key(way))?.is_some() {
        if begun.elapsed() > PATIENCE {
            return Err(wrong("Earmark is still listed in Apps".to_owned()));
        }
    }
    Ok(())
}

fn key(way: &Way) -> String {
    format!(r"{}\{UNINSTALL}", way.hive)
}

fn wrong(what: String) -> TaskError {
    TaskError::Package(format!("the installer: {what}"))
}
