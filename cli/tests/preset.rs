//! `earmark preset`: what hosts without an editor load.

mod common;

use common::{prints, refuses};
use serde_json::Value;

/// The state in a `.vstpreset`: its one chunk.
fn state(file: &[u8]) -> Value {
    let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes")) as usize;
    assert_eq!(&file[..4], b"VST3");
    let list = number(40);
    assert_eq!(&file[list + 8..list + 12], b"Comp");
    let (offset, size) = (number(list + 12), number(list + 20));
    serde_json::from_slice(&file[offset..offset + size]).expect("the chunk is JSON")
}

fn queries(state: &Value) -> Value {
    let field = state["fields"]["queries"].as_str().expect("there is one");
    serde_json::from_str(field).expect("it is JSON, too")
}

#[test]
fn a_preset_for_vst3_hosts_holds_the_queries_and_what_they_mean() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    let said = prints(
        place,
        &[
            "preset",
            "typing + steps, not speech",
            "-q",
            "rain",
            "--mode",
            "remove",
            "-o",
            "t.vstpreset",
        ],
    );
    assert!(said.ends_with("t.vstpreset\n"));
    let state = state(&std::fs::read(place.join("t.vstpreset")).expect("it has been written"));
    assert_eq!(state["params"]["mode"]["string"], "remove");
    assert_eq!(state["params"]["slot"]["i32"], 1);
    let queries = queries(&state);
    assert_eq!(queries["version"], 2);
    assert_eq!(queries["model"]["id"], "earmark-small");
    let sounds = queries["slots"][0]["conditions"].as_array().expect("a list");
    let texts: Vec<_> = sounds.iter().filter_map(|sound| sound["text"].as_str()).collect();
    assert_eq!(texts, ["typing", "steps", "speech"]);
    assert!(sounds.iter().all(|sound| {
        sound["values"]
            .as_array()
            .is_some_and(|values| values.len() == 384)
    }));
    assert_eq!(queries["slots"][1]["text"], "rain");
}

#[test]
fn the_plug_ins_own_presets_are_written_and_read() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    prints(place, &["preset", "typing", "-o", "Typing away.json"]);
    let own: Value =
        serde_json::from_slice(&std::fs::read(place.join("Typing away.json")).expect("it is there"))
            .expect("it is JSON");
    assert_eq!(
        (&own["name"], &own["slots"][0]["text"]),
        (&"Typing away".into(), &"typing".into())
    );
    prints(
        place,
        &["preset", "--from", "Typing away.json", "-o", "x.vstpreset"],
    );
    let state = state(&std::fs::read(place.join("x.vstpreset")).expect("it has been written"));
    assert_eq!(queries(&state)["slots"][0]["text"], "typing");
}

#[test]
fn what_makes_no_preset_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let refused = |arguments: &[&str]| refuses(folder.path(), &[&["preset"], arguments].concat());
    assert!(refused(&["typing", "-o", "typing.fxp"]).contains(".vstpreset"));
    assert!(refused(&["typing", "-o", "typing"]).contains(".json"));
    assert!(refused(&["+", "-o", "x.vstpreset"]).contains("query is empty"));
    assert!(refused(&["a + b + c + d + e + f + g + h + i", "-o", "x.json"]).contains("more than 8 sounds"));
    let nine: Vec<&str> = std::iter::repeat_n(["-q", "rain"], 9)
        .flatten()
        .chain(["-o", "x.json"])
        .collect();
    assert!(refused(&nine).contains("9 queries"));
    assert!(refused(&["--from", "missing.json", "-o", "x.vstpreset"]).contains("missing.json"));
    assert!(refused(&["typing", "-o", "folder/x.vstpreset"]).contains("folder"));
}

#[test]
fn every_parameter_can_be_set() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let place = folder.path();
    let set = [
        "--set",
        "target=-6 dB",
        "--set",
        "also=2",
        "--set",
        "slot=off",
        "--set",
        "mode=custom",
    ];
    let both = ["--set", "mute_rest=on", "--set", "wet=50 %"];
    prints(
        place,
        &[&["preset", "typing", "-o", "t.vstpreset"], &set[..], &both].concat(),
    );
    let params = &state(&std::fs::read(place.join("t.vstpreset")).expect("it has been written"))["params"];
    assert_eq!(
        (
            &params["target"]["f32"],
            &params["also"]["i32"],
            &params["slot"]["i32"]
        ),
        (&(-6.0).into(), &2.into(), &0.into())
    );
    assert_eq!(
        (
            &params["mode"]["string"],
            &params["mute_rest"]["bool"],
            &params["wet"]["f32"]
        ),
        (&"custom".into(), &true.into(), &0.5.into())
    );

    prints(place, &[&["preset", "typing", "-o", "t.json"], &set[..]].concat());
    let own: Value = serde_json::from_slice(&std::fs::read(place.join("t.json")).expect("it is there"))
        .expect("it is JSON");
    assert_eq!(
        (&own["target_db"], &own["mode"]),
        (&(-6.0).into(), &"custom".into()),
        "{own}"
    );
    prints(
        place,
        &[
            "preset",
            "--from",
            "t.json",
            "--set",
            "target=1",
            "-o",
            "u.vstpreset",
        ],
    );
    let params = &state(&std::fs::read(place.join("u.vstpreset")).expect("it has been written"))["params"];
    assert_eq!(
        (&params["target"]["f32"], &params["also"]["i32"]),
        (&1.0.into(), &2.into())
    );

    let refused = |set: &str, file: &str| refuses(place, &["preset", "typing", "--set", set, "-o", file]);
    assert!(refused("mute_rest=on", "x.json").contains(".vstpreset"));
    assert!(refused("target=13", "x.json").contains("to 12 dB"));
    assert!(refused("level=3", "x.json").contains("sensitivity"));
    assert!(prints(place, &["preset", "--help"]).contains("smoothing"));
}
