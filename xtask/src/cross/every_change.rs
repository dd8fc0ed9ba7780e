//! What of Windows and of Linux on Arm is quick enough for every change: with this machine's own compiler and Debian's linkers, and
//! without the Debian of its own that [`Debian`](super::debian::Debian) is.

use std::process::Command;

use super::rustup;
use crate::run::{Steps, cargo, run};
use crate::system;

/// A system that this one is not.
struct System {
    name: &'static str,
    triple: &'static str,
    /// As Cargo names its variables.
    variables: &'static str,
    linker: &'static str,
    /// Whose programs and tests are linted: those that are not the same code as here. The plug-in's window system is another one on each, and
    /// `cargo xtask cross` has it.
    linted: &'static [&'static str],
    /// What runs the tests of the kernels here; nothing where Debian 12 has no such thing.
    runner: Option<&'static str>,
}

const SYSTEMS: &[System] = &[
    System {
        name: "Linux on Arm",
        triple: "aarch64-unknown-linux-gnu",
        variables: "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU",
        linker: "aarch64-linux-gnu-gcc",
        linted: &["earmark-kernels"],
        runner: Some("qemu-aarch64 -L /usr/aarch64-linux-gnu"),
    },
    System {
        name: "Windows",
        triple: "x86_64-pc-windows-gnu",
        variables: "CARGO_TARGET_X86_64_PC_WINDOWS_GNU",
        linker: "x86_64-w64-mingw32-gcc-posix",
        linted: &[
            "earmark-kernels",
            "earmark-models",
            "earmark-library",
            "earmark-engine",
            "earmark-cli",
        ],
        // Its Wine 8 lacks bcryptprimitives.dll, which Rust's standard library is linked to.
        runner: None,
    },
];

/// Lints for each system, and runs the tests of the kernels where that can be done.
pub(crate) fn check(steps: &mut Steps) {
    for system in SYSTEMS {
        let name = system.name;
        if let Some(reason) = system.unsupported() {
            println!("\n==> {name}: SKIPPED, {reason}");
            continue;
        }
        steps.step(&format!("{name}: lints"), || {
            let mut lints = system.cargo("clippy");
            lints.args(system.linted.iter().flat_map(|package| ["--package", package]));
            run(lints.args(["--lib", "--bins", "--tests", "--", "--deny", "warnings"]))
        });
        if let Some(runner) = system.runner {
            steps.step(&format!("{name}: tests of the kernels under qemu"), || {
                let mut tests = system.cargo("test");
                tests.args(["--package", "earmark-kernels"]);
                run(tests.env(format!("{}_RUNNER", system.variables), runner))
            });
        }
    }
}

impl System {
    /// Why nothing can be built for it here.
    fn unsupported(&self) -> Option<String> {
        if !system::is_debian() {
            return Some("it needs Debian's or Ubuntu's compilers".to_owned());
        }
        rustup::bring(self.triple)
            .err()
            .map(|error| format!("there is no standard library for it: {error}"))
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = cargo([subcommand, "--locked", "--target", self.triple]);
        cargo
            .env(format!("{}_LINKER", self.variables), self.linker)
            // For what is told in cli/jack/jack.pc.
            .env("PKG_CONFIG_ALLOW_CROSS", "1");
        cargo
    }
}
