//! One of several times that a sound is heard: `earmark separate IN "the second dog barking"`.

mod common;

use std::path::{Path, PathBuf};

use common::{earmark, names, prints, read_wav, refuses};
use serde_json::Value;

const SCENE: &str = "dog_in_the_rain.wav";
/// One file, in which the barks are told apart.
const APART: [&str; 4] = ["--smooth", "0.1", "--gap", "0.2"];

/// A folder with a dog that barks five times in the rain.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let example = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(SCENE);
    std::fs::copy(example, folder.path().join(SCENE)).expect("the example is there");
    folder
}

fn found(folder: &Path, query: &str) -> Vec<Value> {
    let printed = prints(folder, &[&["find", SCENE, query, "--json"], &APART[..]].concat());
    let found: Value = serde_json::from_str(&printed).expect("one JSON object");
    found["occurrences"].as_array().expect("a list").clone()
}

fn separate(folder: &Path, more: &[&str]) -> Value {
    let printed = prints(folder, &[&["separate", SCENE, "--json"], more, &APART].concat());
    serde_json::from_str(&printed).expect("one JSON object")
}

fn samples(folder: &Path, name: &str) -> Vec<f32> {
    let path: PathBuf = folder.join(name);
    read_wav(&path).1.swap_remove(0)
}

fn seconds(one: &Value, key: &str) -> f64 {
    one[key].as_f64().expect("a number")
}

#[test]
fn the_one_that_is_meant_is_heard_alone_and_the_rest_has_all_the_others() {
    let folder = folder();
    let folder = folder.path();
    let all = found(folder, "dog barking");
    assert!(all.len() >= 4, "{all:?}");
    separate(folder, &["dog barking", "-o", "all.wav"]);
    let (mixture, target) = (samples(folder, SCENE), samples(folder, "all.wav"));
    let rate = f64::from(read_wav(&folder.join(SCENE)).0.sample_rate);

    let loudness = |one: &Value| seconds(one, "loudness");
    let loudest = all
        .iter()
        .max_by(|a, b| loudness(a).total_cmp(&loudness(b)))
        .expect("there are some");
    for (query, one) in [
        ("the first dog barking", &all[0]),
        ("The second dog barking", &all[1]),
        ("the 2nd dog barking", &all[1]),
        ("the last dog barking", &all[all.len() - 1]),
        ("the loudest dog barking", loudest),
    ] {
        assert_eq!(found(folder, query).len(), 1);
        let told = separate(folder, &[query, "-o", "one.wav", "--rest", "rest.wav"]);
        let meant = &told["occurrences"][0];
        assert_eq!(
            (&meant["onset"], &meant["offset"]),
            (&one["onset"], &one["offset"]),
            "{query}"
        );
        assert_eq!(
            (meant["query"].as_str(), meant["of"].as_u64()),
            (Some(query), Some(all.len() as u64))
        );
        let (heard, rest) = (samples(folder, "one.wav"), samples(folder, "rest.wav"));
        assert_eq!(heard.len(), mixture.len());
        for (n, x) in mixture.iter().enumerate() {
            let time = n as f64 / rate;
            if (seconds(one, "onset")..seconds(one, "offset")).contains(&time) {
                assert!((heard[n] - target[n]).abs() < 1e-6, "{query} at {time} s");
            } else if !(seconds(one, "onset") - 0.11..seconds(one, "offset") + 0.31).contains(&time) {
                assert_eq!(heard[n], 0.0, "{query} at {time} s");
            }
            assert!((heard[n] + rest[n] - x).abs() < 1e-6, "{query} at {time} s");
        }
        // The other way round: everything but this one.
        separate(folder, &[query, "--mode", "remove", "-o", "without.wav"]);
        assert_eq!(samples(folder, "without.wav"), rest, "{query}");
    }
}

#[test]
fn a_part_of_the_recording_counts_by_itself_and_times_are_the_files_own() {
    let folder = folder();
    let all = found(folder.path(), "dog barking");
    let told = separate(
        folder.path(),
        &["the first dog barking", "--start", "1.2", "-o", "part.wav"],
    );
    let meant = &told["occurrences"][0];
    assert!(
        (seconds(meant, "onset") - seconds(&all[1], "onset")).abs() < 0.05,
        "{meant} of {all:?}"
    );
}

#[test]
fn each_sound_has_its_own_and_a_later_run_knows_how_it_was_made() {
    let folder = folder();
    let queries = ["-q", "the last dog barking", "-q", "rain", "-o", "out"];
    let told = separate(folder.path(), &queries);
    assert_eq!(told["occurrences"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["outputs"].as_array().map(Vec::len), Some(2));
    assert_eq!(names(&folder.path().join("out")).len(), 2);

    let library = folder.path().join("library");
    std::fs::create_dir(&library).expect("a folder for the test");
    std::fs::rename(folder.path().join(SCENE), library.join(SCENE)).expect("it can be moved");
    let again = |more: &[&str]| {
        let usual = ["separate", "library", "the last dog barking", "-o", "of library"];
        prints(folder.path(), &[&usual[..], more].concat())
    };
    assert!(again(&[]).contains("1 files separated"));
    assert!(again(&[]).contains("1 finished before"));
    assert!(again(&["--gap", "0.1"]).contains("1 files separated"));
}

#[test]
fn what_cannot_be_told_is_refused_in_a_sentence() {
    let folder = folder();
    let folder = folder.path();
    let refused = |more: &[&str]| refuses(folder, &[&["separate", SCENE], more].concat());
    let none = refused(&["the 40th dog barking", "-o", "one.wav"]);
    assert!(
        none.contains("not in") && none.contains("times in it") && none.contains(SCENE),
        "{none}"
    );
    let live = refused(&["the last dog barking", "--live"]);
    assert!(live.contains("--live"), "{live}");
    let several = refused(&["-q", "the last dog barking", "-q", "rain", "--rest"]);
    assert!(several.contains("one rest"), "{several}");
    for inside in [
        "rain + the last dog",
        "not the last dog",
        "rain, not the first dog",
    ] {
        let sentence = refused(&[inside]);
        assert!(
            sentence.contains(inside) && sentence.contains("--mode remove"),
            "{sentence}"
        );
    }
    let pipe = refuses(folder, &["separate", "-", "the last dog barking", "-o", "-"]);
    assert!(pipe.contains("a pipe cannot be read twice"), "{pipe}");
    // Nothing else is read otherwise than before.
    assert!(earmark(folder, &["find", SCENE, "the dog"]).status.success());
}
