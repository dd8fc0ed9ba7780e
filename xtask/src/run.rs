//! Running programs and keeping the time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::TaskError;
use crate::room;

/// Makes the workspace the current folder, wherever `cargo xtask` was called.
pub(crate) fn enter_workspace() -> Result<(), TaskError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    std::env::set_current_dir(root).map_err(|source| TaskError::File {
        action: "enter",
        path: root.to_owned(),
        source,
    })
}

/// Where Cargo builds, as an absolute path.
pub(crate) fn target_dir() -> Result<PathBuf, TaskError> {
    let path = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    std::path::absolute(&path).map_err(|source| TaskError::File {
        action: "find",
        path,
        source,
    })
}

/// The Cargo that runs this task, so that a chosen toolchain stays the chosen one.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a program to its end with this task's own input and output.
pub(crate) fn run(command: &mut Command) -> Result<(), TaskError> {
    println!("    $ {}", line(command));
    let status = command.status().map_err(|source| TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::Failed {
            command: line(command),
            status,
        })
    }
}

/// What a program prints.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, TaskError> {
    println!("    $ {}", line(command));
    let output = command.output().map_err(|source| TaskError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Err(TaskError::Failed {
        command: line(command),
        status: output.status,
    })
}

/// Whether a program can be started and says yes. What it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Creates a folder and those above it.
pub(crate) fn create_dir(path: &Path) -> Result<(), TaskError> {
    std::fs::create_dir_all(path).map_err(|source| TaskError::File {
        action: "create",
        path: path.to_owned(),
        source,
    })
}

/// Removes a folder and all that is in it, where there is one.
pub(crate) fn remove_dir(path: &Path) -> Result<(), TaskError> {
    if !path.exists() {
        return Ok(());
    }
    std::fs::remove_dir_all(path).map_err(|source| TaskError::File {
        action: "remove",
        path: path.to_owned(),
        source,
    })
}

/// What is in a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TaskError> {
    std::fs::read(path).map_err(|source| TaskError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), TaskError> {
    std::fs::write(path, bytes).map_err(|source| TaskError::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// `75 s` as `1 min 15 s`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f32())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// A list of steps: each is announced, timed and kept for the closing summary. A failed step does not stop the next,
/// so that one run names everything that is broken.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration, bool)>,
}

impl Steps {
    /// Runs one step and says whether it went well.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<(), TaskError>) -> bool {
        println!("\n==> {name}");
        let started = Instant::now();
        let result = work();
        let time = started.elapsed();
        match &result {
            Ok(()) => println!("==> {name}: passed in {}", clock(time)),
            Err(error) => {
                println!("==> {name}: FAILED after {}: {error}", clock(time));
                if let Some(warning) = room::warning() {
                    println!("    {warning}");
                }
            }
        }
        self.done.push((name.to_owned(), time, result.is_ok()));
        result.is_ok()
    }

    /// Prints the summary, its last line in words that a log can be searched for.
    pub(crate) fn close(self) -> Result<(), TaskError> {
        println!();
        for (name, time, passed) in &self.done {
            println!(
                "{} {name} ({})",
                if *passed { "  ok    " } else { "  FAILED" },
                clock(*time)
            );
        }
        let total = self.done.len();
        let time = clock(self.done.iter().map(|(_, time, _)| *time).sum());
        let failed: Vec<String> = self
            .done
            .into_iter()
            .filter(|(_, _, passed)| !passed)
            .map(|(name, _, _)| name)
            .collect();
        if failed.is_empty() {
            println!("All {total} steps passed in {time}.");
            Ok(())
        } else {
            Err(TaskError::Steps { failed, total })
        }
    }
}
