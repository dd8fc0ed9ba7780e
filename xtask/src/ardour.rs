//! The built VST3 in Ardour: its editor is used as by a newcomer, and automation is drawn into a session.

use std::path::Path;
use std::process::Command;

use crate::bundle::{bundle, program};
use crate::error::TaskError;
use crate::run::{Steps, run, target_dir};
use crate::{python, system};

/// The DAW itself. Its packages are large, so the tests of every change do without it.
const ARDOUR: &[&str] = &["ardour"];

/// Builds the bundles, unless they are to be taken as they are, and runs what is scripted in Ardour, on a screen without a monitor.
pub(crate) fn ardour(as_they_are: bool) -> Result<(), TaskError> {
    if let Some(reason) = python::unsupported() {
        println!("Ardour: SKIPPED, {reason}");
        return Ok(());
    }
    let mut steps = Steps::default();
    let packages = [&python::system_packages(), system::SCREEN, ARDOUR].concat();
    let ready = steps.step("system packages", || system::ensure(&packages));
    if !ready || !(as_they_are || steps.step("bundles", || bundle(&[]).map(drop))) {
        return steps.close();
    }
    for (what, script) in [
        ("automation", "ardour_automation.py"),
        ("the editor", "ardour_editor.py"),
    ] {
        steps.step(&format!("{what} in Ardour"), || {
            run(Command::new(python::interpreter()?)
                .arg(Path::new("tests/hosts").join(script))
                .env("EARMARK_BUNDLES", target_dir()?.join("bundled"))
                .env("EARMARK_COMMAND", program("earmark")?))
        });
    }
    steps.close()
}
