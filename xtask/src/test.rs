//! Everything that must hold: formatting, lints, unit, golden and host tests.

use std::path::Path;
use std::process::Command;

use crate::bundle::bundle;
use crate::error::TaskError;
use crate::run::{Steps, cargo, run, target_dir};
use crate::{python, system};

/// The crate of the host tests. They need the built bundles, which is why the other tests run without it.
const HOST_TESTS: &str = "earmark-tests";

/// Runs all steps, even after a failure, except those that the failed one was for.
pub(crate) fn test() -> Result<(), TaskError> {
    let mut steps = Steps::default();
    let packages = [system::BUILD, system::HOSTS].concat();
    if !steps.step("system packages", || system::ensure(&packages)) {
        return steps.close();
    }
    steps.step("formatting", || run(&mut cargo(["fmt", "--all", "--check"])));
    steps.step("lints", || {
        run(&mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "--deny",
            "warnings",
        ]))
    });
    steps.step("unit and golden tests", || {
        run(&mut cargo([
            "test",
            "--workspace",
            "--locked",
            "--exclude",
            HOST_TESTS,
        ]))
    });
    let bundled = steps.step("bundles", || bundle(&["--locked".to_owned()]).map(drop));
    if bundled {
        steps.step("host tests: CLAP in clack-host", clap_host_tests);
        python_host_tests(&mut steps);
    }
    steps.close()
}

/// One after another: they measure time, and two of them at once would measure each other.
fn clap_host_tests() -> Result<(), TaskError> {
    let target = target_dir()?;
    // A second build of the plug-in that panics when `process` allocates; that check exists in debug builds only.
    run(&mut cargo([
        "build",
        "--locked",
        "--package",
        "earmark-plugin",
        "--features",
        "assert_process_allocs",
    ]))?;
    run(cargo([
        "test",
        "--locked",
        "--package",
        HOST_TESTS,
        "--",
        "--test-threads=1",
        "--nocapture",
    ])
    .env("EARMARK_BUNDLES", target.join("bundled"))
    .env(
        "EARMARK_CHECKED_LIBRARY",
        target.join("debug").join(checked_library()),
    ))
}

fn checked_library() -> String {
    format!(
        "{}earmark_plugin{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    )
}

fn python_host_tests(steps: &mut Steps) {
    if !python::supported() {
        println!(
            "\n==> host tests: VST3 in pedalboard and DawDreamer: skipped, they have no wheels for this system"
        );
        return;
    }
    let mut interpreter = None;
    steps.step("Python hosts", || {
        interpreter = Some(python::interpreter()?);
        Ok(())
    });
    let Some(interpreter) = interpreter else { return };
    for (host, script) in [
        ("pedalboard", "pedalboard_host.py"),
        ("DawDreamer", "dawdreamer_host.py"),
    ] {
        steps.step(&format!("host tests: VST3 in {host}"), || {
            let bundles = target_dir()?.join("bundled");
            run(Command::new(&interpreter)
                .arg(Path::new("tests/hosts").join(script))
                .env("EARMARK_BUNDLES", bundles))
        });
    }
}
