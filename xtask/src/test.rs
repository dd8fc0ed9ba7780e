//! Everything that must hold: formatting, lints, unit, golden and host tests.

use std::path::Path;
use std::process::Command;

use crate::bundle::bundle;
use crate::error::TaskError;
use crate::run::{Steps, cargo, run, target_dir};
use crate::{cross, python, system};

/// All development builds of one run share these, for the reason given at [`crate::bundle`]. The allocation check makes
/// the unit tests stricter, too; it exists in builds with debug assertions only. Cards fail in them where a test asks for it.
const ALL: &[&str] = &[
    "--workspace",
    "--features",
    "earmark-tests/hosts,earmark-plugin/assert_process_allocs,earmark-plugin/card_faults",
];
/// As [`ALL`], without the tests that need the built bundles.
const UNIT: &[&str] = &[
    "--workspace",
    "--features",
    "earmark-plugin/assert_process_allocs,earmark-plugin/card_faults",
];
/// Where those tests are, one file each.
const HOST_TESTS: &str = "tests/tests";

/// Runs all steps, even after a failure, except those that the failed one was for.
pub(crate) fn test() -> Result<(), TaskError> {
    let mut steps = Steps::default();
    let packages = [
        system::BUILD,
        system::CROSS,
        &python::system_packages(),
        system::RECIPE,
        system::SCREEN,
        system::JACK,
        system::VULKAN,
    ]
    .concat();
    if !steps.step("system packages", || system::ensure(&packages)) {
        return steps.close();
    }
    steps.step("formatting", || run(&mut cargo(["fmt", "--all", "--check"])));
    steps.step("lints", || {
        run(cargo(["clippy", "--all-targets"])
            .args(ALL)
            .args(["--", "--deny", "warnings"]))
    });
    steps.step("documentation", || {
        run(cargo(["doc", "--no-deps"])
            .args(ALL)
            .env("RUSTDOCFLAGS", "--deny warnings"))
    });
    cross::check(&mut steps);
    steps.step("unit and golden tests", || {
        run(cargo(["test", "--no-fail-fast"]).args(UNIT))
    });
    steps.step("panics while processing", || {
        // They allocate, so builds with the check of allocations leave these tests out.
        run(&mut cargo(["test", "--package", "earmark-formats", "--tests"]))
    });
    recipe_test(&mut steps);
    let bundled = steps.step("bundles", || bundle(&[]).map(drop));
    if bundled {
        steps.step("host tests: CLAP in clack-host", clap_host_tests);
        python_host_tests(&mut steps);
    }
    steps.close()
}

/// One after another: they measure time, and two of them at once would measure each other.
fn clap_host_tests() -> Result<(), TaskError> {
    let target = target_dir()?;
    // The library whose `process` may not allocate; the other tests take the released one.
    run(cargo(["build"]).args(UNIT))?;
    let mut tests = cargo(["test", "--no-fail-fast"]);
    tests.args(ALL);
    for name in host_test_names()? {
        tests.args(["--test", &name]);
    }
    run(tests
        .args(["--", "--test-threads=1", "--nocapture"])
        .env("EARMARK_BUNDLES", target.join("bundled"))
        // Or what a process holds says little of what it needs.
        .env("MALLOC_ARENA_MAX", "1")
        .env(
            "EARMARK_CHECKED_LIBRARY",
            target.join("debug").join(checked_library()),
        ))
}

fn host_test_names() -> Result<Vec<String>, TaskError> {
    let failed = |source| TaskError::File {
        action: "read",
        path: HOST_TESTS.into(),
        source,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(HOST_TESTS).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn command() -> String {
    format!("earmark{}", std::env::consts::EXE_SUFFIX)
}

fn checked_library() -> String {
    format!(
        "{}earmark_plugin{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    )
}

/// A minute of training on sounds that it makes itself.
fn recipe_test(steps: &mut Steps) {
    if !system::is_debian() {
        println!("\n==> training recipe: SKIPPED, it needs the PyTorch of Debian or Ubuntu");
        return;
    }
    steps.step("training recipe", || {
        run(Command::new(python::recipe_interpreter()?)
            .args(["-m", "unittest", "test_recipe"])
            .current_dir("training")
            // What waits for the other threads of a small batch takes their time.
            .env("OMP_NUM_THREADS", "1")
            .env("PYTHONWARNINGS", "ignore"))
    });
}

fn python_host_tests(steps: &mut Steps) {
    if let Some(reason) = python::unsupported() {
        println!("\n==> host tests: VST3 in pedalboard and DawDreamer: SKIPPED, {reason}");
        return;
    }
    let mut interpreter = None;
    steps.step("Python hosts", || {
        interpreter = Some(python::interpreter()?);
        Ok(())
    });
    let Some(interpreter) = interpreter else { return };
    for (what, script) in [
        ("VST3 in pedalboard", "pedalboard_host.py"),
        ("VST3 in DawDreamer", "dawdreamer_host.py"),
        ("the README's examples", "examples.py"),
        ("the editor in DawDreamer", "editor_host.py"),
    ] {
        if script == "editor_host.py" && !system::is_debian() {
            println!("\n==> host tests: {what}: SKIPPED, it needs the X server of Debian or Ubuntu");
            continue;
        }
        steps.step(&format!("host tests: {what}"), || {
            let target = target_dir()?;
            run(Command::new(&interpreter)
                .arg(Path::new("tests/hosts").join(script))
                .env("EARMARK_BUNDLES", target.join("bundled"))
                // The tests of the command have built it.
                .env("EARMARK_COMMAND", target.join("debug").join(command()))
                // Or what a process holds says little of what it needs.
                .env("MALLOC_ARENA_MAX", "1"))
        });
    }
}
