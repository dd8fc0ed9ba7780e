//! `earmark bench`.

mod common;

use std::path::Path;

use common::{prints, refuses};
use earmark_kernels::{Format, Isa};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

const SHORT: [&str; 5] = ["bench", "--seconds", "1", "--repeats", "1"];

fn number(value: &Value, path: &str) -> f64 {
    value
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("no number at {path} in {value}"))
}

fn report(arguments: &[&str]) -> Value {
    let all = [&SHORT[..], &["--json"], arguments].concat();
    serde_json::from_str(&prints(Path::new("."), &all)).expect("one JSON object")
}

#[test]
fn the_bundled_model_is_measured_by_default() {
    let report = report(&[]);
    assert_eq!(report["model"], "earmark-small");
    assert_eq!(report["device"], "the processor");
    assert!(report["offline"].is_null(), "it exists as a stream only");
    assert!(number(&report, "/streaming/cpu_seconds_per_second") > 0.0);
    assert!(number(&report, "/latency_seconds") <= 0.5);
    for query in ["first", "next"] {
        for what in ["wall_ms", "cpu_ms"] {
            assert!(number(&report, &format!("/query/{query}/{what}")) > 0.0);
        }
    }
    if cfg!(target_os = "linux") {
        assert!(number(&report, "/query/memory_mb") > 0.0);
    }
    let table = prints(Path::new("."), &SHORT);
    assert!(
        table.contains("streaming") && table.contains("latency") && table.contains("from its text"),
        "{table}"
    );
}

#[test]
fn the_way_from_an_example_to_what_is_heard_is_measured() {
    let arguments = ["bench", "--listen", "--repeats", "1", "--json"];
    let report: Value = serde_json::from_str(&prints(Path::new("."), &arguments)).expect("one JSON object");
    assert_eq!(report["model"], "earmark-small");
    assert!(number(&report, "/first_ms") > 0.0 && number(&report, "/ready_ms") > 200.0);
    for (place, seconds) in [1.0, 3.0, 10.0].into_iter().enumerate() {
        let of = |what: &str| number(&report, &format!("/examples/{place}/{what}"));
        assert_eq!(of("seconds"), seconds);
        assert!(of("encoded_ms") > 0.0 && of("encoded_cpu_ms") > 0.0);
        assert!(of("heard_ms") > of("encoded_live_ms"), "{report}");
    }
    let deaf = [
        "bench",
        "--listen",
        "--model",
        "audiosep-random",
        "--quality",
        "fast",
    ];
    assert!(refuses(Path::new("."), &deaf).contains("audiosep-random has no encoder of sounds"));
}

#[test]
fn the_full_network_is_measured_offline_and_streaming_several_sounds_beside_one() {
    let report = report(&[
        "--model",
        "audiosep-random",
        "--threads",
        "2",
        "--quality",
        "fast",
        "--sounds",
        "2",
    ]);
    for part in ["offline", "streaming", "one_sound"] {
        for what in [
            "cpu_seconds_per_second",
            "wall_seconds_per_second",
            "gflop_per_cpu_second",
        ] {
            assert!(number(&report, &format!("/{part}/{what}")) > 0.0);
        }
    }
    assert_costs(&report);
    assert!(report["query"].is_null(), "it has no encoder");
    assert_eq!(report["threads"], 2);
    assert_eq!(report["isa"], Isa::best_in_bf16().to_string());
    assert!(number(&report, "/latency_seconds") <= 1.0);
    assert!(number(&report, "/weights_mib") < 250.0);
    assert!(number(&report, "/stream_mib") < 150.0);
}

/// Two sounds are as many times one as is said.
fn assert_costs(report: &Value) {
    assert_eq!(report["sounds"], 2);
    let cost = |part: &str| number(report, &format!("/{part}/cpu_seconds_per_second"));
    let ratio = number(report, "/times_one_sound");
    assert!(cost("one_sound") > 0.0);
    assert!((ratio - cost("streaming") / cost("one_sound")).abs() < 1e-9);
}

