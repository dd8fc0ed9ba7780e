//! A sound that is no text, all the way: slot, project, preset, service, engine. Examples are sounds and pictures.

use std::time::{Duration, Instant};

use earmark_audio::{Format, Layout, Output};
use earmark_models::encoder::{ClipImageConfig, ClipLayout, ClipTextConfig};
use earmark_models::resunet::ResUNetConfig;
use earmark_models::stft::{StftConfig, WindowKind};
use earmark_models::{EncoderKind, bundled, imported};
use earmark_queries::{Asked, Clip, ClipId, Embedding, Sound};
use serde_json::json;

use super::*;
use crate::presets::Shelf;
use crate::state::{ModelRef, Named, NamedSound, StoredQueries, StoredSlot, VERSION};

fn door(encoder: &str) -> Sound {
    let mut values = vec![0.0; bundled::spec().condition_size];
    (values[0], values[1]) = (0.6, 0.8);
    let encoder = encoder.into();
    let id = ClipId::new("4f1c").expect("letters and digits");
    let clip = Clip::new(id, "my door", Embedding { encoder, values });
    Sound::Clip(clip.expect("a unit vector"))
}

fn slot(sound: Sound) -> StoredSlot {
    StoredSlot {
        sounds: vec![NamedSound::wanted(sound)],
        ..StoredSlot::default()
    }
}

/// What the first slot asks the engine for.
fn asked(session: &Session) -> Asked {
    let inner = session.inner.lock();
    inner.line.queries.asked().next().expect("there are eight")
}

/// Whether the first slot asks for the door alone.
fn hears_the_door(session: &Session) -> bool {
    let Asked::Query(query) = asked(session) else {
        return false;
    };
    query.wanted.len() == 1 && query.unwanted.is_empty() && query.wanted[0].values[..2] == [0.6, 0.8]
}

#[test]
fn a_clip_goes_from_a_slot_through_project_and_preset_to_the_engine() {
    let place = tempfile::tempdir().expect("a folder for the test");
    let session = Session::new();
    session.inner.lock().shelf = Shelf::at(place.path());
    session.put_slot(0, slot(door("minilm")));
    assert!(hears_the_door(&session) && session.has_query(0));
    assert!(!session.snapshot().pending[0], "it brings its embedding along");

    let stored = session.stored();
    assert_eq!(stored.version, VERSION);
    let json = serde_json::to_string(&stored).expect("plain data");
    let opened = Session::new();
    opened.restore(&serde_json::from_str(&json).expect("it has just been written"));
    assert!(hears_the_door(&opened));

    session.save_preset("Door", Default::default());
    session.edit(0, "rain");
    session.choose_preset("Rain only");
    assert!(!hears_the_door(&session));
    session.choose_preset("Door").expect("it has just been saved");
    assert!(hears_the_door(&session));
}

/// Clicks of a keyboard in a file, or silence.
fn recording(folder: &std::path::Path, loud: bool) -> std::path::PathBuf {
    let place = folder.join("my keys.wav");
    let format = Format::of(&place).expect("a WAV file");
    let layout = Layout {
        rate: 44_100,
        channels: 2,
        speakers: None,
        bits: format.default_bits(),
        frames: None,
        chunks: Vec::new(),
        stamp: None,
    };
    let mut output = Output::create(&place, format, &layout).expect("the folder is the test's");
    let click = |n: usize| {
        if n % 9_000 < 400 {
            (n as f32 * 1.7).sin()
        } else {
            0.0
        }
    };
    let samples: Vec<f32> = (0..88_200).map(|n| if loud { click(n) } else { 0.0 }).collect();
    output.write(&[&samples, &samples]).expect("there is room");
    output.finish().expect("there is room");
    place
}

