//! Building and testing for systems that this is not, as far as that can be done from a Debian.

mod arm64;
mod debian;
mod difference;
mod every_change;
mod macos;
mod rustup;
mod separated;
mod windows;

pub(crate) use every_change::check;

use crate::error::TaskError;
use crate::run::Steps;

/// All that is built for another system, in every call: Cargo compiles a dependency with the features that all packages of a call
/// ask for.
const PACKAGES: &[&str] = &[
    "earmark-kernels",
    "earmark-models",
    "earmark-audio",
    "earmark-engine",
    "earmark-queries",
    "earmark-state",
    "earmark-controls",
    "earmark-library",
    "earmark-cli",
    "earmark-gui",
    "earmark-formats",
    "earmark-plugin",
    "earmark-tests",
];

/// Builds and tests for the system that `words` name, and ends with what that has proved.
pub(crate) fn cross(words: &[String]) -> Result<(), TaskError> {
    let mut proof = Proof::default();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["arm64"] => arm64::prove(&mut proof)?,
        ["macos"] => macos::prove(&mut proof)?,
        ["windows"] => windows::prove(&mut proof, false)?,
        ["windows", "--all"] => windows::prove(&mut proof, true)?,
        _ => {
            return Err(TaskError::Usage {
                given: format!("cross {}", words.join(" ")),
            });
        }
    }
    proof.close()
}

/// The steps, and in sentences what each has shown.
#[derive(Default)]
struct Proof {
    steps: Steps,
    shown: Vec<String>,
    left: Vec<&'static str>,
}

impl Proof {
    /// Runs a step, which ends with what it has shown, and says whether it went well.
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String, TaskError>) -> bool {
        let shown = &mut self.shown;
        self.steps.step(name, || {
            shown.push(work()?);
            Ok(())
        })
    }

    /// Notes what cannot be shown here.
    fn left(&mut self, what: &'static str) {
        self.left.push(what);
    }

    fn close(self) -> Result<(), TaskError> {
        println!("\nProved:");
        for shown in self.shown {
            println!("  {shown}");
        }
        if !self.left.is_empty() {
            println!("Not proved:");
        }
        for left in self.left {
            println!("  {left}");
        }
        self.steps.close()
    }
}
