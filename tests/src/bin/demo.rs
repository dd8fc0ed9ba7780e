//! The demo: plays an example through the built plug-in as a DAW would, and measures what comes out.
//!
//! Two tracks hold the same mixture and the same query, one in mode "isolate", one in mode "remove"; both are exported
//! offline and delay-compensated. Ends with an error when the result is not good enough to be shown.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_tests::render::{Blocks, play, wait_until_ready};
use earmark_tests::scene::QUERY;
use earmark_tests::score::{delay, sdr, si_sdr};
use earmark_tests::{Audio, HostError, Plugin, spectrogram};
use serde::Serialize;

const BLOCK: usize = 256;
/// Below these the typing is not audibly isolated.
const LEAST_SDRI_DB: f64 = 6.0;
const LEAST_SI_SDRI_DB: f64 = 5.0;

/// What `report.json` holds.
#[derive(Serialize)]
struct Report {
    query: &'static str,
    sdri_db: f64,
    si_sdri_db: f64,
    rest_sdri_db: f64,
    latency_reported_samples: usize,
    latency_measured_samples: usize,
    sample_rate_hz: f64,
}

struct Options {
    library: PathBuf,
    examples: PathBuf,
    out: PathBuf,
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("usage: demo --bundles DIR --examples DIR --out DIR");
        return ExitCode::from(2);
    };
    match demo(&options) {
        Ok(report) => verdict(&report),
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Option<Options> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(PathBuf::from)
    };
    Some(Options {
        library: value("--bundles")?.join("Earmark.clap"),
        examples: value("--examples")?,
        out: value("--out")?,
    })
}

fn demo(options: &Options) -> Result<Report, HostError> {
    if !options.library.exists() {
        return Err(HostError::NoBundle(options.library.clone()));
    }
    let read = |name: &str| Audio::read(&options.examples.join(name));
    let (mixture, typing, speech) = (
        read("typing_over_speech.wav")?,
        read("typing.wav")?,
        read("speech.wav")?,
    );
    std::fs::create_dir_all(&options.out).map_err(|error| HostError::Write {
        path: options.out.clone(),
        reason: error.to_string(),
    })?;

    println!(
        "Playing typing_over_speech.wav through {} with \"{QUERY}\".",
        options.library.display()
    );
    let (latency, played) = export(&options.library, "isolate", &mixture)?;
    let measured = delay(&typing, &played, played.frames() - typing.frames());
    let compensated = |played: &Audio, latency| played.slice(latency..latency + mixture.frames());
    let target = compensated(&played, latency);
    let (rest_latency, played) = export(&options.library, "remove", &mixture)?;
    let rest = compensated(&played, rest_latency);

    target.write(&options.out.join("target.wav"))?;
    rest.write(&options.out.join("rest.wav"))?;
    let title = format!("Target: \"{QUERY}\"");
    spectrogram::write(
        &options.out.join("spectrogram.png"),
        &[
            ("Mixture: typing over speech", &mixture),
            (&title, &target),
            ("Rest", &rest),
        ],
    )?;
    let report = Report {
        query: QUERY,
        sdri_db: sdr(&typing, &target) - sdr(&typing, &mixture),
        si_sdri_db: si_sdr(&typing, &target) - si_sdr(&typing, &mixture),
        rest_sdri_db: sdr(&speech, &rest) - sdr(&speech, &mixture),
        latency_reported_samples: latency,
        latency_measured_samples: measured,
        sample_rate_hz: mixture.rate,
    };
    write_report(&options.out.join("report.json"), &report)?;
    println!(
        "Wrote target.wav, rest.wav, spectrogram.png and report.json to {}.",
        options.out.display()
    );
    Ok(report)
}

/// One track of the project: the plug-in in that mode on `mixture`. Returns the reported latency and what was played,
/// latency included, followed by as much silence as twice the latency.
fn export(library: &Path, mode: &str, mixture: &Audio) -> Result<(usize, Audio), HostError> {
    let channels = mixture.channels.len();
    let mut plugin = Plugin::of(library)?;
    plugin.select_channels(channels)?;
    plugin.edit_state(|state| {
        state.set_query(0, QUERY);
        state.set_mode(mode);
    })?;
    plugin.set_offline(true)?;
    let latency = plugin.activate(mixture.rate, BLOCK)?;
    wait_until_ready(&mut plugin, mixture.rate, channels, BLOCK)?;
    let padded = mixture.slice(0..mixture.frames() + 2 * latency);
    let played = play(&mut plugin, &padded, Blocks::Of(BLOCK), &[])?;
    Ok((latency, played))
}

fn write_report(path: &Path, report: &Report) -> Result<(), HostError> {
    let failed = |reason: String| HostError::Write {
        path: path.to_owned(),
        reason,
    };
    let json = serde_json::to_string_pretty(report).map_err(|error| failed(error.to_string()))?;
    std::fs::write(path, json + "\n").map_err(|error| failed(error.to_string()))
}

fn verdict(report: &Report) -> ExitCode {
    let milliseconds = report.latency_reported_samples as f64 / report.sample_rate_hz * 1e3;
    println!(
        "  SDR improvement of the typing     {:6.2} dB (at least {LEAST_SDRI_DB})",
        report.sdri_db
    );
    println!(
        "  SI-SDR improvement of the typing  {:6.2} dB (at least {LEAST_SI_SDRI_DB})",
        report.si_sdri_db
    );
    println!(
        "  SDR improvement of the rest       {:6.2} dB",
        report.rest_sdri_db
    );
    println!(
        "  latency reported and measured     {} and {} samples ({milliseconds:.0} ms)",
        report.latency_reported_samples, report.latency_measured_samples
    );
    let mut failures = Vec::new();
    if report.sdri_db < LEAST_SDRI_DB {
        failures.push("the SDR improvement is too small");
    }
    if report.si_sdri_db < LEAST_SI_SDRI_DB {
        failures.push("the SI-SDR improvement is too small");
    }
    if report.latency_reported_samples != report.latency_measured_samples {
        failures.push("the target is not as late as was reported");
    }
    if failures.is_empty() {
        println!("The demo passed.");
        return ExitCode::SUCCESS;
    }
    eprintln!("demo: {}.", failures.join("; "));
    ExitCode::FAILURE
}
