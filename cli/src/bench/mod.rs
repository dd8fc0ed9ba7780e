//! `earmark bench`: what a model costs on this machine.
//!
//! Only the network is timed, from magnitudes to masks: transforms and resampling are a hundredth of AudioSep's. With `--file` all of
//! it is; with `--listen` it is the way from an example of a sound to what is heard.

mod file;
mod listen;
mod loss;
mod measure;
mod query;
mod report;
mod subject;
mod tensors;

use crate::args::Bench;
use crate::error::CliError;
use crate::output;

/// Runs `earmark bench`.
///
/// # Errors
/// [`CliError::Bench`] for settings that the model or the machine does not have, [`CliError::Tensors`] for files.
pub fn run(options: &Bench) -> Result<(), CliError> {
    if let (Some(weights), Some(mixtures)) = (&options.loss, &options.mixtures) {
        return loss::run(weights, mixtures, options.json);
    }
    let subject = subject::Subject::load(options)?;
    if let Some([input, out]) = options.dump_logits.as_deref() {
        return subject.dump_logits(input, out);
    }
    if options.file {
        let report = file::Report::measure(&subject, options)?;
        if options.json {
            output::json(&report);
        } else {
            output::text(&report.table());
        }
        return Ok(());
    }
    if options.listen {
        let report = listen::Report::measure(&subject, options)?;
        if options.json {
            output::json(&report);
        } else {
            output::text(&report.table());
        }
        return Ok(());
    }
    let report = report::Report::measure(&subject, options)?;
    if options.json {
        output::json(&report);
    } else {
        output::text(&report.table());
    }
    Ok(())
}
