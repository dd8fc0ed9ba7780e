//! The `earmark` command.

use std::process::ExitCode;

use earmark_cli::args;

/// What was typed makes no sense.
const MISTYPED: u8 = 2;

fn main() -> ExitCode {
    let arguments = match args::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            eprintln!("earmark: {}", args::sentence(&error));
            return ExitCode::from(MISTYPED);
        }
        Err(help_or_version) => {
            // A closed pipe (`earmark --help | head`) is no failure.
            let _ = help_or_version.print();
            return ExitCode::SUCCESS;
        }
    };
    match earmark_cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("earmark: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
