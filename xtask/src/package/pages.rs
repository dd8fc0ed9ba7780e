//! Manual pages and completions, which the program itself writes.

use std::path::Path;
use std::process::Command;

use super::contents::Contents;
use super::system::System;
use crate::error::TaskError;
use crate::run::{create_dir, remove_dir, run, target_dir};

/// Those in the folder `given`; else those that the program in `from` writes, where it runs here.
///
/// A program for another system cannot be asked: without `given` there are none then.
pub(super) fn pages(from: &Path, system: &System, given: Option<&Path>) -> Result<Contents, TaskError> {
    let mut pages = Contents::default();
    if let Some(folder) = given {
        pages.folder("", folder)?;
    } else if system.is_here() {
        let folder = target_dir()?.join("package").join("pages");
        remove_dir(&folder)?;
        create_dir(&folder)?;
        run(Command::new(from.join(system.program()))
            .arg("pages")
            .arg(&folder))?;
        pages.folder("", &folder)?;
    } else {
        println!(
            "    No manual pages: the program is for another system. Give those of this one with --pages FOLDER."
        );
    }
    Ok(pages)
}
