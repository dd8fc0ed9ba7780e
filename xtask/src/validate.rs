//! The validators of the standards' makers and of others, over the built bundles.
//!
//! None of them comes with Earmark or from a package registry: each is run where it is on the `PATH` or where a variable names it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundle::bundle;
use crate::error::TaskError;
use crate::run::{Steps, run};

/// One program and how it is called.
struct Validator {
    /// Its name on the `PATH`.
    program: &'static str,
    /// What may name it instead.
    variable: &'static str,
    bundle: &'static str,
    /// Each call's arguments, before the bundle.
    calls: &'static [&'static [&'static str]],
    how_to_get: &'static str,
}

const VALIDATORS: &[Validator] = &[
    Validator {
        program: "clap-validator",
        variable: "CLAP_VALIDATOR",
        bundle: "Earmark.clap",
        calls: &[&["validate"], &["validate", "--in-process"]],
        how_to_get: "cargo install --git https://github.com/free-audio/clap-validator",
    },
    Validator {
        program: "validator",
        variable: "VST3_VALIDATOR",
        bundle: "Earmark.vst3",
        calls: &[&[], &["-e"]],
        how_to_get: "build the target `validator` of https://github.com/steinbergmedia/vst3sdk",
    },
    Validator {
        program: "pluginval",
        variable: "PLUGINVAL",
        bundle: "Earmark.vst3",
        calls: &[
            &["--strictness-level", "10", "--skip-gui-tests", "--validate"],
            &["--strictness-level", "10", "--validate"],
        ],
        how_to_get: "download it from https://github.com/Tracktion/pluginval/releases",
    },
];

/// Builds the bundles and runs what validators there are over them.
pub(crate) fn validate() -> Result<(), TaskError> {
    let bundles = bundle(&[])?;
    let mut steps = Steps::default();
    for validator in VALIDATORS {
        let Some(program) = validator.find() else {
            println!(
                "\n==> {}: SKIPPED, it is not on the PATH. To get it, {}, or name it in {}.",
                validator.program, validator.how_to_get, validator.variable
            );
            continue;
        };
        for call in validator.calls {
            let name = [&[validator.program], *call].concat().join(" ");
            steps.step(&name, || validator.run(&program, call, &bundles));
        }
    }
    steps.close()
}

impl Validator {
    fn find(&self) -> Option<PathBuf> {
        if let Some(named) = std::env::var_os(self.variable) {
            return Some(named.into());
        }
        let name = format!("{}{}", self.program, std::env::consts::EXE_SUFFIX);
        let paths = std::env::var_os("PATH")?;
        std::env::split_paths(&paths)
            .map(|folder| folder.join(&name))
            .find(|path| path.is_file())
    }

    fn run(&self, program: &Path, call: &[&str], bundles: &Path) -> Result<(), TaskError> {
        run(Command::new(program).args(call).arg(bundles.join(self.bundle)))
    }
}
