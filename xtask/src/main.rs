//! `cargo xtask`: everything around the code that Cargo alone does not do.
//!
//! Light on purpose: it depends on the bundler and what archives need, and on nothing of Earmark itself, so that a fresh clone gets from
//! `cargo xtask demo` to its first word in seconds.

use std::process::ExitCode;
use std::time::Instant;

use error::TaskError;

mod ardour;
mod bundle;
mod cross;
mod demo;
mod error;
mod install;
mod package;
mod python;
mod room;
mod run;
mod soak;
mod system;
mod test;
mod validate;

const USAGE: &str = "\
Usage: cargo xtask <COMMAND>

Commands:
  bundle [CARGO OPTIONS]   Build the VST3 and the CLAP into target/bundled (with optimisation, unless told otherwise)
  demo                     Build them, play examples/ through the CLAP as a DAW would, write target/demo
  test                     Formatting, lints, unit, golden and host tests
  ardour [--as-built]      Build them, unless they are to be taken as they are, and use the VST3 in Ardour 7: its editor, and
                           automation
  cross SYSTEM             Build and test for another system, arm64, macos or windows, on Debian as root. For windows,
                           --all runs every test there is
  soak [HOURS]             A session of 8 hours, or so many, with the CLAP, as fast as it goes: minutes
  soak --paced [HOURS]     An hour, or so many, at the pace of a sound card, compared with an offline render bit by bit
  validate                 Run clap-validator, Steinberg's validator and pluginval over them, those that are there
  package [OPTIONS]        Build and write the archives that people download into target/package. --target SYSTEM: for
                           another one; --from FOLDER: what is built already; --pages FOLDER: what `earmark pages` wrote
  install                  Put the plug-ins where DAWs look for them and the `earmark` command on the PATH";

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[] as &[String]),
    };
    match dispatch(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(TaskError::Usage { given }) => {
            if !given.is_empty() {
                eprintln!("cargo xtask: there is no command `{given}`.\n");
            }
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!(
                "\ncargo xtask {command} failed after {}: {error}",
                run::clock(started.elapsed())
            );
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<(), TaskError> {
    match command {
        "--help" | "-h" | "help" => {
            println!("{USAGE}");
            return Ok(());
        }
        "bundle" | "package" => {}
        "cross" if !rest.is_empty() => {}
        "soak" if rest.len() <= 2 => {}
        "ardour" if rest == ["--as-built"] => {}
        "ardour" | "demo" | "test" | "validate" | "install" if rest.is_empty() => {}
        "ardour" | "demo" | "test" | "soak" | "validate" | "install" | "cross" => {
            return Err(TaskError::Usage {
                given: format!("{command} {}", rest.join(" ")),
            });
        }
        other => {
            return Err(TaskError::Usage {
                given: other.to_owned(),
            });
        }
    }
    run::enter_workspace()?;
    match command {
        "bundle" => bundle::bundle(rest).map(drop),
        "ardour" => ardour::ardour(!rest.is_empty()),
        "demo" => demo::demo(),
        "test" => test::test(),
        "cross" => cross::cross(rest),
        "soak" => soak::soak(rest),
        "validate" => validate::validate(),
        "package" => package::package(rest),
        _ => install::install(),
    }
}
