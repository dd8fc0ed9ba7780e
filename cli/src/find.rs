//! `earmark find`: when sounds that texts name are to be heard, in one file, several files or folders of them.

mod exports;
mod file;
mod formats;
mod made;
mod many;
mod report;
mod score;
mod setup;

use std::path::Path;

use crate::args::Find;
use crate::cancel;
use crate::error::CliError;
use crate::separate::file::{Watched, open};
use crate::separate::queries::Queries;
use exports::Exports;
use report::Report;
use setup::Setup;

/// Runs `earmark find`.
///
/// # Errors
/// A [`CliError`]. Of a file that failed nothing is written.
pub fn run(options: &Find) -> Result<(), CliError> {
    cancel::listen();
    if let (Some(list), Some(folder)) = (&options.score, &options.audio) {
        return score::run(options, list, folder);
    }
    let queries = Queries::of(options.query.iter().chain(&options.queries), Vec::new())?;
    let [input] = &options.inputs[..] else {
        return many::run(options, &queries);
    };
    if input.is_dir() {
        return many::run(options, &queries);
    }
    one(options, &queries, input).inspect_err(|error| {
        // Its sentence is said by whoever is told of the error.
        if options.json && !matches!(error, CliError::Stopped) {
            let failed = Report::Failed {
                input: input.display().to_string(),
                error: error.to_string(),
            };
            failed.print_line();
        }
    })
}

/// Searches one file.
fn one(options: &Find, queries: &Queries, input: &Path) -> Result<(), CliError> {
    let only_several = [
        ("--shard", options.shard.is_some()),
        ("--overwrite", options.overwrite),
        ("--jobs", options.jobs.is_some()),
    ];
    if let Some((option, _)) = only_several.into_iter().find(|(_, given)| *given) {
        return Err(CliError::OnlySeveral {
            option,
            path: input.to_owned(),
        });
    }
    // What is wrong with an output or the input is said before a model is loaded.
    let exports = Exports::of_one(options);
    exports.keep_apart(input)?;
    exports.check()?;
    let reader = open(input, options.track)?;
    let setup = Setup::new(options, queries)?;
    let found = setup.run(input, reader, &Watched::Alone(""))?;
    exports.write(&found)?;
    Report::Done(Box::new(found)).print(options.json);
    Ok(())
}
