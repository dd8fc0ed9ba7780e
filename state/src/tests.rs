//! Whole states, written and read.

use earmark_models::EncoderKind;
use earmark_models::resunet::Quality;
use earmark_queries::{Clip, ClipId, Embedding, Medium, Sound};
use serde_json::{Value, json};

use super::*;

fn read(json: &str) -> StoredQueries {
    serde_json::from_str(json).expect("valid JSON is always read")
}

#[test]
fn what_is_written_is_read_back_bit_by_bit() {
    let values = (0..384).map(|i| (i as f32).sin() / 13.86).collect();
    let model = ModelRef {
        id: "earmark-small".into(),
        sha256: "ab12".into(),
    };
    let condition = StoredCondition {
        encoder: EncoderKind::MiniLm,
        model: model.clone(),
        values,
    };
    let slots = vec![
        StoredSlot {
            text: "Türklopfen 🚪".into(),
            negative: "speech".into(),
            name: "Tür".into(),
            colour: 7,
            sounds: vec![],
            own: Some(OwnMix {
                mode: Mode::Remove,
                rest_db: -6.5,
                ..OwnMix::default()
            }),
            conditions: vec![StoredSound {
                text: "Türklopfen 🚪".into(),
                condition,
            }],
        },
        StoredSlot::of("rain"),
    ];
    let queries = StoredQueries {
        version: VERSION,
        model,
        quality: Quality::Best,
        trim: Some(-12.0),
        stereo: ChannelMode::Each,
        timing: Some(Automation::AtOutput),
        slots,
    };
    assert_eq!(
        read(&serde_json::to_string(&queries).expect("plain data")),
        queries
    );
}

#[test]
fn garbage_costs_only_itself() {
    for json in [
        "null",
        "3",
        "\"x\"",
        "[]",
        "{}",
        r#"{"slots": 3, "version": -1, "model": []}"#,
    ] {
        assert_eq!(
            read(json),
            StoredQueries {
                version: VERSION,
                ..StoredQueries::default()
            },
            "{json}"
        );
    }
    let queries = read(
        r#"{"version": 7, "new": true, "stereo": "wide", "timing": 3, "slots": [17, {"text": 3},
            {"text": "a", "condition": "b", "kind": "audio", "colour": 300, "own": {"mode": "explode"}},
            {"text": "c", "condition": {"encoder": "telepathy", "values": [1]}, "conditions": [3, {}], "colour": 9,
             "own": {"target_db": 1e9}}, null, {}, {}, {}, {"text": "ninth"}]}"#,
    );
    assert_eq!(queries.version, 7);
    let texts: Vec<&str> = queries.slots.iter().map(|slot| slot.text.as_str()).collect();
    assert_eq!(texts, ["", "", "a", "c", "", "", "", ""]);
    assert!(queries.slots.iter().all(|slot| slot.conditions.is_empty()));
    assert_eq!((queries.slots[2].colour, queries.slots[3].colour), (0, 7));
    assert_eq!(queries.slots[2].own, None);
    assert_eq!(queries.slots[3].own.map(|own| own.target_db), Some(12.0));
}

#[test]
fn a_condition_is_used_only_where_it_fits() {
    let spec = earmark_models::bundled::spec();
    let condition = |encoder, values| StoredCondition {
        encoder,
        model: ModelRef::default(),
        values,
    };
    let unit = || {
        let mut values = vec![0.0; spec.condition_size];
        values[0] = 1.0;
        values
    };
    assert!(condition(spec.encoder, unit()).usable(spec).is_some());
    assert!(condition(EncoderKind::Clap, unit()).usable(spec).is_none());
    assert!(condition(spec.encoder, vec![1.0]).usable(spec).is_none());
    assert!(
        condition(spec.encoder, vec![0.0; spec.condition_size])
            .usable(spec)
            .is_none()
    );
    assert!(
        condition(spec.encoder, vec![f32::NAN; spec.condition_size])
            .usable(spec)
            .is_none()
    );
}

#[test]
fn a_preset_file_points_at_its_one_chunk() {
    let state = HostState::for_query("rain");
    let (file, json) = (state.to_vst3_preset(), state.to_json());
    let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes")) as usize;
    let list = number(40);
    assert_eq!(&file[list..list + 4], b"List");
    assert_eq!(&file[list + 8..list + 12], b"Comp");
    let (offset, size) = (number(list + 12), number(list + 20));
    assert_eq!(&file[offset..offset + size], json);
    assert_eq!(file.len(), list + 28);
    let clap = state.to_clap();
    assert_eq!(&clap[..8], (json.len() as u64).to_le_bytes());
}

