//! Writes model files for libFuzzer to begin with, which are too large to be kept: `seeds FOLDER`.

#[path = "../../../library/tests/support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use support::mutate::{Random, Seeds};

/// Files to write.
const COUNT: u64 = 24;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: seeds FOLDER");
        return ExitCode::FAILURE;
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} cannot be written: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let seeds = Seeds::new();
    for seed in 0..COUNT {
        let bytes = seeds.damaged(&mut Random::new(seed));
        fs::write(folder.join(format!("model-{seed:02}")), bytes)?;
    }
    Ok(())
}
