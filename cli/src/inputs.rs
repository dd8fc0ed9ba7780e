//! What commands that read sound files have in common: which files are read, how one is read, and a run over several of them.

mod identity;
mod many;
mod opened;
mod reading;
mod report;
mod side_by_side;
mod source;
mod span;
mod threads;

use std::path::Path;

pub(crate) use identity::{Identity, number};
pub(crate) use many::{Many, Outcome, check_several};
pub(crate) use opened::{in_words_for_files, open};
pub(crate) use reading::{Heard, Watched, hear};
pub(crate) use report::{Report, Said};
pub(crate) use source::{Source, is_sound, is_standard};
pub(crate) use span::{Cut, Span};
pub(crate) use threads::{Crew, all};

use crate::error::CliError;

/// Refuses options for several inputs where `path` is the only one.
///
/// # Errors
/// [`CliError::OnlySeveral`] names the first one that is given.
pub(crate) fn check_alone(options: &[(&'static str, bool)], path: &Path) -> Result<(), CliError> {
    match options.iter().find(|(_, given)| *given) {
        Some(&(option, _)) => Err(CliError::OnlySeveral {
            option,
            path: path.to_owned(),
        }),
        None => Ok(()),
    }
}
