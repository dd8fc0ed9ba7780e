//! `earmark evaluate`, on pairs whose scores can be told beforehand.

mod common;

use std::f64::consts::TAU;
use std::path::Path;

use std::sync::Arc;

use common::{prints, write_wav};
use earmark_cli::evaluate::{measure, pairs};
use earmark_cli::model::Model;
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::testing::UnitSeparator;
use earmark_models::{Condition, EncoderKind, ModelError, QueryEncoder};
use serde_json::Value;

fn tone(path: &Path, rate: u32, seconds: f64, hertz: f64, level: f64) {
    let frames = (f64::from(rate) * seconds) as usize;
    let samples = (0..frames)
        .map(|n| (level * (TAU * hertz * n as f64 / f64::from(rate)).sin()) as f32)
        .collect();
    write_wav(path, rate, &[samples]);
}

fn write_pairs(folder: &Path) {
    tone(&folder.join("a.wav"), 32_000, 1.5, 440.0, 0.2);
    // Another rate and a shorter noise: resampled and looped.
    tone(&folder.join("b.wav"), 48_000, 0.5, 3_000.0, 0.7);
    let table = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\n\
        a flute\ta.wav\tb.wav\t0\ta whistle\n\
        a flute\tb.wav\ta.wav\t0\ta hum\n\
        a whistle\tb.wav\ta.wav\t6\t\n";
    std::fs::write(folder.join("pairs.tsv"), table).expect("a table for the test");
}

#[test]
fn half_gain_scores_three_decibels_and_every_figure_is_there() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_pairs(folder.path());
    let printed = prints(
        folder.path(),
        &["evaluate", "pairs.tsv", "--audio", ".", "--json", "--limit", "2"],
    );
    let result: Value = serde_json::from_str(&printed).expect("one JSON object");
    let keys = |value: &Value| {
        value
            .as_object()
            .map(|map| map.keys().cloned().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    assert_eq!(keys(&result), ["captions", "mean"]);
    let figures = [
        "half_gain_sdri_db",
        "sdri_db",
        "si_sdr_db",
        "si_sdri_db",
        "wrong_query_si_sdri_db",
    ];
    assert_eq!(keys(&result["mean"]), figures);
    assert!(
        figures.iter().all(|key| result["mean"][key].is_f64()),
        "{printed}"
    );
    let half = result["mean"]["half_gain_sdri_db"].as_f64().expect("a number");
    assert!((half - 3.01).abs() < 0.05, "{half} dB");
    assert_eq!(keys(&result["captions"]), ["a flute"]);
    assert_eq!(result["captions"]["a flute"]["count"], 2);

    // At 6 dB, half of the mixture is worse for the source than the noise is: 10·log10(1 / (0.25 + 0.25 / 3.98)) - 6.
    let printed = prints(
        folder.path(),
        &["evaluate", "pairs.tsv", "--audio", ".", "--json"],
    );
    let result: Value = serde_json::from_str(&printed).expect("one JSON object");
    let half = result["captions"]["a whistle"]["half_gain_sdri_db"]
        .as_f64()
        .expect("a number");
    assert!((half + 0.95).abs() < 0.05, "{half} dB");
}

#[test]
fn the_table_has_a_line_per_caption_and_the_honest_rows() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_pairs(folder.path());
    let table = prints(folder.path(), &["evaluate", "pairs.tsv", "--audio", "."]);
    for row in ["a flute", "a whistle", "mean, dB", "half gain", "wrong query"] {
        assert_eq!(
            table.lines().filter(|line| line.starts_with(row)).count(),
            1,
            "{row} in\n{table}"
        );
    }
    assert_eq!(
        table,
        prints(folder.path(), &["evaluate", "pairs.tsv", "--audio", "."]),
        "two runs differ"
    );
}

/// Reads a query as the gain of a [`UnitSeparator`].
struct GainEncoder;

impl QueryEncoder for GainEncoder {
    fn kind(&self) -> EncoderKind {
        EncoderKind::MiniLm
    }

    fn encode(&self, text: &str) -> Result<Condition, ModelError> {
        Ok(UnitSeparator::query(
            text.parse().map_err(|_| ModelError::EmptyQuery)?,
        ))
    }
}

/// A separator that gives back the mixture times its query must score what that is worth, through the engine: so the
/// target is in time and at the right level, and the wrong query is really asked.
#[test]
fn a_known_separator_scores_what_it_must() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    // Long enough for the transform's first window to weigh little.
    tone(&folder.path().join("a.wav"), 32_000, 6.0, 440.0, 0.2);
    tone(&folder.path().join("b.wav"), 32_000, 6.0, 3_000.0, 0.2);
    let table = folder.path().join("pairs.tsv");
    let rows = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\n0.5\ta.wav\tb.wav\t0\t1\n";
    std::fs::write(&table, rows).expect("a table for the test");

    let stft = StftConfig {
        window: 1024,
        hop: 512,
        kind: WindowKind::SqrtHann,
    };
    let separator = Arc::new(UnitSeparator::new(32_000, stft, 2, 0, 1.0));
    let model = Model::new(separator, Arc::new(GainEncoder));
    let pairs = pairs::read(&table).expect("the table is fine");
    let summary = measure(&pairs, &table, folder.path(), &model, 0.0).expect("the pairs can be measured");
    let mean = serde_json::to_value(summary.json()).expect("plain values")["mean"].clone();
    let near = |key: &str, expected: f64| {
        let got = mean[key].as_f64().expect("a number");
        assert!(
            (got - expected).abs() < 0.05,
            "{key} is {got} dB, not {expected} dB"
        );
    };
    near("sdri_db", 3.01);
    near("half_gain_sdri_db", 3.01);
    near("si_sdr_db", 0.0);
    near("si_sdri_db", 0.0);
    near("wrong_query_si_sdri_db", 0.0);
}
