//! The bundled separator's network against the one that PyTorch trains.

mod common;

use std::collections::HashMap;

use common::{Fixture, relative_error};
use earmark_models::band_mask::BandMask;
use earmark_models::{AudioEncoder, Condition, Detector, EncoderKind, MaskStream, ModelError, Separator};
use num_complex::Complex32;

struct Golden {
    state: Fixture,
    magnitudes: Vec<f32>,
    masks: Vec<f32>,
    condition: Condition,
}

/// A network as it was before there were listeners, and one that has one.
const BOTH: [&str; 2] = ["band_mask", "band_listener"];

fn golden() -> Golden {
    golden_of("band_mask")
}

fn golden_of(name: &str) -> Golden {
    let io = Fixture::read(&format!("{name}_io"));
    let condition = Condition {
        encoder: EncoderKind::MiniLm,
        values: io.floats("condition").into(),
    };
    let state = Fixture::read(&format!("{name}_state"));
    Golden {
        state,
        magnitudes: io.floats("magnitudes"),
        masks: io.floats("masks"),
        condition,
    }
}

/// Another query.
fn opposite(condition: &Condition) -> Condition {
    let values = condition.values.iter().map(|value| -value).collect();
    Condition {
        encoder: condition.encoder,
        values,
    }
}

/// Pushes all frames that fill whole blocks.
fn run(stream: &mut dyn MaskStream, magnitudes: &[f32], block: usize) -> Vec<f32> {
    let mut masks = vec![Complex32::default(); block];
    let mut out = Vec::new();
    for frames in magnitudes.chunks_exact(block) {
        stream.push(frames, &mut masks).unwrap();
        assert!(masks.iter().all(|mask| mask.im == 0.0));
        out.extend(masks.iter().map(|mask| mask.re));
    }
    out
}

#[test]
fn in_blocks_of_any_size_it_is_the_network_that_was_trained() {
    for name in BOTH {
        let golden = golden_of(name);
        let mut by_step: Option<Vec<f32>> = None;
        for block in [2, 4, 6, 8, 20, 40] {
            let what = format!("{name} in blocks of {block}");
            let separator = BandMask::from_safetensors("tiny", "", block, &golden.state.bytes).unwrap();
            let (bins, lookahead) = (separator.spec().stft.bins(), separator.spec().lookahead);
            assert_eq!((bins, lookahead), (33, 6));
            let mut stream = separator.stream(std::slice::from_ref(&golden.condition)).unwrap();
            for _ in 0..2 {
                let masks = run(&mut *stream, &golden.magnitudes, block * bins);
                let (unborn, masks) = masks.split_at(lookahead * bins);
                assert!(
                    unborn.iter().all(|&mask| mask == 0.0),
                    "no masks before the first frame"
                );
                let error = relative_error(masks, &golden.masks[..masks.len()]);
                assert!(error < 1e-5, "{what}: {error:.2e}");
                let by_step = by_step.get_or_insert_with(|| masks.to_vec());
                assert!(
                    masks == &by_step[..masks.len()],
                    "{what}: not to the bit what single steps give"
                );
                stream.reset();
            }
        }
    }
}

#[test]
fn masks_do_not_depend_on_what_lies_before_the_context() {
    for name in BOTH {
        let golden = golden_of(name);
        let separator = BandMask::from_safetensors("tiny", "", 2, &golden.state.bytes).unwrap();
        let (bins, context) = (separator.spec().stft.bins(), separator.spec().context);
        let long = golden.magnitudes.repeat(3);
        let masks = |magnitudes: &[f32]| {
            let mut stream = separator.stream(std::slice::from_ref(&golden.condition)).unwrap();
            run(&mut *stream, magnitudes, 2 * bins)
        };
        let start = 30;
        let (whole, late) = (masks(&long), masks(&long[start * bins..]));
        let settled = context + separator.spec().lookahead;
        assert!(
            late[settled * bins..] == whole[(start + settled) * bins..],
            "{name}: the context is as long as needed"
        );
        assert!(
            late[(settled - 1) * bins..] != whole[(start + settled - 1) * bins..],
            "{name}: the context is no longer than needed"
        );
    }
}

