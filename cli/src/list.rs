//! `earmark models list`: the models that can be used.

use earmark_engine::Latency;
use earmark_models::resunet::Quality;
use earmark_models::{EncoderKind, ModelError};
use serde::Serialize;

use crate::model::catalogue;
use crate::output;

/// The host rate that latencies are shown for, in Hz.
const HOST_RATE: f64 = 48_000.0;

/// One model, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    title: String,
    licence: String,
    available: bool,
    /// Hz.
    sample_rate: u32,
    /// What a host at 48 kHz has to compensate.
    latency_seconds: f64,
    encoder: EncoderKind,
    sha256: String,
}

/// Runs `earmark models list`.
///
/// # Errors
/// [`ModelError::Weights`] when a model's file is damaged.
pub fn run(as_json: bool) -> Result<(), ModelError> {
    let entries: Vec<Entry> = catalogue()
        .models()
        .iter()
        .map(|model| {
            let spec = model.spec(Quality::default())?;
            Ok(Entry {
                name: model.id.clone(),
                title: model.title.clone(),
                licence: model.licence.clone(),
                available: true,
                sample_rate: spec.sample_rate,
                latency_seconds: Latency::of(HOST_RATE, &spec).total() as f64 / HOST_RATE,
                encoder: spec.encoder,
                sha256: spec.sha256,
            })
        })
        .collect::<Result<_, ModelError>>()?;
    if as_json {
        output::json(&entries)
    } else {
        output::text(&table(&entries))
    }
    Ok(())
}

fn table(entries: &[Entry]) -> String {
    let width = entries
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0)
        .max("name".len());
    let mut table = format!("{:width$}  {:>9}  {:>7}  what it is\n", "name", "rate", "latency");
    for entry in entries {
        let there = if entry.available {
            ""
        } else {
            " (to be added first)"
        };
        table += &format!(
            "{:width$}  {:>6} Hz  {:>4.0} ms  {}{there} [{}]\n",
            entry.name,
            entry.sample_rate,
            1e3 * entry.latency_seconds,
            entry.title,
            entry.licence
        );
    }
    table
}
