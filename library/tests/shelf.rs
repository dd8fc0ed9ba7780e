//! What is installed, verified and removed.

mod common;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use common::{Place, Stated, model, sha256};
use earmark_library::import::{ImportError, ImportOptions};
use earmark_library::{Library, LibraryError, Verdict};

/// Writes what the importer would: a small model, its header changed by `change`.
fn install(place: &Place, id: &str, change: impl Fn(&mut HashMap<String, String>)) -> PathBuf {
    let path = place.folders().models().join(format!("{id}.safetensors"));
    std::fs::create_dir_all(place.folders().models()).expect("a folder");
    std::fs::write(&path, model(id, change)).expect("a file for the test");
    path
}

/// Writes the record of a model as importing leaves it.
fn record(place: &Place, id: &str) {
    let bytes = std::fs::read(place.folders().models().join(format!("{id}.safetensors"))).expect("the model");
    let text = format!(
        "{{\"sha256\": \"{}\", \"bytes\": {}}}",
        sha256(&bytes),
        bytes.len()
    );
    std::fs::write(place.folders().models().join(format!("{id}.json")), text).expect("a file for the test");
}

fn open(place: &Place) -> Library {
    place.library("http://127.0.0.1:1/f", &Stated::default())
}

fn verify(library: &Library, id: &str) -> Verdict {
    library
        .verify(id, &mut |_| ControlFlow::Continue(()))
        .expect("a verdict")
}

#[test]
fn an_empty_folder_and_no_folder_hold_nothing() {
    let place = Place::new();
    let library = open(&place);
    assert!(library.installed().installed.is_empty());
    assert!(!place.folders().root().exists(), "looking creates nothing");
    std::fs::create_dir_all(place.folders().models()).expect("a folder");
    let shelf = library.refresh().expect("a readable folder");
    assert!(shelf.installed.is_empty() && shelf.damaged.is_empty());
    let sentence = shelf.find("tiny").expect_err("nothing is there").to_string();
    assert!(
        sentence.contains("tiny") && sentence.contains("none"),
        "{sentence}"
    );
}

#[test]
fn installed_models_are_read_from_their_headers() {
    let place = Place::new();
    install(&place, "zebra", |_| {});
    let path = install(&place, "ape", |_| {});
    record(&place, "ape");
    // What an import under way and a person leave there.
    std::fs::write(place.folders().models().join(".tmp1.safetensors"), "x").expect("a file");
    std::fs::write(place.folders().models().join("notes.txt"), "x").expect("a file");
    let shelf = open(&place).installed();
    let ids: Vec<&str> = shelf.installed.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["ape", "zebra"]);
    assert!(shelf.damaged.is_empty());
    let ape = shelf.find("ape").expect("it is there");
    assert_eq!(
        (
            ape.name.as_str(),
            ape.header.architecture.as_deref(),
            ape.header.sources[0].file.as_str()
        ),
        ("A model", Some("band-mask"), "model.ckpt")
    );
    let bytes = std::fs::read(&path).expect("the model");
    assert_eq!((&ape.path, ape.bytes), (&path, bytes.len() as u64));
    assert_eq!(ape.sha256, Some(sha256(&bytes)));
    assert_eq!(ape.header.sha256, "c0de");
    assert_eq!(shelf.find("zebra").expect("it is there").sha256, None);
}

#[test]
fn what_another_program_installs_is_seen_after_a_refresh() {
    let place = Place::new();
    let library = open(&place);
    install(&place, "late", |_| {});
    assert!(library.installed().installed.is_empty());
    library.clone().refresh().expect("a readable folder");
    assert_eq!(
        library.installed().installed.len(),
        1,
        "all clones are one library"
    );
}