#[test]
fn what_is_caught_up_with_leaves_what_every_step_would_have_left() {
    for name in BOTH {
        let golden = golden_of(name);
        let separator = BandMask::from_safetensors("tiny", "", 2, &golden.state.bytes).unwrap();
        let bins = separator.spec().stft.bins();
        let long = golden.magnitudes.repeat(6);
        let conditions = [&golden.condition, &opposite(&golden.condition)].map(Clone::clone);
        let mut masks = vec![Complex32::default(); 2 * 2 * bins];
        let mut push = |stream: &mut dyn MaskStream, magnitudes: &[f32]| -> Vec<f32> {
            let mut out = Vec::new();
            for frames in magnitudes.chunks_exact(2 * bins) {
                stream.push(frames, &mut masks).unwrap();
                out.extend(masks.iter().map(|mask| mask.re));
            }
            out
        };
        let mut steady = separator.stream(&conditions).unwrap();
        let all = push(&mut *steady, &long);
        // Pushed, caught up with in pieces that fill long blocks or do not, and pushed again.
        for (pushed, pieces) in [
            (0, vec![64, 38]),
            (0, vec![32]),
            (10, vec![96]),
            (46, vec![34, 66]),
        ] {
            let mut stream = separator.stream(&conditions).unwrap();
            push(&mut *stream, &long[..pushed * bins]);
            let (mut at, mut left) = (pushed, pieces.iter().sum::<usize>());
            for piece in &pieces {
                left -= piece;
                let magnitudes = &long[at * bins..][..piece * bins];
                assert!(stream.catch_up(magnitudes, left).unwrap(), "{name}: {pieces:?}");
                at += piece;
            }
            let after = push(&mut *stream, &long[at * bins..]);
            assert!(
                after == all[2 * at * bins..],
                "{name}: {pieces:?} after {pushed} frames is not to the bit what single steps give"
            );
        }
        let mut stream = separator.stream(&conditions).unwrap();
        assert!(
            !stream.catch_up(&long[..30 * bins], 0).unwrap(),
            "too few to be quicker"
        );
        assert!(push(&mut *stream, &long) == all, "and nothing has been read");
    }
}

#[test]
fn its_detector_says_of_every_step_what_the_one_that_was_trained_says() {
    let (state, io) = (
        Fixture::read("band_listener_state"),
        Fixture::read("band_listener_io"),
    );
    let before = Detector::from_safetensors(&golden().state.bytes).unwrap();
    assert!(before.is_none(), "a network as it was before there were any");
    let detector = Detector::from_safetensors(&state.bytes).unwrap();
    let detector = detector.expect("it was written with one");
    let magnitudes = io.floats("magnitudes");
    let condition = |values: Vec<f32>| Condition {
        encoder: EncoderKind::MiniLm,
        values: values.into(),
    };
    let asked = condition(io.floats("condition"));
    let other = condition(vec![10f32.sqrt().recip(); 10]);
    let heard = detector
        .of_frames(&magnitudes, std::slice::from_ref(&asked))
        .unwrap();
    let error = relative_error(&heard, &io.floats("heard"));
    assert!(error < 1e-5, "{error:.2e}");

    // Each query for itself, and each step by what is near alone.
    let both = detector.of_frames(&magnitudes, &[other, asked.clone()]).unwrap();
    let of_it: Vec<f32> = both.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(of_it, heard);
    assert!(both.iter().step_by(2).ne(&heard), "it hears the query");
    let bins = 33;
    let begun = detector.of_frames(&magnitudes[..59 * bins], std::slice::from_ref(&asked));
    assert_eq!(begun.unwrap().len(), 15, "a step that is not whole is one");
    assert!(matches!(
        detector.of_frames(&magnitudes[1..], std::slice::from_ref(&asked)),
        Err(ModelError::Shape { .. })
    ));
    let strange = Condition {
        encoder: EncoderKind::Clap,
        ..asked.clone()
    };
    assert!(matches!(
        detector.of_frames(&magnitudes, &[strange]),
        Err(ModelError::Condition { .. })
    ));
    assert_eq!(
        detector.detect(&[0.0; 1000], &[asked]).unwrap(),
        [0.0; 8],
        "silence"
    );
}

#[test]
fn its_ears_say_of_a_sound_what_those_that_were_trained_say() {
    assert!(
        BandMask::from_safetensors("tiny", "", 2, &golden().state.bytes)
            .unwrap()
            .ears()
            .is_none(),
        "a network as it was before there were any"
    );
    let state = Fixture::read("band_listener_state");
    let io = Fixture::read("band_listener_io");
    let ears = BandMask::from_safetensors("tiny", "", 2, &state.bytes)
        .unwrap()
        .ears()
        .expect("it was written with ears");
    let magnitudes = io.floats("magnitudes");
    let meant = ears.of_frames(&magnitudes).unwrap();
    let error = relative_error(&meant.values, &io.floats("meaning"));
    assert!(error < 1e-5, "{error:.2e}");
    assert_eq!(meant.encoder, EncoderKind::MiniLm);

    let bins = 33;
    let other = ears.of_frames(&magnitudes[..20 * bins]).unwrap();
    assert!(relative_error(&other.values, &meant.values) > 0.01, "it listens");
    assert!(matches!(
        ears.of_frames(&vec![0.0; 4 * bins]),
        Err(ModelError::SilentClip)
    ));
    assert!(matches!(ears.of_frames(&[]), Err(ModelError::SilentClip)));
    assert!(matches!(
        ears.of_frames(&magnitudes[..bins - 1]),
        Err(ModelError::Shape { .. })
    ));
}

