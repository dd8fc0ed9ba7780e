//! Several files, and the files of folders.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use super::file::{self, Watched};
use super::job::Job;
use super::plan::Naming;
use super::report::{Done, Report};
use super::setup::Setup;
use super::source::{self, Listing, is_standard};
use super::stamp::Found;
use super::{check_bits, check_folder, make_folder, side_by_side};
use crate::args::Separate;
use crate::error::CliError;
use crate::{cancel, output, progress};

/// What became of the files of a run.
#[derive(Default)]
struct Counts {
    done: usize,
    skipped: usize,
    failed: usize,
}

/// Separates every file whose outputs are not there yet.
///
/// # Errors
/// A [`CliError`] where nothing could be done, where some files failed, and where it was stopped.
pub(super) fn run(options: &Separate, naming: &Naming) -> Result<(), CliError> {
    check(options)?;
    let listing = source::list(&options.inputs, options.output.as_deref());
    say_what_is_passed_over(options, &listing);
    if listing.sources.is_empty() && listing.failed.is_empty() {
        return Err(CliError::NoSounds {
            path: options.inputs[0].clone(),
        });
    }
    let folder = |source: &source::Source| match &options.output {
        Some(output) => output.clone(),
        None => source.path.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let inputs = listing.sources.into_iter().map(|source| {
        let folder = folder(&source);
        (source, folder)
    });
    // Names are given to all files before they are shared: they are the same for every machine.
    let jobs = source::share(naming.jobs(inputs.collect()), options.shard);
    // Two queries that are one, and bits that no file can have, are nothing that a single file is to blame for.
    if let Some(first) = jobs.first() {
        first.keep_apart()?;
        check_bits(options, first)?;
    }
    let setup = Setup::new(options, naming.queries)?;

    let mut counts = Counts::default();
    // What could not be looked into is said by the first machine, once.
    if options.shard.is_none_or(|shard| shard.number == 1) {
        for (path, error) in &listing.failed {
            counts.fail(path, error, options.json);
        }
    }
    let finished = finished(options, &setup, &jobs);
    let stopped = separate(options, &setup, &jobs, &finished, &mut counts);
    if stopped {
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
        output::text(&format!("{done} files separated, {skipped} finished before\n"));
    }
    Ok(())
}

/// Refuses what makes no sense for several files, before any of them is looked at.
fn check(options: &Separate) -> Result<(), CliError> {
    if options.inputs.iter().any(|input| is_standard(input)) {
        return Err(CliError::StandardAmongOthers);
    }
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

fn say_what_is_passed_over(options: &Separate, listing: &Listing) {
    if options.shard.is_none_or(|shard| shard.number == 1) {
        for (path, reason) in &listing.passed_over {
            let passed_over = Report::PassedOver {
                input: path.display().to_string(),
                reason: reason.clone(),
            };
            passed_over.print(options.json);
        }
    }
}

/// Which jobs are done: their outputs are there and say that the same command made them. Says how many are made again, and why.
fn finished(options: &Separate, setup: &Setup, jobs: &[Job]) -> Vec<bool> {
    if options.overwrite {
        return vec![false; jobs.len()];
    }
    let (mut outdated, mut why) = (0, None);
    let finished = jobs
        .iter()
        .map(|job| {
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
        })
        .collect();
    if let Some(why) = why {
        eprintln!(
            "earmark: The outputs of {outdated} files are there but not as this command makes them ({why}); they are made again."
        );
    }
    finished
}

/// Does the jobs that are not finished, and says what became of all, in their order. Returns whether it was stopped.
fn separate(options: &Separate, setup: &Setup, jobs: &[Job], finished: &[bool], counts: &mut Counts) -> bool {
    let at_once = options
        .jobs
        .map_or_else(|| usual_jobs(setup), usize::from)
        .min(jobs.len());
    let bar = progress::bar(
        (at_once > 1).then_some(jobs.len() as u64),
        "{pos} of {len} files, {eta} left",
    );
    if at_once <= 1 {
        bar.finish_and_clear();
    }
    let work = |i: usize, job: &Job| -> Result<Option<Done>, CliError> {
        if finished[i] {
            return Ok(None);
        }
        cancel::check()?;
        let so_far = format!("file {} of {}: ", i + 1, jobs.len());
        let watched = if at_once > 1 {
            Watched::AmongOthers
        } else {
            Watched::Alone(&so_far)
        };
        make_folder(job.files[0].path.parent().unwrap_or(Path::new("")))?;
        job.keep_apart()?;
        let reader = file::open(&job.input, options.track)?;
        setup.run(job, reader, &watched).map(Some)
    };
    let goes_on = |result: &Result<Option<Done>, CliError>| !matches!(result, Err(CliError::Stopped));
    let mut stopped = false;
    side_by_side::run(jobs, at_once, work, goes_on, |job, result| {
        bar.suspend(|| match result {
            Ok(Some(done)) => {
                counts.done += 1;
                Report::Done(Box::new(done)).print(options.json);
            }
            Ok(None) => {
                counts.skipped += 1;
                Report::Skipped(setup.written(job)).print(options.json);
            }
            Err(CliError::Stopped) => stopped = true,
            Err(error) => counts.fail(&job.input, &error, options.json),
        });
        bar.inc(1);
    });
    bar.finish_and_clear();
    stopped
}

/// As many files at once as the processors have room for, where each keeps the threads of its model busy. With --live each runs at the
/// speed of the sound, and beside others it would be late.
fn usual_jobs(setup: &Setup) -> usize {
    if setup.live {
        return 1;
    }
    let processors = available_parallelism().map_or(1, |count| count.get());
    (processors / setup.separator.threads().max(1)).max(1)
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