fn door(encoder: &str) -> Clip {
    let mut values = vec![0.0; 384];
    (values[0], values[1]) = (0.6, 0.8);
    let encoder = encoder.into();
    Clip::new(
        ClipId::new("4f1c").unwrap(),
        "my door",
        Embedding { encoder, values },
    )
    .unwrap()
}

#[test]
fn sounds_that_are_no_words_go_round() {
    let door = Sound::Clip(door("of a later version"));
    let image = json!({"image": "face", "name": "a picture", "unwanted": true, "later": [1, 2]});
    let queries = StoredQueries {
        slots: vec![StoredSlot {
            negative: "speech".into(),
            sounds: vec![NamedSound::wanted(door.clone()), NamedSound::of(image.clone())],
            ..StoredSlot::default()
        }],
        ..StoredQueries::default()
    }
    .stamped();
    let back = read(&serde_json::to_string(&queries).unwrap());
    assert_eq!((back.version, &back), (VERSION, &queries));
    let slot = &back.slots[0];
    let Named::Known(Sound::Clip(clip)) = &slot.sounds[0].sound else {
        panic!("the clip is known");
    };
    assert_eq!((clip.name(), clip.embedding().values.len()), ("my door", 384));
    assert_eq!(
        (slot.sounds[1].sound.clone(), slot.sounds[1].wanted),
        (Named::Unknown(image), false)
    );
    assert_eq!(slot.unknown().as_deref(), Some("a picture"));
    let phrases = slot.phrases();
    assert_eq!(
        (phrases.wanted, phrases.unwanted),
        (vec![door], vec!["speech".into()])
    );
}

/// Earlier versions know no `picture`, and keep what they do not know (`what_is_no_clip_is_kept_and_not_heard`).
#[test]
fn a_picture_goes_round_under_a_name_of_its_own() {
    let mut values = vec![0.0; 512];
    values[0] = 10.0;
    let encoder = "clipsep".into();
    let embedding = Embedding { encoder, values };
    let picture = Clip::of(Medium::Picture, ClipId::new("ab12").unwrap(), "my dog", embedding).unwrap();
    let named = NamedSound::wanted(Sound::Clip(picture));
    let written = serde_json::to_value(&named).unwrap();
    assert_eq!(
        (&written["picture"], &written["clip"]),
        (&json!("ab12"), &Value::Null)
    );
    assert_eq!(NamedSound::of(written.clone()), named);
    let Named::Known(Sound::Clip(clip)) = NamedSound::of(written.clone()).sound else {
        panic!("it is known");
    };
    assert_eq!((clip.medium(), clip.name()), (Medium::Picture, "my dog"));

    let mut damaged = written;
    damaged["values"][0] = json!(0.0);
    assert!(NamedSound::damage(&damaged).is_some_and(|allowed| allowed.contains("picture")));
    assert!(matches!(NamedSound::of(damaged).sound, Named::Unknown(_)));
}

#[test]
fn a_state_of_texts_alone_is_one_that_earlier_versions_know() {
    let queries = StoredQueries {
        slots: vec![StoredSlot::of("rain")],
        ..StoredQueries::default()
    };
    let written = serde_json::to_value(queries.stamped()).unwrap();
    assert_eq!(written["version"], 2);
    assert_eq!(written["slots"][0], json!({"text": "rain"}));
}

#[test]
fn what_is_no_clip_is_kept_and_not_heard() {
    let unit = |size: usize| {
        let mut values = vec![0.0; size];
        values[0] = 1.0;
        values
    };
    for sound in [
        json!(3),
        json!({"clip": "../x", "encoder": "clap", "values": unit(512)}),
        json!({"clip": "ab", "encoder": "clap", "values": unit(4096)}),
        json!({"clip": "ab", "encoder": "clap", "values": []}),
        json!({"clip": "ab", "encoder": "clap"}),
    ] {
        let named = NamedSound::of(sound.clone());
        assert_eq!(named.sound, Named::Unknown(sound));
        let slot = StoredSlot {
            sounds: vec![named],
            ..StoredSlot::default()
        };
        assert!(slot.phrases().is_empty() && slot.unknown().is_some() && !slot.is_empty());
    }
}
