//! Several files, and the files of folders.

use std::path::{Path, PathBuf};

use super::job::Job;
use super::plan::Naming;
use super::report::{Done, Written};
use super::setup::Setup;
use super::stamp::Found;
use super::{check_bits, check_folder, make_folder};
use crate::args::Separate;
use crate::cancel;
use crate::error::CliError;
use crate::inputs::{Crew, Many, Outcome, Source, Watched, check_several, open};

/// Separates every file whose outputs are not there yet.
///
/// # Errors
/// A [`CliError`] where nothing could be done, where some files failed, and where it was stopped.
pub(super) fn run(options: &Separate, naming: &Naming) -> Result<(), CliError> {
    check(options)?;
    let (mut many, sources) = Many::<Done, Written>::of(
        &options.inputs,
        options.output.as_deref(),
        options.shard,
        options.json,
    )?;
    let folder = |source: &Source| match &options.output {
        Some(output) => output.clone(),
        None => source.path.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let inputs = sources.into_iter().map(|source| {
        let folder = folder(&source);
        (source, folder)
    });
    let jobs = many.share(naming.jobs(inputs.collect()));
    // Two queries that are one, and bits that no file can have, are nothing that a single file is to blame for.
    if let Some(first) = jobs.first() {
        first.keep_apart()?;
        check_bits(options, first)?;
    }
    let mut setup = Setup::new(options, naming.queries)?;
    many.say_what_failed();
    let jobs = with_what_is_there(options, &setup, jobs);
    // With --live each runs at the speed of the sound, and beside others it would be late.
    let at_once = options.jobs.or(setup.live.is_some().then_some(1));
    let crew = Crew::of(options.threads, at_once, jobs.len());
    setup.threads = crew.threads;
    let separate = |(job, is_finished): &(Job, bool), watched: &Watched| {
        if *is_finished {
            return Ok(Outcome::Skipped(setup.written(job)));
        }
        cancel::check()?;
        make_folder(job.files[0].path.parent().unwrap_or(Path::new("")))?;
        job.keep_apart()?;
        let reader = open(&job.input, options.track)?;
        setup.run(job, reader, watched).map(Outcome::Done)
    };
    let words = |done, skipped| format!("{done} files separated, {skipped} finished before\n");
    many.run(&jobs, crew.files, |(job, _)| &job.input, separate, words)
}

/// Refuses what makes no sense for several files, before any of them is looked at.
fn check(options: &Separate) -> Result<(), CliError> {
    check_several(&options.inputs)?;
    if let Some(Some(path)) = &options.rest {
        return Err(CliError::RestOfMany { path: path.clone() });
    }
    match (
        &options.output,
        options.inputs.iter().find(|input| input.is_dir()),
    ) {
        (None, Some(folder)) => Err(CliError::NoOutputFolder { path: folder.clone() }),
        (None, None) => Ok(()),
        (Some(output), _) => {
            let same =
                |input: &PathBuf| input.is_dir() && output.canonicalize().ok() == input.canonicalize().ok();
            if options.inputs.iter().any(same) {
                return Err(CliError::SameFolder { path: output.clone() });
            }
            check_folder(output)
        }
    }
}

/// Which jobs are done: their outputs are there and say that the same command made them. Says how many are made again, and why.
fn with_what_is_there(options: &Separate, setup: &Setup, jobs: Vec<Job>) -> Vec<(Job, bool)> {
    let (mut outdated, mut why) = (0, None);
    let mut is_finished = |job: &Job| {
        if options.overwrite {
            return false;
        }
        let found: Vec<Found> = job
            .files
            .iter()
            .map(|file| setup.stamp(job, &file.part).look(&file.path))
            .collect();
        let reason = found.iter().find_map(|found| match found {
            Found::Outdated(reason) => Some(*reason),
            Found::Nothing | Found::Done => None,
        });
        outdated += usize::from(reason.is_some());
        why = why.or(reason);
        found.iter().all(|found| *found == Found::Done)
    };
    let jobs = jobs.into_iter().map(|job| {
        let is_finished = is_finished(&job);
        (job, is_finished)
    });
    let jobs = jobs.collect();
    if let Some(why) = why {
        eprintln!(
            "earmark: The outputs of {outdated} files are there but not as this command makes them ({why}); they are made again."
        );
    }
    jobs
}
