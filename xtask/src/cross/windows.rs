//! Windows: built with this workspace's own compiler and Debian's MinGW, run by Wine on a screen without a monitor.

mod installer;
mod wine;

use std::path::PathBuf;
use std::process::Command;

use super::debian::Debian;
use super::{PACKAGES, Proof, rustup, separated};
use crate::bundle::remapped_paths;
use crate::error::TaskError;
use crate::run::{cargo, create_dir, output, remove_dir, run, succeeds, write};
use crate::system;
use wine::Wine;

const TRIPLE: &str = "x86_64-pc-windows-gnu";
/// The linker with its C library, and what compiles the installer's script.
const HERE: &[&str] = &["gcc-mingw-w64-x86-64-posix", "nsis"];
const LINKER: &str = "x86_64-w64-mingw32-gcc-posix";
/// Kernels and networks against the numbers of other programs, what touches files, locks, paths, processes and sockets, and the
/// editor against its pictures.
const UNIT: &[&str] = &[
    "products",
    "bundled",
    "streaming",
    "download",
    "import",
    "install",
    "folders",
    "paths",
    "separate",
    "pictures",
    "clap",
    "vst3_contract",
];
/// Whose own tests look at what is Windows' alone.
const OWN: &[&str] = &[
    "earmark-formats",
    "earmark-plugin",
    "earmark-tests",
    "earmark-cli",
];
/// The CLAP in clack-host, the VST3 in a host of ours, and the editor.
const HOSTS: &[&str] = &[
    "automation",
    "blocks",
    "conformance",
    "editor_windows",
    "instances",
    "instantiate",
    "latency",
    "library",
    "model",
    "passthrough",
    "query",
    "reset",
    "split",
    "state",
    "tail",
    "unloading",
    "vst3",
];
/// −120 dB of full scale.
const NEAR: f32 = 1e-6;

/// Builds what people download, and tests it; with `all`, with every test that there is.
pub(super) fn prove(proof: &mut Proof, all: bool) -> Result<(), TaskError> {
    let mut wine = None;
    proof.step("Wine and a screen", || {
        let debian = Debian::with("windows", wine::PACKAGES)?;
        wine = Some(Wine::start(debian)?);
        Ok("Wine of Debian starts on a screen without a monitor".to_owned())
    });
    let Some(wine) = wine else { return Ok(()) };
    if !proof.step("the compiler", compiler) {
        return Ok(());
    }
    if !proof.step("plug-ins, program, installer and archive", || packaged(&wine)) {
        return Ok(());
    }
    proof.step("`earmark separate` under Wine", || separate(&wine));
    proof.step("`earmark live` under Wine", || live(&wine));
    proof.step("the demo through the CLAP under Wine", || demo(&wine));
    proof.step("the installer under Wine", || installer::check(&wine));
    if all {
        proof.step("all tests under Wine", || {
            let mut tests = tests(&wine, PACKAGES)?;
            tests.args(["--lib", "--bins", "--tests", "--", "--test-threads=1"]);
            // That one needs a library of a development build, which tells of allocations.
            run(tests.args(["--skip", "process_never_allocates"]))?;
            Ok("all unit, golden and host tests pass".to_owned())
        });
    } else {
        some_tests(proof, &wine);
    }
    proof.left("Windows itself: all of it ran under Wine, whose windows, files and processes are Wine's");
    proof.left("a signature: nothing is signed here");
    Ok(())
}

