//! Several files, and the files of folders: what was not done before is done side by side, and all is reported in order.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::source::{self, Listing};
use super::{Report, Said, Source, Watched, side_by_side};
use crate::args::Shard;
use crate::error::CliError;
use crate::{output, progress};

/// What became of a file.
pub(crate) enum Outcome<D, S> {
    /// It was done.
    Done(D),
    /// It was done before.
    Skipped(S),
}

/// A run over several files, which says `D` of those that it has done and `S` of those that were done before.
pub(crate) struct Many<D, S> {
    shard: Option<Shard>,
    as_json: bool,
    /// What could not be looked into.
    failed: Vec<(PathBuf, CliError)>,
    counts: Counts,
    says: PhantomData<fn(D, S)>,
}

/// What became of the files of a run.
#[derive(Default)]
struct Counts {
    done: usize,
    skipped: usize,
    failed: usize,
}

/// Refuses standard input among several files, before any of them is looked at.
///
/// # Errors
/// [`CliError::StandardAmongOthers`].
pub(crate) fn check_several(inputs: &[PathBuf]) -> Result<(), CliError> {
    match inputs.iter().any(|input| source::is_standard(input)) {
        true => Err(CliError::StandardAmongOthers),
        false => Ok(()),
    }
}

impl<D: Said + Send, S: Said + Send> Many<D, S> {
    /// Lists the inputs but for those in `except`, and says what of them is passed over. Returns the run and its files, all of them:
    /// names are given to all before they are shared ([`Many::share`]).
    ///
    /// # Errors
    /// [`CliError::NoSounds`].
    pub(crate) fn of(
        inputs: &[PathBuf],
        except: Option<&Path>,
        shard: Option<Shard>,
        as_json: bool,
    ) -> Result<(Self, Vec<Source>), CliError> {
        let Listing {
            sources,
            mut passed_over,
            mut failed,
        } = source::list(inputs, except);
        // What is not read, or could not be looked into, is said by the first machine, once.
        let nothing = sources.is_empty() && failed.is_empty();
        if shard.is_some_and(|shard| shard.number > 1) {
            passed_over.clear();
            failed.clear();
        }
        for (path, reason) in passed_over {
            let report: Report<D, S> = Report::PassedOver {
                input: path.display().to_string(),
                reason,
            };
            report.print(as_json);
        }
        if nothing {
            return Err(CliError::NoSounds {
                path: inputs[0].clone(),
            });
        }
        let many = Many {
            shard,
            as_json,
            failed,
            counts: Counts::default(),
            says: PhantomData,
        };
        Ok((many, sources))
    }

    /// The part of `all` that this machine does.
    pub(crate) fn share<T>(&self, all: Vec<T>) -> Vec<T> {
        source::share(all, self.shard)
    }

    /// Says what could not be looked into.
    pub(crate) fn say_what_failed(&mut self) {
        for (path, error) in std::mem::take(&mut self.failed) {
            self.fail(&path, &error);
        }
    }

    /// Does the jobs, `at_once` at a time, and says what became of all, in their order. `input` tells a job's file, `words` what to
    /// say in the end of how many were done now and before.
    ///
    /// # Errors
    /// [`CliError::StoppedBetween`] and [`CliError::SomeFailed`].
    pub(crate) fn run<J: Sync>(
        mut self,
        jobs: &[J],
        at_once: usize,
        input: impl Fn(&J) -> &Path,
        work: impl Fn(&J, &Watched) -> Result<Outcome<D, S>, CliError> + Sync,
        words: impl Fn(usize, usize) -> String,
    ) -> Result<(), CliError> {
        let at_once = at_once.min(jobs.len());
        let bar = progress::bar(
            (at_once > 1).then_some(jobs.len() as u64),
            "{pos} of {len} files, {eta} left",
        );
        if at_once <= 1 {
            bar.finish_and_clear();
        }
        let begin = |i: usize, job: &J| -> Result<Outcome<D, S>, CliError> {
            let so_far = format!("file {} of {}: ", i + 1, jobs.len());
            let watched = if at_once > 1 {
                Watched::AmongOthers
            } else {
                Watched::Alone(&so_far)
            };
            work(job, &watched)
        };
        let goes_on = |result: &Result<_, CliError>| !matches!(result, Err(CliError::Stopped));
        let mut stopped = false;
        side_by_side::run(jobs, at_once, begin, goes_on, |job, result| {
            bar.suspend(|| match result {
                Ok(Outcome::Done(done)) => {
                    self.counts.done += 1;
                    Report::<D, S>::Done(Box::new(done)).print(self.as_json);
                }
                Ok(Outcome::Skipped(skipped)) => {
                    self.counts.skipped += 1;
                    Report::<D, S>::Skipped(skipped).print(self.as_json);
                }
                Err(CliError::Stopped) => stopped = true,
                Err(error) => self.fail(input(job), &error),
            });
            bar.inc(1);
        });
        bar.finish_and_clear();
        let Counts {
            done,
            skipped,
            failed,
        } = self.counts;
        if stopped {
            return Err(CliError::StoppedBetween {
                done,
                of: jobs.len() - skipped,
            });
        }
        if failed > 0 {
            return Err(CliError::SomeFailed {
                failed,
                of: done + skipped + failed,
            });
        }
        if !self.as_json {
            output::text(&words(done, skipped));
        }
        Ok(())
    }

    fn fail(&mut self, input: &Path, error: &CliError) {
        self.counts.failed += 1;
        Report::<D, S>::failed(input, error).print(self.as_json);
    }
}