/// Waits until nothing is listened to any more; what was noticed.
fn listened(session: &Session) -> Option<String> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let snapshot = session.snapshot();
        if !snapshot.listening {
            return snapshot.notice;
        }
        assert!(Instant::now() < until, "the service answers");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_sound_that_is_listened_to_is_what_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = recording(folder.path(), true);
    let session = Session::new();
    let example = |wanted| Example { slot: 0, wanted };
    session.take_file(example(true), file.clone());
    assert_eq!(listened(&session), None);
    assert!(
        session.take_listened() && !session.take_listened(),
        "the project is edited"
    );
    assert!(session.has_query(0) && !session.snapshot().pending[0]);
    let Asked::Query(query) = asked(&session) else {
        panic!("it is asked for")
    };
    assert_eq!((query.wanted.len(), query.unwanted.len()), (1, 0));
    let kept = session.stored().slots[0].sounds.clone();
    assert_eq!(kept[0].title(), "my keys");
    assert_eq!(kept[0].outline().len(), 32);

    // Another one takes its place; one that is not wanted stands beside it, and so do words.
    session.take_file(example(true), file.clone());
    listened(&session);
    session.take_file(example(false), file.clone());
    listened(&session);
    let kept = session.stored().slots[0].sounds.clone();
    assert_eq!(
        kept.iter().map(|sound| sound.wanted).collect::<Vec<_>>(),
        [true, false]
    );
    let json = serde_json::to_string(&session.stored()).expect("plain data");
    let opened = Session::new();
    opened.restore(&serde_json::from_str(&json).expect("it has just been written"));
    assert_eq!(opened.stored().slots[0].sounds, kept, "its thumbnail, too");
    assert_eq!(opened.stored().slots[0].sounds[0].outline(), kept[0].outline());
}

#[test]
fn what_is_no_example_is_said_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let session = Session::new();
    let example = Example {
        slot: 0,
        wanted: true,
    };
    session.take_file(example, recording(folder.path(), false));
    let silent = listened(&session).expect("something is to be said");
    assert!(
        silent.contains("silent") || silent.contains("silence"),
        "{silent}"
    );
    session.dismiss_notice();
    session.take_file(example, folder.path().join("missing.wav"));
    let missing = listened(&session).expect("something is to be said");
    assert!(missing.contains("missing.wav"), "{missing}");
    session.dismiss_notice();
    session.listen(example, Default::default());
    let gone = listened(&session).expect("something is to be said");
    assert!(gone.contains("no longer kept"), "{gone}");
    assert!(session.stored().slots[0].is_empty() && !session.take_listened());
}

/// AudioSep's network by CLIP, with few channels, short windows and small towers: "eyes" with the one of pictures, "blind" without.
fn install(folders: &Folders) {
    let text = ClipTextConfig {
        layout: ClipLayout::HuggingFace,
        words: 16,
        blocks: 1,
        width: 64,
        condition_size: 32,
        ..ClipTextConfig::vit_b_32()
    };
    let image = ClipImageConfig {
        layout: ClipLayout::HuggingFace,
        patch: 8,
        grid: 2,
        blocks: 1,
        width: 64,
        condition_size: 32,
    };
    let mut network = ResUNetConfig {
        stft: StftConfig {
            window: 128,
            hop: 20,
            kind: WindowKind::Hann,
        },
        encoder: EncoderKind::Clip,
        condition_size: 32,
        stem: 4,
        middle: 12,
        ..ResUNetConfig::audiosep()
    };
    for (stage, channels) in network.stages.iter_mut().zip([4, 6, 8, 10, 12, 12]) {
        stage.channels = channels;
    }
    let config = json!(network).to_string();
    let parts = [
        (
            "resunet.",
            network.required_tensors().expect("a network that can be"),
        ),
        ("clip-text.", text.required_tensors()),
        ("", vec![("tokenizer".to_owned(), vec![1])]),
        ("clip-image.", image.required_tensors()),
    ];
    for (id, parts) in [("eyes", &parts[..]), ("blind", &parts[..3])] {
        let names: Vec<&str> = ["resunet.", "clip-text.", "tokenizer", "clip-image."][..parts.len()].into();
        let more = [(imported::PARTS_KEY, json!(names).to_string())];
        weights::install(folders, id, &config, parts, &more);
    }
}

/// A picture of stripes.
fn stripes(place: &std::path::Path, width: usize) {
    let file = std::fs::File::create(place).expect("the folder is the test's");
    let mut encoder = png::Encoder::new(file, 60, 40);
    encoder.set_color(png::ColorType::Grayscale);
    let values: Vec<u8> = (0..60 * 40)
        .map(|n| {
            if (n % 60 / width).is_multiple_of(2) {
                250
            } else {
                20
            }
        })
        .collect();
    let mut writer = encoder.write_header().expect("there is room");
    writer.write_image_data(&values).expect("there is room");
}

