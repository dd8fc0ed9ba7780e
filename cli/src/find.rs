//! `earmark find`: when sounds that texts name are to be heard, in one file, several files or folders of them.

mod exports;
mod file;
mod made;
mod many;
mod report;
mod score;
mod setup;

use std::path::Path;

use crate::args::Find;
use crate::cancel;
use crate::error::CliError;
use crate::examples::Named;
use crate::inputs::{Report, Watched, check_alone, open};
use crate::queries::Queries;
use exports::Exports;
use report::{Before, Found};
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
    let examples = Named::of(&options.examples)?;
    let queries = Queries::of(options.query.iter().chain(&options.queries), examples)?;
    let [input] = &options.inputs[..] else {
        return many::run(options, &queries);
    };
    if input.is_dir() {
        return many::run(options, &queries);
    }
    let found = one(options, &queries, input)
        .inspect_err(|error| Report::<Found, Before>::print_alone(input, error, options.json))?;
    Report::<Found, Before>::Done(Box::new(found)).print(options.json);
    Ok(())
}

/// Searches one file.
fn one(options: &Find, queries: &Queries, input: &Path) -> Result<Found, CliError> {
    let only_several = [
        ("--shard", options.shard.is_some()),
        ("--overwrite", options.overwrite),
        ("--jobs", options.jobs.is_some()),
    ];
    check_alone(&only_several, input)?;
    // What is wrong with an output or the input is said before a model is loaded.
    let exports = Exports::of_one(options);
    exports.keep_apart(input)?;
    exports.check()?;
    let reader = open(input, options.track)?;
    let setup = Setup::new(options, queries)?;
    let found = setup.run(input, reader, &Watched::Alone(""))?;
    exports.write(&found)?;
    Ok(found)
}