#[test]
fn an_example_is_heard_at_one_level_and_without_the_silence_around_it() {
    let state = Fixture::read("band_listener_state");
    let separator = BandMask::from_safetensors("tiny", "", 2, &state.bytes).unwrap();
    let ears = separator.ears().unwrap();
    let rate = ears.sample_rate() as usize;
    let sound: Vec<f32> = (0..rate)
        .map(|n| 0.3 * ((n * n * 7919) % 101) as f32 / 101.0 - 0.15)
        .collect();
    let meant = ears.encode(&sound).unwrap();
    let quiet: Vec<f32> = sound.iter().map(|sample| sample * 0.25).collect();
    let around = [&vec![0.0; rate][..], &quiet, &vec![0.0; rate / 2]].concat();
    let error = relative_error(&ears.encode(&around).unwrap().values, &meant.values);
    assert!(error < 1e-4, "{error:.2e}");
    assert!(matches!(
        ears.encode(&vec![0.0; rate]),
        Err(ModelError::SilentClip)
    ));
    assert!(matches!(
        ears.encode(&sound[..rate / 20]),
        Err(ModelError::ShortClip { .. })
    ));
    assert!(matches!(
        ears.encode(&sound.repeat(61)),
        Err(ModelError::LongClip { .. })
    ));
}

#[test]
fn attention_that_cannot_share_a_band_among_its_heads_is_refused() {
    let golden = golden_of("band_listener");
    let config = &golden.state.metadata["config"];
    for (sound, broken) in [
        ("\"heads\": 3", "\"heads\": 0"),
        ("\"heads\": 3", "\"heads\": 4"),
        ("\"dilations\": [1, 3]", "\"dilations\": [1, 0]"),
        ("\"dilations\": [1, 3]", "\"dilations\": [1, 4000000000]"),
        ("\"dilations\": [1, 3]", "\"dilations\": [1, 3, 3]"),
    ] {
        assert!(config.contains(sound), "{sound}");
        let metadata = HashMap::from([("config".to_owned(), config.replacen(sound, broken, 1))]);
        let bytes = safetensors::serialize(&golden.state.tensors, Some(metadata)).unwrap();
        let result = BandMask::from_safetensors("tiny", "", 2, &bytes);
        assert!(matches!(result, Err(ModelError::Weights { .. })), "{broken}");
    }
}

#[test]
fn another_query_gives_other_masks() {
    let golden = golden();
    let separator = BandMask::from_safetensors("tiny", "", 2, &golden.state.bytes).unwrap();
    let opposite = Condition {
        encoder: EncoderKind::MiniLm,
        values: golden.condition.values.iter().map(|value| -value).collect(),
    };
    let masks = run(
        &mut *separator.stream(&[opposite]).unwrap(),
        &golden.magnitudes,
        2 * separator.spec().stft.bins(),
    );
    let masks = &masks[6 * 33..];
    assert!(relative_error(masks, &golden.masks[..masks.len()]) > 0.01);
}

#[test]
fn blocks_of_an_odd_number_of_frames_are_refused() {
    let golden = golden();
    for block in [0, 1, 3] {
        assert!(matches!(
            BandMask::from_safetensors("tiny", "", block, &golden.state.bytes),
            Err(ModelError::Block { pooling: 2, .. })
        ));
    }
}

#[test]
fn damaged_weights_are_refused() {
    let golden = golden();
    for bytes in [
        &golden.state.bytes[..500],
        &golden.state.bytes[..golden.state.bytes.len() - 1],
        &[][..],
    ] {
        assert!(matches!(
            BandMask::from_safetensors("tiny", "", 2, bytes),
            Err(ModelError::Weights { .. })
        ));
    }
    let other = Fixture::read("minilm_q8_io");
    assert!(matches!(
        BandMask::from_safetensors("tiny", "", 2, &other.bytes),
        Err(ModelError::Weights { .. })
    ));
}

#[test]
fn a_config_that_makes_no_sense_is_refused() {
    let golden = golden();
    let config = &golden.state.metadata["config"];
    for (sound, broken) in [
        ("band-mask", "other"),
        ("\"hop\": 32", "\"hop\": 0"),
        ("\"query_size\": 5", "\"query_size\": 0"),
        ("\"dilation\": 4", "\"dilation\": 4000000000"),
        ("[0, 1, 2,", "[0, 2, 2,"),
        ("[0, 1, 2,", "[0, 2,"),
        ("\"maps\": [3,", "\"maps\": [0,"),
        ("\"power_floor\": 0.0001", "\"power_floor\": 0"),
        ("\"encoder\"", "\"decoder\""),
    ] {
        assert!(config.contains(sound), "{sound} in {config}");
        let metadata = HashMap::from([("config".to_owned(), config.replacen(sound, broken, 1))]);
        let bytes = safetensors::serialize(&golden.state.tensors, Some(metadata)).unwrap();
        let result = BandMask::from_safetensors("tiny", "", 2, &bytes);
        assert!(matches!(result, Err(ModelError::Weights { .. })), "{broken}");
    }
}
