//! `earmark live`: the plug-in's engine between the inputs and outputs of a sound card.

mod client;
mod report;
mod wanted;

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::args::Live;
use crate::cancel;
use crate::error::CliError;
use crate::model::Model;
use client::{Client, Health};
use report::Report;
use wanted::Wanted;

/// How often the state is said.
const EVERY: Duration = Duration::from_secs(1);
/// How soon Ctrl-C is noticed.
const GLANCE: Duration = Duration::from_millis(50);
/// A server that has not called for so long has ended, or has thrown this client out. Its largest buffer lasts a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `earmark live` until Ctrl-C, which is its ordinary end.
///
/// # Errors
/// A [`CliError`] of the queries, the model, or JACK.
pub(crate) fn run(options: &Live) -> Result<(), CliError> {
    cancel::listen();
    let model = Model::load(options.model.as_deref(), options.quality)?;
    let wanted = Wanted::of(options, &model)?;
    let client = Client::start(options, &model, &wanted)?;
    let mut report = Report::new(options.say, &client, &wanted);
    report.begin();
    let (mut health, mut seen, mut said) = (Health::default(), Instant::now(), Instant::now());
    while cancel::check().is_ok() {
        sleep(GLANCE);
        let now = client.health();
        if now.cycles != health.cycles {
            (health, seen) = (now, Instant::now());
        } else if seen.elapsed() > PATIENCE {
            return Err(CliError::JackGone);
        }
        if now.rate != client.rate() {
            return Err(CliError::JackRate {
                before: client.rate(),
                now: now.rate,
            });
        }
        if said.elapsed() >= EVERY {
            said = Instant::now();
            report.say(&now);
        }
    }
    report.end(&client.health());
    Ok(())
}
