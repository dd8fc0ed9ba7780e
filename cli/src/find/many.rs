//! Several files, and the files of folders.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use earmark_audio::FileError;

use super::exports::Exports;
use super::made::There;
use super::report::{Before, Found};
use super::setup::Setup;
use crate::args::Find;
use crate::cancel;
use crate::error::CliError;
use crate::inputs::{Crew, Many, Outcome, Source, Watched, check_several, number, open};
use crate::queries::Queries;

/// One file to search, and the files that say what was found.
struct Job {
    input: PathBuf,
    exports: Exports,
}

/// Searches every file that was not searched before.
///
/// # Errors
/// A [`CliError`] where nothing could be done, where some files failed, and where it was stopped.
pub(super) fn run(options: &Find, queries: &Queries) -> Result<(), CliError> {
    check_several(&options.inputs)?;
    check_folders(options)?;
    let (mut many, sources) = Many::<Found, Before>::of(&options.inputs, None, options.shard, options.json)?;
    let jobs = many.share(jobs(options, sources));
    let mut setup = Setup::new(options, queries)?;
    many.say_what_failed();
    let crew = Crew::of(options.threads, options.jobs, jobs.len());
    setup.threads = crew.threads;
    let search = |job: &Job, watched: &Watched| one(options, &setup, job, watched);
    let words = |done, skipped| format!("{done} files searched, {skipped} searched before\n");
    many.run(&jobs, crew.files, |job| &job.input, search, words)
}

/// Refuses names of files where folders are needed.
fn check_folders(options: &Find) -> Result<(), CliError> {
    let folders = [&options.output, &options.labels, &options.regions, &options.srt];
    match folders.into_iter().flatten().find(|folder| folder.is_file()) {
        Some(file) => Err(FileError::Unwritable {
            path: file.clone(),
            reason: "several files are searched, and each has a file of its own; name a folder".into(),
        }
        .into()),
        None => Ok(()),
    }
}

/// The jobs of a run. Two files that would have one name are told apart by a number of their places.
fn jobs(options: &Find, sources: Vec<Source>) -> Vec<Job> {
    // Some file systems take capitals and small letters for the same.
    let key = |name: &Path| name.to_string_lossy().to_lowercase();
    let mut count: HashMap<String, usize> = HashMap::new();
    for source in &sources {
        *count.entry(key(&source.name)).or_default() += 1;
    }
    let job = |source: Source| {
        let mut name = source.name;
        if count[&key(&name)] > 1 {
            let place = source.path.canonicalize().unwrap_or_else(|_| source.path.clone());
            let mut apart = name.into_os_string();
            apart.push(format!(" ({})", number(&place.to_string_lossy())));
            name = apart.into();
        }
        Job {
            exports: Exports::of_many(options, &name),
            input: source.path,
        }
    };
    sources.into_iter().map(job).collect()
}

/// Searches one file, if the same was not done before.
fn one(
    options: &Find,
    setup: &Setup,
    job: &Job,
    watched: &Watched,
) -> Result<Outcome<Found, Before>, CliError> {
    cancel::check()?;
    job.exports.keep_apart(&job.input)?;
    if let Some(json) = job.exports.json().filter(|_| !options.overwrite) {
        match setup.made(&job.input).look(json) {
            There::Done(found) => {
                // Exports that are there may have been worked on since.
                job.exports.make_folders()?;
                job.exports.missing().write_again(&found)?;
                return Ok(Outcome::Skipped(Before(found)));
            }
            There::Anothers => {
                return Err(FileError::Unwritable {
                    path: json.to_owned(),
                    reason: "there is a file that does not say what was found in this one; move it, or use --overwrite".into(),
                }
                .into());
            }
            There::Nothing | There::Outdated => {}
        }
    }
    let reader = open(&job.input, options.track)?;
    let found = setup.run(&job.input, reader, watched)?;
    job.exports.make_folders()?;
    job.exports.write(&found)?;
    Ok(Outcome::Done(found))
}
