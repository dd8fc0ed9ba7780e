//! `earmark separate`: the sounds that texts name, or everything but them, out of one file, several files or folders of them.

mod file;
mod gate;
mod job;
mod many;
mod names;
mod part;
mod plan;
mod report;
mod setup;
mod stamp;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use earmark_audio::{FileError, Format};

use crate::args::{BitsChoice, Separate};
use crate::cancel;
use crate::error::CliError;
use crate::examples::Named;
use crate::inputs::{Report, Source, Watched, check_alone, is_standard, open};
use crate::queries::Queries;
use job::{Job, Planned};
use part::Part;
use plan::Naming;
use report::{Done, Written};
use setup::Setup;

/// Runs `earmark separate`.
///
/// # Errors
/// A [`CliError`]. Of a file that failed no output exists, unless it did before.
pub fn run(options: &Separate) -> Result<(), CliError> {
    cancel::listen();
    let examples = Named::of(&options.examples)?;
    let queries = Queries::of(options.query.iter().chain(&options.queries), examples)?;
    check_which(options, &queries)?;
    let naming = Naming {
        queries: &queries,
        mode: options.mode,
        has_rest: options.rest.is_some(),
        format: options.format,
        overwrite: options.overwrite,
    };
    let [input] = &options.inputs[..] else {
        return many::run(options, &naming);
    };
    if input.is_dir() {
        return many::run(options, &naming);
    }
    let done = one(options, &naming, input)
        .inspect_err(|error| Report::<Done, Written>::print_alone(input, error, options.json))?;
    Report::<Done, Written>::Done(Box::new(done)).print(options.json);
    Ok(())
}

/// Refuses to tell which one of several times is meant where the whole recording is not known.
fn check_which(options: &Separate, queries: &Queries) -> Result<(), CliError> {
    let mut says_which = queries.wanted.iter().zip(&queries.which);
    let Some((query, _)) = says_which.find(|(_, which)| which.is_some()) else {
        return Ok(());
    };
    let instead = if options.live {
        "leave --live out"
    } else if options.inputs.iter().any(|input| is_standard(input)) {
        "a pipe cannot be read twice, so name a file"
    } else {
        return Ok(());
    };
    Err(CliError::WhichNow {
        query: query.clone(),
        instead: instead.into(),
    })
}

/// Separates one file.
fn one(options: &Separate, naming: &Naming, input: &Path) -> Result<Done, CliError> {
    let only_several = [
        ("--shard", options.shard.is_some()),
        ("--overwrite", options.overwrite),
        ("--jobs", options.jobs.is_some()),
    ];
    check_alone(&only_several, input)?;
    let several = naming.outputs() > 1;
    let is_named = |path: &Option<PathBuf>| path.is_some() && !several;
    let rest_is_named = !matches!(options.rest, Some(None));
    if is_standard(input) && !(is_named(&options.output) && rest_is_named) {
        return Err(CliError::NoNames);
    }
    let folder = match options.output.as_deref() {
        Some(output) if several => output,
        Some(output) => output.parent().unwrap_or(Path::new("")),
        None => input.parent().unwrap_or(Path::new("")),
    };
    if several {
        check_folder(folder)?;
    }
    // What is wrong with an output or the input is said before a model is loaded.
    let job = job(options, naming, input, folder)?;
    job.keep_apart()?;
    check_bits(options, &job)?;
    let reader = open(input, options.track)?;
    let setup = Setup::new(options, naming.queries)?;
    if several {
        make_folder(folder)?;
    }
    setup.run(&job, reader, &Watched::Alone(""))
}

/// What is made of one file: under the names that were given, and else under its own.
fn job(options: &Separate, naming: &Naming, input: &Path, folder: &Path) -> Result<Job, CliError> {
    let source = Source {
        path: input.to_owned(),
        name: input.file_stem().unwrap_or_default().into(),
    };
    let mut job = naming.jobs(vec![(source, folder.to_owned())]).remove(0);
    let named = |path: &PathBuf, part: Part| -> Result<Planned, FileError> {
        Ok(Planned {
            path: path.clone(),
            format: if is_standard(path) {
                options.format
            } else {
                Format::of(path)?
            },
            part,
            is_stamped: false,
        })
    };
    if let (Some(output), 1) = (&options.output, naming.outputs()) {
        job.files[0] = named(output, job.files[0].part.clone())?;
    }
    if let (Some(Some(path)), Some(rest)) = (&options.rest, job.files.last_mut()) {
        *rest = named(path, rest.part.clone())?;
    }
    Ok(job)
}

/// Refuses bits that a format does not hold.
fn check_bits(options: &Separate, job: &Job) -> Result<(), CliError> {
    let Some(BitsChoice::These(bits)) = options.bits else {
        return Ok(());
    };
    match job.files.iter().find(|file| !file.format.holds(bits)) {
        Some(file) => Err(CliError::Bits {
            path: file.path.clone(),
            bits: bits.count(),
        }),
        None => Ok(()),
    }
}

/// Refuses a name for a folder of outputs that is one of a file, before any work.
fn check_folder(folder: &Path) -> Result<(), CliError> {
    let is_file_name = |ending: &OsStr| {
        Format::ALL
            .iter()
            .any(|format| ending.eq_ignore_ascii_case(format.ending()))
    };
    let is_file = if folder.exists() {
        !folder.is_dir()
    } else {
        folder.extension().is_some_and(is_file_name) || is_standard(folder)
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