/// Those that look at what differs on Windows.
fn some_tests(proof: &mut Proof, wine: &Wine) {
    let named = |names: &[&'static str]| names.iter().flat_map(|name| ["--test", name]).collect::<Vec<_>>();
    proof.step("host tests under Wine", || {
        let mut hosts = tests(wine, PACKAGES)?;
        // One after another: they measure time, and there is one screen.
        run(hosts
            .args(named(HOSTS))
            .args(["--", "--test-threads=1", "--nocapture"]))?;
        Ok(format!(
            "the CLAP in clack-host, the VST3 and the editor in hosts of our own pass {}",
            HOSTS.join(", ")
        ))
    });
    proof.step("unit tests under Wine", || {
        run(tests(wine, OWN)?.args(["--lib", "--", "--test-threads=2"]))?;
        Ok(format!("the unit tests of {} pass", OWN.join(", ")))
    });
    proof.step("golden tests and tests of files under Wine", || {
        let mut golden = tests(wine, PACKAGES)?;
        run(golden.args(named(UNIT)).args(["--", "--test-threads=2"]))?;
        Ok(format!("these tests pass: {}", UNIT.join(", ")))
    });
}

/// The standard library for Windows, and what links to it.
fn compiler() -> Result<String, TaskError> {
    system::ensure(HERE)?;
    rustup::bring(TRIPLE)?;
    let version = output(Command::new("rustc").arg("--version"))?;
    Ok(format!(
        "{} builds for {TRIPLE} and Debian's MinGW links it",
        String::from_utf8_lossy(&version).trim()
    ))
}

/// Has this program package for Windows in the folder of Windows.
fn packaged(wine: &Wine) -> Result<String, TaskError> {
    let this = std::env::current_exe().map_err(|source| TaskError::Start {
        program: "xtask".to_owned(),
        source,
    })?;
    run(linked(&mut Command::new(this), wine).args(["package", "--target", TRIPLE]))?;
    for what in [
        "Earmark.clap",
        "Earmark.vst3/Contents/x86_64-win/Earmark.vst3",
        "earmark.exe",
    ] {
        let path = wine.bundles().join(what);
        if !path.is_file() {
            return Err(TaskError::Bundle(format!("{} was not built", path.display())));
        }
    }
    describe(wine)?;
    Ok("Earmark.vst3, Earmark.clap, earmark.exe, the installer and the .zip are built".to_owned())
}

/// Has the VST3 say what it holds, which a build for another system cannot ask it, and puts that beside it for the tests.
fn describe(wine: &Wine) -> Result<(), TaskError> {
    let contents = wine.bundles().join("Earmark.vst3").join("Contents");
    let mut program = wine.program(&built(wine, "moduleinfo.exe"));
    let info = output(program.arg(contents.join("x86_64-win").join("Earmark.vst3")))?;
    let resources = contents.join("Resources");
    create_dir(&resources)?;
    write(&resources.join("moduleinfo.json"), info)
}

/// What both this program and Cargo are told, so that both build the same.
fn linked<'a>(command: &'a mut Command, wine: &Wine) -> &'a mut Command {
    command
        .env("CARGO_TARGET_DIR", wine.debian.folder())
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", LINKER)
}

/// This workspace's Cargo, which builds for Windows as [`packaged`] does and runs under Wine.
fn tests(wine: &Wine, packages: &[&str]) -> Result<Command, TaskError> {
    let mut cargo = cargo([
        "test",
        "--locked",
        "--release",
        "--no-fail-fast",
        "--target",
        TRIPLE,
    ]);
    linked(&mut cargo, wine)
        .args(packages.iter().flat_map(|package| ["--package", package]))
        .args(["--features", "earmark-tests/hosts"])
        .arg("--config")
        .arg(remapped_paths(&wine.debian.folder())?)
        .arg("--config")
        .arg(format!("target.{TRIPLE}.runner={:?}", wine.runner()))
        .env("EARMARK_BUNDLES", wine.bundles())
        .envs(wine.variables());
    Ok(cargo)
}

fn built(wine: &Wine, name: &str) -> PathBuf {
    wine.debian.folder().join(TRIPLE).join("release").join(name)
}

/// A folder for what a step makes, empty.
fn fresh(wine: &Wine, name: &str) -> Result<PathBuf, TaskError> {
    let folder = wine.debian.folder().join(name);
    remove_dir(&folder)?;
    create_dir(&folder)?;
    Ok(folder)
}

/// Compares what the command makes under Wine with what it makes here.
fn separate(wine: &Wine) -> Result<String, TaskError> {
    let shown = separated::compare("windows", wine.program(&wine.bundles().join("earmark.exe")), NEAR)?;
    Ok(format!("{shown}; another mathematics library rounds otherwise"))
}

/// Where JACK is not installed, one sentence says so and names what is missing.
fn live(wine: &Wine) -> Result<String, TaskError> {
    let mut command = wine.program(&wine.bundles().join("earmark.exe"));
    let output = command
        .args(["live", "typing"])
        .output()
        .map_err(|source| TaskError::Start {
            program: "earmark.exe".to_owned(),
            source,
        })?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let parts = ["earmark: No JACK server answers (libjack64.dll: ", "start one"];
    let said_so = parts.iter().all(|part| said.contains(part)) && said.lines().count() == 1;
    if output.status.code() != Some(2) || !said_so || !output.stdout.is_empty() {
        return Err(TaskError::Differs(format!(
            "`earmark.exe live` without JACK ended with {} and said: {said}",
            output.status
        )));
    }
    Ok("`earmark.exe live` without libjack64.dll ends with one sentence that says so".to_owned())
}

/// The example through the CLAP; the demo itself checks its latency and how well it separates.
fn demo(wine: &Wine) -> Result<String, TaskError> {
    let out = fresh(wine, "demo")?;
    run(wine
        .program(&built(wine, "demo.exe"))
        .arg("--bundles")
        .arg(wine.bundles())
        .args(["--examples", "examples", "--out"])
        .arg(&out))?;
    if !succeeds(Command::new("test").arg("-s").arg(out.join("report.json"))) {
        return Err(TaskError::Differs("the demo wrote no report".to_owned()));
    }
    Ok("the demo passes in clack-host".to_owned())
}
