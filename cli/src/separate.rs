//! `earmark separate`: the sounds that texts name, or everything but them, out of a file or a folder of files.

mod folder;
mod job;
mod names;
mod queries;
mod report;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use earmark_audio::{FileError, Reader};
use earmark_controls::Quality;
use earmark_engine::Query;

use crate::args::{DEFAULT_BLOCK, Mode, Separate};
use crate::cancel;
use crate::error::CliError;
use crate::model::Model;
use crate::through::OFFLINE_BLOCK;
use job::{Job, Setup};
use queries::Queries;
use report::Report;

/// Runs `earmark separate`.
///
/// # Errors
/// A [`CliError`]. Of a file that failed no output exists, unless it did before.
pub fn run(options: &Separate) -> Result<(), CliError> {
    cancel::listen();
    let queries = Queries::of(options.query.iter().chain(&options.queries))?;
    if options.input.is_dir() {
        return every(options, &queries);
    }
    let only_folders = [
        ("--shard", options.shard.is_some()),
        ("--overwrite", options.overwrite),
    ];
    if let Some((option, _)) = only_folders.into_iter().find(|(_, given)| *given) {
        return Err(CliError::OnlyFolders {
            option,
            path: options.input.clone(),
        });
    }
    one(options, &queries)
}

/// Separates one file.
fn one(options: &Separate, queries: &Queries) -> Result<(), CliError> {
    // What is wrong with the input is said before an output is named or a model is loaded.
    Reader::open(&options.input)?;
    let several = names::outputs(Path::new(""), Path::new(""), queries, options.mode).len() > 1;
    let beside = options.input.parent().unwrap_or(Path::new(""));
    let name = PathBuf::from(options.input.file_stem().unwrap_or_default());
    let folder = match options.output.as_deref() {
        Some(output) if several => output,
        Some(output) => output.parent().unwrap_or(Path::new("")),
        None => beside,
    };
    let job = Job {
        outputs: match &options.output {
            Some(output) if !several => vec![output.clone()],
            _ => names::outputs(folder, &name, queries, options.mode),
        },
        rest: options.rest.as_ref().map(|rest| match rest {
            Some(path) => path.clone(),
            None => names::rest(folder, &name, queries, options.mode),
        }),
        input: options.input.clone(),
    };
    if several {
        check_folder(folder)?;
    }
    job.keep_apart()?;
    let setup = setup(options, queries)?;
    if several {
        make_folder(folder)?;
    }
    let done = setup.run(&job, "")?;
    Report::Done(done).print(options.json);
    Ok(())
}

/// Separates every file of a folder whose outputs are not there yet.
fn every(options: &Separate, queries: &Queries) -> Result<(), CliError> {
    let Some(output) = options.output.as_deref() else {
        return Err(CliError::NoOutputFolder {
            path: options.input.clone(),
        });
    };
    if let Some(Some(path)) = &options.rest {
        return Err(CliError::RestOfMany { path: path.clone() });
    }
    if output.canonicalize().ok() == options.input.canonicalize().ok() {
        return Err(CliError::SameFolder {
            path: output.to_owned(),
        });
    }
    check_folder(output)?;
    let listing = folder::list(&options.input, output);
    if listing.sources.is_empty() && listing.failed.is_empty() {
        return Err(CliError::NoSounds {
            path: options.input.clone(),
        });
    }
    let job = |source: folder::Source| Job {
        outputs: names::outputs(output, &source.name, queries, options.mode),
        rest: options
            .rest
            .as_ref()
            .map(|_| names::rest(output, &source.name, queries, options.mode)),
        input: source.path,
    };
    let jobs: Vec<Job> = folder::share(listing.sources, options.shard)
        .into_iter()
        .map(job)
        .collect();
    // Two queries that make one name are nothing that a single file is to blame for.
    if let Some(first) = jobs.first() {
        first.keep_apart()?;
    }
    let setup = setup(options, queries)?;

    let (mut done, mut skipped, mut failed) = (0, 0, 0);
    let mut fail = |input: &Path, error: &CliError| {
        failed += 1;
        let failure = Report::Failed {
            input: input.display().to_string(),
            error: error.to_string(),
        };
        failure.print(options.json);
    };
    // What could not be looked into is said by the first job, once.
    if options.shard.is_none_or(|shard| shard.number == 1) {
        listing.failed.iter().for_each(|(path, error)| fail(path, error));
    }
    for (i, job) in jobs.iter().enumerate() {
        if !options.overwrite && job.written().all(Path::is_file) {
            skipped += 1;
            Report::Skipped(setup.written(job)).print(options.json);
            continue;
        }
        let so_far = format!("file {} of {}: ", i + 1, jobs.len());
        let folder = job.outputs[0].parent().unwrap_or(output);
        let separated = make_folder(folder)
            .and_then(|()| job.keep_apart())
            .and_then(|()| setup.run(job, &so_far));
        match separated {
            Ok(report) => {
                done += 1;
                Report::Done(report).print(options.json);
            }
            Err(CliError::Stopped) => {
                return Err(CliError::StoppedBetween {
                    done,
                    of: jobs.len() - skipped,
                });
            }
            Err(error) => fail(&job.input, &error),
        }
    }
    if failed > 0 {
        return Err(CliError::SomeFailed {
            failed,
            of: done + skipped + failed,
        });
    }
    if !options.json {
        crate::output::text(&format!("{done} files separated, {skipped} finished before\n"));
    }
    Ok(())
}

fn setup(options: &Separate, queries: &Queries) -> Result<Setup, CliError> {
    let quality = options.quality.unwrap_or(if options.live {
        Quality::Balanced
    } else {
        Quality::Best
    });
    let model = Model::load(options.model.as_deref(), quality)?;
    if options.rest.is_some() || options.mode == Mode::Remove {
        queries.check_together()?;
    }
    let mut doubts = Vec::new();
    let read = |text: &String| -> Result<(String, Query), CliError> {
        Ok((text.clone(), queries.read(text, &model, &mut doubts)?))
    };
    let wanted = queries
        .wanted
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, CliError>>()?;
    let together = Query {
        wanted: wanted
            .iter()
            .flat_map(|(_, query)| query.wanted.clone())
            .collect(),
        // The same for all: those of one sound were refused where that matters.
        unwanted: wanted[0].1.unwanted.clone(),
    };
    Ok(Setup {
        wanted,
        together,
        unwanted: queries.unwanted.clone(),
        doubts,
        separator: model.separator,
        mode: options.mode,
        trim: options.level.trim.into(),
        bits: options.bits,
        block: if options.live {
            options.block.unwrap_or(DEFAULT_BLOCK)
        } else {
            OFFLINE_BLOCK
        },
        live: options.live,
    })
}

/// Refuses a name for a folder of outputs that is one of a file, before any work.
fn check_folder(folder: &Path) -> Result<(), CliError> {
    let is_wav = |ending: &OsStr| ending.eq_ignore_ascii_case("wav");
    let is_file = if folder.exists() {
        !folder.is_dir()
    } else {
        folder.extension().is_some_and(is_wav)
    };
    if is_file {
        return Err(FileError::Unwritable {
            path: folder.to_owned(),
            reason: "several files are written; name a folder".into(),
        }
        .into());
    }
    Ok(())
}

/// Makes the folder that outputs are put into, and those above it.
fn make_folder(folder: &Path) -> Result<(), CliError> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|error| FileError::Unwritable {
        path: folder.to_owned(),
        reason: error.kind().to_string(),
    })?;
    Ok(())
}
