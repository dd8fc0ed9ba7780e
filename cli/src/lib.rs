//! The `earmark` command: the engine of the plug-in, on files and between the ports of JACK.
//!
//! [`args`] says what may be typed, [`run`] does it. Sound comes in through an [`earmark_audio::Reader`], goes through the
//! engine in [`through`], and leaves through an [`earmark_audio::Output`]; at no time is more than a few blocks held in memory.

pub mod args;
pub mod bench;
pub mod cancel;
mod chart;
mod devices;
pub mod error;
pub mod evaluate;
mod examples;
pub mod find;
mod hearing;
mod inputs;
mod live;
pub mod model;
pub mod models;
mod output;
mod pictures;
pub mod preset;
pub mod progress;
mod queries;
mod search;
pub mod separate;
pub mod through;
mod which;

pub use error::CliError;

/// Ends a test that allocates where it says that nothing may.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// Does what was asked for; results go to standard output, progress and warnings to standard error.
///
/// # Errors
/// A [`CliError`] whose sentence is meant for the person at the terminal; nothing half-written is left behind.
pub fn run(arguments: args::Arguments) -> Result<(), CliError> {
    match arguments.command {
        args::Command::Separate(options) => separate::run(&options),
        args::Command::Live(options) => live::run(&options),
        args::Command::Find(options) => find::run(&options),
        args::Command::Evaluate(options) => evaluate::run(&options),
        args::Command::Bench(options) => bench::run(&options),
        args::Command::Devices { json } => {
            devices::run(json);
            Ok(())
        }
        args::Command::Preset(options) => preset::run(&options),
        args::Command::Models(options) => models::run(&options.command),
        args::Command::Completions { shell } => {
            output::text(&args::completions(shell));
            Ok(())
        }
        args::Command::Pages { folder } => args::pages(&folder).map_err(|error| {
            earmark_audio::FileError::Unwritable {
                path: folder,
                reason: error.to_string(),
            }
            .into()
        }),
    }
}