#[test]
fn several_sounds_at_once_are_measured_beside_one() {
    assert_costs(&report(&["--sounds", "2"]));
    let one = report(&[]);
    assert!(one["one_sound"].is_null() && one["times_one_sound"].is_null());
    let table = prints(Path::new("."), &[&SHORT[..], &["--sounds", "3"]].concat());
    assert!(
        table.contains("one sound") && table.contains("3 sounds at once") && table.contains("times one"),
        "{table}"
    );
}

#[test]
fn precision_is_chosen_and_what_is_imitated_says_so() {
    let run = |precision: &str| {
        report(&[
            "--model",
            "audiosep-random",
            "--quality",
            "fast",
            "--precision",
            precision,
        ])
    };
    let (exact, rounded) = (run("fp32"), run("bf16"));
    assert_eq!(
        (&exact["precision"], &exact["imitated"]),
        (&"fp32".into(), &false.into())
    );
    assert_eq!(rounded["precision"], "bf16");
    assert_eq!(rounded["imitated"], !Isa::best().has(Format::Bf16));
    assert!(number(&rounded, "/weights_mib") < 0.75 * number(&exact, "/weights_mib"));
}

#[test]
fn the_first_minute_is_compared_with_the_last() {
    let report = report(&["--minutes", "2"]);
    let of = |what: &str| number(&report, &format!("/endurance/{what}"));
    assert_eq!(of("minutes"), 2.0);
    assert!(of("first_minute") > 0.0 && of("last_minute") > 0.0);
    assert!(of("spread/0") <= of("spread/1"));
}

#[test]
fn logits_are_written_for_others_to_compare() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let floats = |count: usize, value: f32| {
        (0..count)
            .flat_map(move |_| value.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let (magnitudes, condition) = (floats(3 * 1025, 1.0), floats(512, 0.04));
    let tensors = [
        (
            "magnitudes",
            TensorView::new(Dtype::F32, vec![3, 1025], &magnitudes),
        ),
        ("condition", TensorView::new(Dtype::F32, vec![512], &condition)),
    ];
    let tensors = tensors.map(|(name, view)| (name, view.expect("a tensor")));
    let file = safetensors::serialize(tensors, None).expect("a file");
    std::fs::write(folder.path().join("in.safetensors"), file).expect("the input");
    let arguments = [
        "bench",
        "--model",
        "audiosep-random",
        "--dump-logits",
        "in.safetensors",
        "out.safetensors",
    ];
    prints(folder.path(), &arguments);
    let bytes = std::fs::read(folder.path().join("out.safetensors")).expect("the output");
    let out = safetensors::SafeTensors::deserialize(&bytes).expect("safetensors");
    assert_eq!(out.tensor("logits").expect("logits").shape(), [3, 3, 1024]);
}

#[test]
fn what_a_short_lookahead_costs_is_measured_on_anybodys_weights() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let weights =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures/tiny_state.safetensors");
    let weights = weights.to_str().expect("a path of the project").to_owned();
    // A little more than the longest lookahead and step.
    let samples = 131_200;
    let noise: Vec<u8> = earmark_models::procedural::uniform("noise", samples)
        .flat_map(|value| (0.1 * value).to_le_bytes())
        .collect();
    let condition: Vec<u8> = (0..512).flat_map(|_| 0.044_f32.to_le_bytes()).collect();
    let tensors = [
        ("mixture.0", TensorView::new(Dtype::F32, vec![samples], &noise)),
        ("condition.0", TensorView::new(Dtype::F32, vec![512], &condition)),
    ];
    let tensors = tensors.map(|(name, view)| (name, view.expect("a tensor")));
    let file = safetensors::serialize(tensors, None).expect("a file");
    std::fs::write(folder.path().join("m.safetensors"), file).expect("the mixtures");
    let arguments = [
        "bench",
        "--loss",
        &weights,
        "--mixtures",
        "m.safetensors",
        "--json",
    ];
    let losses: Value = serde_json::from_str(&prints(folder.path(), &arguments)).expect("JSON");
    let rows = losses["by_lookahead"].as_array().expect("rows");
    let of = |lookahead: f64, what: &str| {
        let row = rows.iter().rfind(|row| number(row, "/lookahead_ms") == lookahead);
        number(row.expect("a row"), what)
    };
    assert!(of(3520.0, "/once_db") > 80.0, "exact where everything is heard");
    assert!(of(80.0, "/recomputed_db") < of(800.0, "/recomputed_db"));
    assert!(of(0.0, "/once_db") < 60.0);
    let contexts = losses["by_context"].as_array().expect("rows");
    let first = number(&contexts[0], "/db");
    assert!(contexts.last().is_some_and(|last| number(last, "/db") > first));

    std::fs::write(
        folder.path().join("empty.safetensors"),
        safetensors::serialize(Vec::<(String, TensorView)>::new(), None).expect("a file"),
    )
    .expect("written");
    let sentence = refuses(
        folder.path(),
        &["bench", "--loss", &weights, "--mixtures", "empty.safetensors"],
    );
    assert!(sentence.contains("mixture.0"), "{sentence}");
}

