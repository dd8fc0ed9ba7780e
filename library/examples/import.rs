//! Imports a model: `import [--16] FILE… FOLDER`.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use earmark_library::import::{ImportOptions, import};

fn main() -> ExitCode {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let given = files.len();
    files.retain(|file| file.as_os_str() != "--16");
    let options = ImportOptions {
        sixteen_bit: files.len() < given,
        ..ImportOptions::default()
    };
    let Some(folder) = files.pop() else {
        eprintln!("usage: import [--16] FILE… FOLDER");
        return ExitCode::FAILURE;
    };
    let mut shown = None;
    let imported = import(&files, &folder, options, &mut |progress| {
        let state = (progress.step, progress.done * 100 / progress.total.max(1));
        if shown.replace(state) != Some(state) {
            eprint!("\r{:?} {} %   ", state.0, state.1);
            drop(io::stderr().flush());
        }
        ControlFlow::Continue(())
    });
    eprintln!();
    match imported {
        Ok(imported) => {
            println!("{imported:#?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
