//! `earmark evaluate`, on pairs whose scores can be told beforehand.

mod common;

use std::f64::consts::TAU;
use std::path::Path;

use std::sync::Arc;

use common::{prints, write_wav};
use earmark_cli::evaluate::scores::MEASURES;
use earmark_cli::evaluate::{Evaluation, pairs};
use earmark_cli::model::Model;
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::testing::UnitSeparator;
use earmark_models::{Condition, EncoderKind, ModelError, QueryEncoder};
use serde_json::{Value, json};

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
    let table = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\tgroup\tabsent_caption\n\
        a flute\ta.wav\tb.wav\t0\ta whistle\tflute\train\n\
        the sound of a flute\tb.wav\ta.wav\t0\ta hum\tflute\t\n\
        a whistle\tb.wav\ta.wav\t-3\t\twhistle\ta dog\n";
    std::fs::write(folder.join("pairs.tsv"), table).expect("a table for the test");
}

fn evaluate(folder: &Path, arguments: &[&str]) -> Value {
    let all = [&["evaluate", "pairs.tsv", "--audio", ".", "--json"], arguments].concat();
    serde_json::from_str(&prints(folder, &all)).expect("one JSON object")
}

fn mean(figures: &Value, key: &str) -> f64 {
    figures[key]["mean"]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} in {figures}"))
}

#[test]
fn every_figure_is_there_and_half_gain_scores_what_it_must() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_pairs(folder.path());
    let wordings =
        "group\tparaphrase\nflute\ta wooden pipe\nflute\tsomeone blowing a tube\nwhistle\ta high tone\n";
    std::fs::write(folder.path().join("wordings.tsv"), wordings).expect("a table for the test");
    let options = [
        "--snr",
        "0,6",
        "--paraphrases",
        "wordings.tsv",
        "--offline",
        "--chart",
        "chart.png",
    ];
    let result = evaluate(folder.path(), &options);
    let all = &result["all"];
    assert_eq!((&all["pairs"], &all["mixtures"]), (&json!(3), &json!(6)));
    assert_eq!(result["classes"]["flute"]["mixtures"], 4);
    assert_eq!(result["classes"]["whistle"]["mixtures"], 2);
    let levels: Vec<&Value> = result["levels"].as_array().expect("a list").iter().collect();
    assert_eq!(
        (levels.len(), &levels[0]["snr_db"], &levels[1]["snr_db"]),
        (2, &json!(0.0), &json!(6.0))
    );
    for measure in MEASURES {
        // The list has no clips for queries: `like.rs` has one that does.
        if measure.key.contains("clip") {
            assert!(all[measure.key].is_null(), "{}", measure.key);
        } else {
            assert!(mean(all, measure.key).is_finite());
        }
    }
    // Two of the three pairs name a sound that is absent.
    assert_eq!(all["absent_suppression_db"]["mixtures"], 4);

    let half = |level: &Value| mean(level, "half_gain_sdri_db");
    assert!((half(levels[0]) - 3.01).abs() < 0.05, "{} dB", half(levels[0]));
    // At 6 dB, half of the mixture is worse for the source than the noise is: 10·log10(1 / (0.25 + 0.25 / 3.98)) - 6.
    assert!((half(levels[1]) + 0.95).abs() < 0.05, "{} dB", half(levels[1]));

    // What streaming hears is what the whole signal holds, but for its beginning and the level there.
    let agreement = mean(all, "streaming_to_offline_sdr_db");
    assert!(agreement > 15.0, "{agreement} dB");

    let picture = std::fs::File::open(folder.path().join("chart.png")).expect("a chart");
    let reader = png::Decoder::new(std::io::BufReader::new(picture)).read_info();
    let mut reader = reader.expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    assert_eq!((info.width, info.color_type), (1000, png::ColorType::Rgb));
    let inked = |colour: [u8; 3]| pixels.chunks_exact(3).filter(|pixel| **pixel == colour).count();
    // Two levels, all of them and two classes: five dots of the right query, and the key.
    assert!(inked([24, 96, 160]) > 6 * 30 && inked([214, 120, 40]) > 6 * 30);
    assert!(inked([255; 3]) > pixels.len() / 6);
}

#[test]
fn what_was_not_asked_for_is_null() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_pairs(folder.path());
    let result = evaluate(folder.path(), &["--limit", "1"]);
    assert_eq!(result["all"]["mixtures"], 1);
    assert!(result["all"]["offline_si_sdri_db"].is_null() && result["all"]["paraphrases_sdri_db"].is_null());
    assert_eq!(result["model"], "earmark-small");
}

#[test]
fn the_table_has_a_line_for_each_class_and_the_honest_rows() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_pairs(folder.path());
    let run = || prints(folder.path(), &["evaluate", "pairs.tsv", "--audio", "."]);
    let table = run();
    let rows = [
        "flute",
        "whistle",
        "-3 dB",
        "0 dB",
        "SI-SDR improvement",
        "half gain",
        "wrong query",
        "absent sound",
    ];
    for row in rows {
        assert_eq!(
            table.lines().filter(|line| line.starts_with(row)).count(),
            1,
            "{row} in\n{table}"
        );
    }
    assert_eq!(table, run(), "two runs differ");
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
    let rows = "caption\tsrc_wav\tnoise_wav\tsnr_db\tnoise_caption\tabsent_caption\n\
        0.5\ta.wav\tb.wav\t0\t1\t0.1\n";
    std::fs::write(&table, rows).expect("a table for the test");

    let stft = StftConfig {
        window: 1024,
        hop: 512,
        kind: WindowKind::SqrtHann,
    };
    let separator = Arc::new(UnitSeparator::new(32_000, stft, 2, 0, 1.0));
    let model = Model::new(separator, Arc::new(GainEncoder));
    let pairs = pairs::read(&table).expect("the table is fine");
    let evaluation = Evaluation {
        list: table,
        folder: folder.path().to_owned(),
        whole: Some(model.separator.clone()),
        model,
        gain: 0.0,
        levels: vec![],
        paraphrases: None,
    };
    let summary = evaluation.measure(&pairs).expect("the pairs can be measured");
    let near = |key: &str, expected: f64| {
        let got = summary.all.get(key).expect("a figure").mean;
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
    near("absent_suppression_db", 20.0);
    near("offline_sdri_db", 3.01);
    near("streaming_less_offline_si_sdri_db", 0.0);
}