#[test]
fn what_cannot_be_measured_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let elsewhere = Isa::ALL
        .into_iter()
        .find(|isa| !isa.is_available())
        .map(|isa| isa.to_string());
    let mut cases = vec![
        (vec!["--isa", "sse9"], "avx2"),
        (vec!["--threads", "0"], "1..=64"),
        (vec!["--threads", "4"], "audiosep-random"),
        (vec!["--hop", "320"], "audiosep-random"),
        (vec!["--sounds", "0"], "1..=8"),
        (vec!["--sounds", "9"], "1..=8"),
        (vec!["--precision", "bf16"], "audiosep-random"),
        (vec!["--precision", "fp8"], "bf16"),
        (vec!["--minutes", "1"], "2..=1440"),
        (
            vec!["--model", "audiosep-random", "--hop", "15"],
            "multiple of 10 ms",
        ),
        (
            vec!["--model", "audiosep-random", "--hop", "0"],
            "multiple of 10 ms",
        ),
        (vec!["--model", "nothing"], "earmark-small"),
        (vec!["--loss", "w.safetensors"], "--mixtures"),
        (
            vec!["--loss", "w.safetensors", "--mixtures", "m.safetensors"],
            "w.safetensors",
        ),
        (vec!["--seconds", "0"], "1..=3600"),
        (vec!["--dump-logits", "a", "b"], "audiosep-random"),
        (vec!["--device", "abacus"], "candle-cpu"),
        (
            vec![
                "--model",
                "audiosep-random",
                "--device",
                "candle-cpu",
                "--hop",
                "320",
            ],
            "only audiosep-random on the processor",
        ),
    ];
    if cfg!(not(feature = "gpu")) {
        cases.push((
            vec!["--model", "audiosep-random", "--device", "gpu"],
            "no code for it (the feature gpu)",
        ));
    }
    if let Some(isa) = &elsewhere {
        cases.push((
            vec!["--model", "audiosep-random", "--isa", isa],
            "this machine has",
        ));
    }
    for (arguments, expected) in cases {
        let sentence = refuses(folder.path(), &[&["bench"], &arguments[..]].concat());
        assert!(sentence.contains(expected), "{arguments:?}: {sentence}");
    }
}

#[test]
fn a_file_is_measured_on_one_thread_and_on_all_and_for_several_queries() {
    let report = report(&["--file", "--threads", "2", "--sounds", "2"]);
    for line in ["one_thread", "all_threads", "several"] {
        assert!(number(&report, &format!("/{line}/cpu_seconds_per_second")) > 0.0);
    }
    assert!(number(&report, "/times_one_query") > 1.0);
    assert_eq!((&report["threads"], &report["queries"]), (&2.into(), &2.into()));
    let table = prints(Path::new("."), &[&SHORT[..], &["--file"]].concat());
    assert!(
        table.contains("one query, 1 thread ") && !table.contains("queries"),
        "{table}"
    );
    let sentence = refuses(Path::new("."), &["bench", "--file", "--hop", "320"]);
    assert!(sentence.contains("--hop"), "{sentence}");
}
