//! What the command makes of the example elsewhere, beside what it makes here.

use std::path::PathBuf;
use std::process::Command;

use super::difference;
use crate::error::TaskError;
use crate::run::{cargo, create_dir, remove_dir, run, target_dir};
use crate::system;

const EXAMPLE: &str = "examples/typing_over_speech.wav";
const QUERY: &str = "the sound of hitting the keyboard";

/// Separates the example with the command built here and with `theirs`, the command built for `system`, and says how far apart the
/// outputs are.
///
/// # Errors
/// [`TaskError::Differs`] when a sample is more than `near` of full scale apart, or is no number.
pub(super) fn compare(system: &str, theirs: Command, near: f32) -> Result<String, TaskError> {
    // What jack-sys asks for.
    system::ensure(&["pkg-config|pkgconf"])?;
    run(&mut cargo(["build", "--workspace", "--bin", "earmark"]))?;
    let out = target_dir()?.join("cross").join(format!("{system}-separated"));
    // The command replaces nothing that it did not make itself.
    remove_dir(&out)?;
    create_dir(&out)?;
    let parts = |name: &str| ["target", "rest"].map(|part| out.join(format!("{name}-{part}.wav")));
    let separate = |mut command: Command, [target, rest]: &[PathBuf; 2]| {
        command.args(["separate", EXAMPLE, QUERY, "-o"]);
        run(command.arg(target).arg("--rest").arg(rest))
    };
    let (here, there) = (parts("here"), parts(system));
    separate(Command::new(target_dir()?.join("debug").join("earmark")), &here)?;
    separate(theirs, &there)?;
    let mut largest = 0f32;
    for (one, other) in here.iter().zip(&there) {
        let apart = difference::largest(one, other)?;
        // NaN is no small difference.
        if apart.is_nan() || apart > near {
            return Err(TaskError::Differs(format!(
                "{} and {} are {apart:.1e} of full scale apart, and {near:.0e} is allowed",
                one.display(),
                other.display()
            )));
        }
        largest = largest.max(apart);
    }
    Ok(format!(
        "`earmark separate {EXAMPLE} \"{QUERY}\"` gives what it gives here to within {largest:.1e} of full scale"
    ))
}