#[test]
fn damaged_files_are_told_apart_and_say_what_is_wrong() {
    let place = Place::new();
    let cut = install(&place, "cut", |_| {});
    let bytes = std::fs::read(&cut).expect("the model");
    std::fs::write(&cut, &bytes[..bytes.len() - 1]).expect("a file for the test");
    install(&place, "foreign", |metadata| metadata.clear());
    install(&place, "future", |metadata| {
        metadata.insert("earmark.format".into(), "2".into());
    });
    install(&place, "lacking", |metadata| {
        metadata.remove("earmark.config");
    });
    install(&place, "sourceless", |metadata| {
        metadata.insert("earmark.source".into(), "somewhere".into());
    });
    install(&place, "renamed", |metadata| {
        metadata.insert("earmark.id".into(), "original".into());
    });
    let grown = install(&place, "swapped", |_| {});
    record(&place, "swapped");
    install(&place, "swapped", |metadata| {
        metadata.insert("more".into(), "bytes".into());
    });
    assert!(grown.exists());
    let models = place.folders().models();
    std::fs::write(models.join("text.safetensors"), "no model").expect("a file for the test");
    std::fs::write(models.join("huge.safetensors"), u64::MAX.to_le_bytes()).expect("a file for the test");
    let shelf = open(&place).installed();
    assert!(shelf.installed.is_empty());
    let reason = |id: &str| {
        let damaged = shelf.damaged.iter().find(|damaged| damaged.id == id);
        damaged.map(|damaged| damaged.reason.clone()).unwrap_or_default()
    };
    for (id, expected) in [
        ("cut", "no whole safetensors file"),
        ("foreign", "no imported model"),
        ("future", "of format 2"),
        ("lacking", "lacks earmark.config"),
        ("sourceless", "earmark.source is no list"),
        ("renamed", "holds the model original"),
        ("swapped", "bytes instead of"),
        ("text", "no whole safetensors file"),
        ("huge", "no whole safetensors file"),
    ] {
        assert!(reason(id).contains(expected), "{id}: {}", reason(id));
    }
}

#[test]
fn a_model_is_compared_with_what_was_imported() {
    let place = Place::new();
    let path = install(&place, "tiny", |_| {});
    let sum = sha256(&std::fs::read(&path).expect("the model"));
    let library = open(&place);
    assert_eq!(
        verify(&library, "tiny"),
        Verdict::Unrecorded { sha256: sum.clone() }
    );
    record(&place, "tiny");
    assert_eq!(verify(&library, "tiny"), Verdict::Intact { sha256: sum.clone() });
    // One bit, the size unchanged.
    let mut bytes = std::fs::read(&path).expect("the model");
    *bytes.last_mut().expect("bytes") ^= 1;
    std::fs::write(&path, &bytes).expect("a file for the test");
    let Verdict::Damaged { reason } = verify(&library, "tiny") else {
        panic!("a flipped bit went unnoticed");
    };
    assert!(
        reason.contains(&sum) && reason.contains(&sha256(&bytes)),
        "{reason}"
    );
    let stopped = library.verify("tiny", &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(LibraryError::Cancelled)));
}

#[test]
fn removing_takes_the_model_and_its_record_and_nothing_else() {
    let place = Place::new();
    let path = install(&place, "tiny", |_| {});
    record(&place, "tiny");
    let other = install(&place, "other", |_| {});
    let broken = place.folders().models().join("broken.safetensors");
    std::fs::write(&broken, "x").expect("a file for the test");
    let library = open(&place);
    let bytes = std::fs::metadata(&path).expect("the model").len();
    assert_eq!(library.remove("tiny").expect("it is there"), bytes);
    assert!(!path.exists() && !path.with_extension("json").exists());
    assert_eq!(library.installed().installed.len(), 1);
    assert_eq!(library.remove("broken").expect("it is there"), 1);
    for id in ["tiny", "../models/other", "other.safetensors", ""] {
        assert!(
            matches!(library.remove(id), Err(LibraryError::NotInstalled { .. })),
            "{id}"
        );
    }
    assert!(other.exists());
}

#[test]
fn a_model_is_not_imported_under_a_name_that_is_a_path() {
    let place = Place::new();
    let library = open(&place);
    let options = ImportOptions {
        id: Some("../evil".into()),
        ..ImportOptions::default()
    };
    let result = library.import(
        &["model.ckpt".into()],
        options,
        &mut |_| ControlFlow::Continue(()),
    );
    assert!(matches!(
        result,
        Err(LibraryError::Import(ImportError::Id { .. }))
    ));
}
