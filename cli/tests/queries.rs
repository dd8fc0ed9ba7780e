//! What a query says, from the command line to the file.

mod common;

use std::path::Path;

use common::{difference_db, earmark, fixture, prints, read_wav, refuses};
use serde_json::Value;

fn separated(place: &Path, query: &str, out: &str, rest: &str) -> Value {
    let input = fixture("tone.flac");
    let input = input.to_str().expect("a path in UTF-8");
    let said = prints(
        place,
        &["separate", input, query, "-o", out, "--rest", rest, "--json"],
    );
    serde_json::from_str(&said).expect("one object")
}

fn bytes(place: &Path, name: &str) -> Vec<u8> {
    std::fs::read(place.join(name)).expect("it has been written")
}

#[test]
fn a_plus_needs_no_spaces_between_words() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    separated(place, "rain + wind", "a.wav", "a-rest.wav");
    separated(place, "rain+wind", "b.wav", "b-rest.wav");
    assert_eq!(bytes(place, "a.wav"), bytes(place, "b.wav"));
    assert_eq!(bytes(place, "a-rest.wav"), bytes(place, "b-rest.wav"));
}

#[test]
fn not_alone_is_everything_but_that() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    let report = separated(place, "not speech", "without.wav", "speech.wav");
    assert_eq!(report["queries"][0], "not speech");
    separated(place, "speech", "s.wav", "s-rest.wav");
    let without = read_wav(&place.join("without.wav")).1;
    let rest = read_wav(&place.join("s-rest.wav")).1;
    // Alike, not equal: measured at -41 dB.
    let far = difference_db(&without, &rest);
    assert!(
        far < -30.0,
        "what speech leaves is everything but speech: {far} dB"
    );
    assert!(
        refuses(
            place,
            &["separate", fixture("tone.flac").to_str().expect("UTF-8"), "not"]
        )
        .contains("query is empty")
    );
}

#[test]
fn what_is_not_understood_is_said_to_people_and_scripts() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    let report = separated(place, "дождь", "a.wav", "a-rest.wav");
    let doubt = &report["not_understood"][0];
    assert_eq!(doubt["text"], "дождь");
    assert!(
        doubt["likeness"].as_f64().is_some_and(|likeness| likeness < 0.6) && doubt["instead"].is_string()
    );
    let input = fixture("tone.flac");
    let output = earmark(
        place,
        &["separate", input.to_str().expect("UTF-8"), "дождь", "-o", "b.wav"],
    );
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        output.status.success() && said.contains("does not know \u{201c}дождь\u{201d}"),
        "{said}"
    );
    let understood = separated(place, "a dog barking", "c.wav", "c-rest.wav");
    assert_eq!(understood["not_understood"].as_array().map(Vec::len), Some(0));
}
