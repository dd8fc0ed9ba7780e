//! `earmark models …`: what there is, and how it comes and goes.

mod list;
mod verify;

use std::ops::ControlFlow;

use earmark_library::import::ImportOptions;
use earmark_library::{DownloadOptions, Installed, Library, LibraryError, Progress, Size, Stage};
use earmark_models::Selection;
use indicatif::ProgressBar;

use crate::args::{Download, Import, ModelsCommand};
use crate::error::CliError;
use crate::{cancel, output, progress};

/// Runs `earmark models …`.
///
/// # Errors
/// A [`CliError`]; a model is installed as a whole or not at all.
pub fn run(command: &ModelsCommand) -> Result<(), CliError> {
    let library = Library::user()?;
    match command {
        ModelsCommand::List { json } => {
            list::run(&library, *json);
            Ok(())
        }
        ModelsCommand::Download(options) => download(&library, options),
        ModelsCommand::Import(options) => import(&library, options),
        ModelsCommand::Remove { id } => remove(&library, id),
        ModelsCommand::Verify { ids, json } => verify::run(&library, ids, *json),
    }
}

fn download(library: &Library, options: &Download) -> Result<(), CliError> {
    let id = &options.id;
    if options.only_files {
        let paths = with_bar(|report| library.fetch(id, report))?;
        for path in paths {
            output::text(&format!("{}\n", path.display()));
        }
        return Ok(());
    }
    if let Ok(model) = library.installed().find(id) {
        let name = &model.name;
        output::text(&format!(
            "{name} is installed already, as {id}; `earmark models remove {id}` makes way for another download.\n"
        ));
        return Ok(());
    }
    let choice = DownloadOptions {
        sixteen_bit: options.sixteen_bit,
        audio_tower: options.audio_tower,
        keep_files: options.keep_files,
    };
    let installed = with_bar(|report| library.download(id, choice, report))?;
    announce(&installed);
    Ok(())
}

fn import(library: &Library, options: &Import) -> Result<(), CliError> {
    if let Some(id) = options
        .id
        .as_ref()
        .filter(|id| Selection::bundled().find(id).is_ok())
    {
        return Err(CliError::NameTaken { id: id.clone() });
    }
    let choice = ImportOptions {
        id: options.id.clone(),
        sixteen_bit: options.sixteen_bit,
        audio_tower: options.audio_tower,
        image_tower: options.image_tower,
        ..ImportOptions::default()
    };
    let installed =
        with_bar(|report| library.import(&options.files, choice, report)).map_err(nothing_kept)?;
    announce(&installed);
    Ok(())
}

fn remove(library: &Library, id: &str) -> Result<(), CliError> {
    only_installed(library, id)?;
    let bytes = library.remove(id)?;
    output::text(&format!("{id} is removed; {} are free again.\n", Size(bytes)));
    Ok(())
}

/// Refuses the models that are part of the program.
fn only_installed(library: &Library, id: &str) -> Result<(), CliError> {
    if Selection::bundled().find(id).is_ok() && library.installed().find(id).is_err() {
        return Err(CliError::PartOfEarmark { id: id.into() });
    }
    Ok(())
}

fn announce(model: &Installed) {
    let tower = |bytes: u64, what: &str| match bytes {
        0 => String::new(),
        bytes => format!(", {} of it the {what} tower", Size(bytes)),
    };
    let audio = tower(model.audio_bytes, "audio");
    let image = tower(model.image_bytes, "image");
    let (name, id, size) = (&model.name, &model.id, Size(model.bytes));
    output::text(&format!("{name} is installed as {id} ({size}{audio}{image}).\n"));
}

/// Stopping what downloads nothing leaves nothing to go on from.
fn nothing_kept(error: LibraryError) -> CliError {
    match error {
        LibraryError::Cancelled => CliError::Stopped,
        error => error.into(),
    }
}

/// Does work of the library behind a progress bar, until it is done or Ctrl-C is pressed.
fn with_bar<T>(
    work: impl FnOnce(&mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<T, LibraryError>,
) -> Result<T, LibraryError> {
    cancel::listen();
    let bar = progress::bar(
        Some(0),
        "{msg} {decimal_bytes} of {decimal_total_bytes}, {eta} left",
    );
    let mut stage = None;
    let result = work(&mut |progress| {
        show(&bar, progress, &mut stage);
        match cancel::check() {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    bar.finish_and_clear();
    result
}

fn show(bar: &ProgressBar, progress: Progress, stage: &mut Option<Stage>) {
    if stage.replace(progress.stage) != Some(progress.stage) {
        // Each stage has a speed of its own.
        bar.reset();
        bar.set_message(match progress.stage {
            Stage::Starting => "starting",
            Stage::Connecting => "connecting",
            Stage::Downloading => "downloading",
            Stage::Waiting => "waiting to try again,",
            Stage::Checking => "checking",
            Stage::Importing => "installing",
        });
    }
    bar.set_length(progress.total.unwrap_or(progress.done));
    bar.set_position(progress.done);
}