#[test]
fn a_picture_is_what_is_asked_for_where_the_model_has_eyes() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let folders = Folders::at(folder.path());
    install(&folders);
    let with = |id: &str| {
        let session = Session::at(folders.clone());
        let model = ModelRef {
            id: id.into(),
            ..ModelRef::default()
        };
        session.restore(&StoredQueries {
            model,
            ..StoredQueries::default()
        });
        session
    };
    let (dog, bell) = (folder.path().join("my dog.png"), folder.path().join("bell.PNG"));
    stripes(&dog, 3);
    stripes(&bell, 10);
    let example = |wanted| Example { slot: 0, wanted };

    let session = with("eyes");
    session.take_file(example(true), dog.clone());
    assert_eq!(listened(&session), None);
    session.take_file(example(false), bell.clone());
    assert_eq!(listened(&session), None);
    assert!(session.take_listened(), "the project is edited");
    let Asked::Query(query) = asked(&session) else {
        panic!("it is asked for")
    };
    assert_eq!((query.wanted.len(), query.unwanted.len()), (1, 1));
    assert_ne!(query.wanted[0].values, query.unwanted[0].values);
    let kept = session.stored().slots[0].sounds.clone();
    assert_eq!(
        (kept[0].title(), kept[1].title()),
        ("my dog".into(), "bell".into())
    );
    assert!(
        kept.iter()
            .all(|sound| sound.is_picture() && sound.outline().is_empty())
    );
    let json = serde_json::to_string(&session.stored()).expect("plain data");
    let opened = with("eyes");
    opened.restore(&serde_json::from_str(&json).expect("it has just been written"));
    assert_eq!(opened.stored().slots[0].sounds, kept);
    let renamed = kept[0].clone().renamed("Rex");
    assert!(renamed.is_picture() && renamed.title() == "Rex");
    // A sound is asked for in its place, where the model had ears.
    session.take_file(example(true), recording(folder.path(), true));
    let deaf = listened(&session).expect("something is to be said");
    assert!(deaf.contains("eyes has no encoder of sounds"), "{deaf}");
    assert_eq!(session.stored().slots[0].sounds, kept);

    for (id, said) in [
        ("blind", "blind was installed without its image tower"),
        ("earmark-small", "earmark-small has no encoder of pictures"),
    ] {
        let session = with(id);
        session.take_file(example(true), dog.clone());
        let notice = listened(&session).expect("something is to be said");
        assert!(
            notice.contains(said) && notice.contains("--image-tower"),
            "{notice}"
        );
        assert!(session.stored().slots[0].is_empty() && !session.take_listened());
    }
    std::fs::write(&dog, b"\x89PNG\r\n\x1a\n").expect("the folder is the test's");
    session.dismiss_notice();
    session.take_file(example(true), dog);
    let damaged = listened(&session).expect("something is to be said");
    assert!(damaged.contains("The picture cannot be looked at"), "{damaged}");
}

#[test]
fn a_clip_that_the_model_cannot_read_is_said_and_kept() {
    let session = Session::new();
    session.put_slot(0, slot(door("of a later version")));
    let until = Instant::now() + Duration::from_secs(60);
    let failure = loop {
        let snapshot = session.snapshot();
        match snapshot.failure {
            Some(failure) if !snapshot.pending[0] => break failure,
            _ => assert!(Instant::now() < until, "the service answers"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(
        failure.contains("my door") && failure.contains("of a later version"),
        "{failure}"
    );
    assert_eq!(asked(&session), Asked::Nothing);
    let kept = &session.stored().slots[0].sounds;
    assert!(
        matches!(&kept[..], [named] if named.title() == "my door" && matches!(named.sound, Named::Known(_)))
    );
}

#[test]
fn a_sound_of_a_later_version_is_said_and_kept() {
    let picture = json!({"image": "face", "name": "a picture"});
    let mut stored = StoredQueries::default();
    stored.all_slots()[3] = StoredSlot {
        sounds: vec![NamedSound::of(picture)],
        ..StoredSlot::of("rain")
    };
    let session = Session::new();
    session.restore(&stored);
    let notice = session.snapshot().notice.expect("something is to be said");
    assert!(
        notice.contains("Query 4") && notice.contains("a picture"),
        "{notice}"
    );
    assert_eq!(session.stored().slots[3].sounds, stored.slots[3].sounds);
}
