//! Several files, and the files of folders.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use earmark_audio::FileError;
use serde_json::Value;

use super::exports::Exports;
use super::made::There;
use super::report::{Found, Report};
use super::setup::Setup;
use crate::args::Find;
use crate::error::CliError;
use crate::separate::file::{Watched, open};
use crate::separate::names;
use crate::separate::queries::Queries;
use crate::separate::side_by_side;
use crate::separate::source::{self, Source, is_standard};
use crate::{cancel, output, progress};

/// One file to search, and the files that say what was found.
struct Job {
    input: PathBuf,
    exports: Exports,
}

/// What became of a file.
enum Outcome {
    /// It was searched.
    Done(Box<Found>),
    /// It was searched before; what was found then.
    Skipped(Value),
}

/// What became of the files of a run.
#[derive(Default)]
struct Counts {
    done: usize,
    skipped: usize,
    failed: usize,
}

/// Searches every file that was not searched before.
///
/// # Errors
/// A [`CliError`] where nothing could be done, where some files failed, and where it was stopped.
pub(super) fn run(options: &Find, queries: &Queries) -> Result<(), CliError> {
    if options.inputs.iter().any(|input| is_standard(input)) {
        return Err(CliError::StandardAmongOthers);
    }
    check_folders(options)?;
    let listing = source::list(&options.inputs, None);
    // What is not read, or could not be looked into, is said by the first machine, once.
    let is_first = options.shard.is_none_or(|shard| shard.number == 1);
    for (path, reason) in listing.passed_over.iter().filter(|_| is_first) {
        let passed_over = Report::PassedOver {
            input: path.display().to_string(),
            reason: reason.clone(),
        };
        passed_over.print(options.json);
    }
    if listing.sources.is_empty() && listing.failed.is_empty() {
        return Err(CliError::NoSounds {
            path: options.inputs[0].clone(),
        });
    }
    // Names are given to all files before they are shared: they are the same for every machine.
    let jobs = source::share(jobs(options, listing.sources), options.shard);
    let setup = Setup::new(options, queries)?;
    let mut counts = Counts::default();
    for (path, error) in listing.failed.iter().filter(|_| is_first) {
        counts.fail(path, error, options.json);
    }
    if search(options, &setup, &jobs, &mut counts) {
        return Err(CliError::StoppedBetween {
            done: counts.done,
            of: jobs.len() - counts.skipped,
        });
    }
    if counts.failed > 0 {
        return Err(CliError::SomeFailed {
            failed: counts.failed,
            of: counts.done + counts.skipped + counts.failed,
        });
    }
    if !options.json {
        let Counts { done, skipped, .. } = counts;
        output::text(&format!("{done} files searched, {skipped} searched before\n"));
    }
    Ok(())
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
            apart.push(format!(" ({})", names::number(&place.to_string_lossy())));
            name = apart.into();
        }
        Job {
            exports: Exports::of_many(options, &name),
            input: source.path,
        }
    };
    sources.into_iter().map(job).collect()
}

/// Does the jobs, and says what became of all, in their order. Returns whether it was stopped.
fn search(options: &Find, setup: &Setup, jobs: &[Job], counts: &mut Counts) -> bool {
    let processors = available_parallelism().map_or(1, |count| count.get());
    let usual = (processors / setup.separator.threads().max(1)).max(1);
    let at_once = options.jobs.map_or(usual, usize::from).min(jobs.len());
    let bar = progress::bar(
        (at_once > 1).then_some(jobs.len() as u64),
        "{pos} of {len} files, {eta} left",
    );
    if at_once <= 1 {
        bar.finish_and_clear();
    }
    let work = |i: usize, job: &Job| -> Result<Outcome, CliError> {
        cancel::check()?;
        let so_far = format!("file {} of {}: ", i + 1, jobs.len());
        let watched = if at_once > 1 {
            Watched::AmongOthers
        } else {
            Watched::Alone(&so_far)
        };
        one(options, setup, job, &watched)
    };
    let goes_on = |result: &Result<Outcome, CliError>| !matches!(result, Err(CliError::Stopped));
    let mut stopped = false;
    side_by_side::run(jobs, at_once, work, goes_on, |job, result| {
        bar.suspend(|| match result {
            Ok(Outcome::Done(found)) => {
                counts.done += 1;
                Report::Done(found).print(options.json);
            }
            Ok(Outcome::Skipped(found)) => {
                counts.skipped += 1;
                Report::Skipped(found).print(options.json);
            }
            Err(CliError::Stopped) => stopped = true,
            Err(error) => counts.fail(&job.input, &error, options.json),
        });
        bar.inc(1);
    });
    bar.finish_and_clear();
    stopped
}

/// Searches one file, if the same was not done before.
fn one(options: &Find, setup: &Setup, job: &Job, watched: &Watched) -> Result<Outcome, CliError> {
    job.exports.keep_apart(&job.input)?;
    if let Some(json) = job.exports.json().filter(|_| !options.overwrite) {
        match setup.made(&job.input).look(json) {
            There::Done(found) => {
                // Exports that are there may have been worked on since.
                job.exports.make_folders()?;
                job.exports.missing().write_again(&found)?;
                return Ok(Outcome::Skipped(found));
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
    Ok(Outcome::Done(Box::new(found)))
}

impl Counts {
    fn fail(&mut self, input: &Path, error: &CliError, as_json: bool) {
        self.failed += 1;
        let failure = Report::Failed {
            input: input.display().to_string(),
            error: error.to_string(),
        };
        failure.print(as_json);
    }
}
