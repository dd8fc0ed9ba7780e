//! LASS-Net against its published code, block by block, and streams of it against whole signals.

mod common;

use common::{Fixture, relative_error};
use earmark_models::lass::{ARCHITECTURE, Lass, LassConfig};
use earmark_models::stft::offline::OfflineStft;
use earmark_models::{Condition, EncoderKind, ModelError, Place, Separator, mask, procedural};
use num_complex::Complex32;

const BINS: usize = 513;

/// The network of `lass_small_io`.
fn small() -> LassConfig {
    LassConfig {
        widths: [2, 3, 4, 5, 6, 6],
        middle: 6,
        condition_size: 256,
    }
}

fn network(config: &LassConfig, block: usize) -> Lass {
    let tensors = Place::Procedural.tensors(&ARCHITECTURE.part).unwrap();
    Lass::read("small", "", config, block, &*tensors).unwrap()
}

fn condition(name: &str) -> Condition {
    Condition {
        encoder: EncoderKind::LassBert,
        values: procedural::uniform(name, 256)
            .map(|value| value.max(0.0))
            .collect(),
    }
}

fn magnitudes(name: &str, frames: usize) -> Vec<f32> {
    procedural::uniform(name, frames * BINS)
        .map(|value| 4.0 * value.abs())
        .collect()
}

#[test]
fn it_computes_what_the_published_code_computes_block_by_block() {
    let (io, lass) = (Fixture::read("lass_small_io"), network(&small(), 64));
    let mut compared = Vec::new();
    let logits = lass.logits(
        &magnitudes("magnitudes", 70),
        &condition("condition"),
        &mut |name, values| {
            let reference = io.floats(name);
            let frames = values.len() / reference.len();
            let middle = &values[frames / 2 * reference.len()..][..reference.len()];
            let error = relative_error(middle, &reference);
            println!("{name}: {error:.2e}");
            assert!(error < 1e-5, "{name}: {error:.2e}");
            compared.push(name.to_owned());
        },
    );
    let expected = io.floats("logits");
    let read: Vec<f32> = expected
        .chunks_exact(BINS)
        .flat_map(|frame| &frame[..BINS - 2])
        .copied()
        .collect();
    let error = relative_error(&logits.unwrap(), &read);
    println!("logits: {error:.2e}");
    assert!(error < 1e-5, "{error:.2e}");
    assert!(
        expected
            .chunks_exact(BINS)
            .all(|frame| frame[BINS - 2..] == [0.0, 0.0])
    );
    compared.extend(["logits".into(), "wave_out".into()]);
    compared.sort();
    let mut kept: Vec<&String> = io.tensors.keys().collect();
    kept.sort();
    assert_eq!(compared.iter().collect::<Vec<_>>(), kept);
}

#[test]
fn with_its_transform_it_makes_the_sound_that_the_published_code_makes() {
    let (io, lass) = (Fixture::read("lass_small_io"), network(&small(), 64));
    let wave: Vec<f32> = procedural::uniform("waveform", 8000)
        .map(|value| value * 0.1)
        .collect();
    let stft = OfflineStft::new(lass.spec().stft).unwrap();
    let mut spectrogram = stft.analyze(&wave).unwrap();
    let magnitudes: Vec<f32> = spectrogram.values.iter().map(|value| value.norm()).collect();
    let masks = whole(&lass, &condition("condition"), &magnitudes);
    mask::apply(&masks, &mut spectrogram.values);
    let sound = stft.synthesize(&spectrogram, wave.len()).unwrap();
    // The published code gives whole hops alone.
    let expected = io.floats("wave_out");
    let error = relative_error(&sound[..expected.len()], &expected);
    println!("wave_out: {error:.2e}");
    assert!(error < 1e-5, "{error:.2e}");
}

/// The masks of a signal that a stream hears in blocks, from its frame `begin` on: those of all its frames from there on.
fn streamed(lass: &Lass, conditions: &[Condition], signal: &[f32], begin: usize) -> Vec<Vec<Complex32>> {
    let (block, lookahead) = (lass.spec().block, lass.spec().lookahead);
    let frames = signal.len() / BINS;
    let mut stream = lass.stream(conditions).unwrap();
    let mut out = vec![Vec::new(); conditions.len()];
    let mut masks = vec![Complex32::default(); conditions.len() * block * BINS];
    for start in (begin..frames + lookahead).step_by(block) {
        if (start..start + block).contains(&frames) {
            stream.end_after(frames - start);
        }
        // What lies beyond the end is not read.
        let mut pushed = vec![1e9; block * BINS];
        let rest = &signal[(start * BINS).min(signal.len())..];
        let there = rest.len().min(pushed.len());
        pushed[..there].copy_from_slice(&rest[..there]);
        stream.push(&pushed, &mut masks).unwrap();
        for (out, masks) in out.iter_mut().zip(masks.chunks_exact(block * BINS)) {
            out.extend_from_slice(masks);
        }
    }
    for out in &mut out {
        let heard = (frames - begin) * BINS;
        let masks = out[lookahead * BINS..][..heard].to_vec();
        let beside = [&out[..lookahead * BINS], &out[lookahead * BINS + heard..]];
        assert!(
            beside
                .iter()
                .all(|masks| masks.iter().all(|mask| mask.norm() == 0.0))
        );
        *out = masks;
    }
    out
}

/// Those of the whole signal at once.
fn whole(lass: &Lass, condition: &Condition, signal: &[f32]) -> Vec<Complex32> {
    let logits = lass.logits(signal, condition, &mut |_, _| ()).unwrap();
    let mut masks = vec![Complex32::new(0.5, 0.0); signal.len()];
    for (masks, logits) in masks.chunks_exact_mut(BINS).zip(logits.chunks_exact(BINS - 2)) {
        for (mask, logit) in masks.iter_mut().zip(logits) {
            *mask = Complex32::new(1.0 / (1.0 + (-logit).exp()), 0.0);
        }
    }
    masks
}

fn distance(given: &[Complex32], expected: &[Complex32]) -> f64 {
    let gains = |masks: &[Complex32]| -> Vec<f32> { masks.iter().map(|mask| mask.re).collect() };
    assert!(given.iter().all(|mask| mask.im == 0.0));
    relative_error(&gains(given), &gains(expected))
}

#[test]
fn a_stream_gives_the_masks_of_the_whole_signal() {
    let queries = [condition("condition"), condition("another")];
    // Less than a cell, a whole number of cells, and several blocks and a part of one.
    for (frames, blocks, queries) in [
        (7, &[64, 320][..], &queries[..]),
        (320, &[64, 320], &queries),
        (1100, &[192], &queries[..1]),
    ] {
        let signal = magnitudes("signal", frames);
        let lass = network(&small(), 64);
        let expected: Vec<_> = queries.iter().map(|query| whole(&lass, query, &signal)).collect();
        for &block in blocks {
            let lass = network(&small(), block);
            for (given, expected) in streamed(&lass, queries, &signal, 0).iter().zip(&expected) {
                let error = distance(given, expected);
                println!("{frames} frames, {block} at a time: {error:.1e}");
                assert!(error < 1e-5, "{frames} frames, {block} at a time: {error:.1e}");
            }
        }
    }
}

#[test]
fn a_stream_that_begins_later_gives_the_same_masks_after_its_context() {
    let (lass, query) = (network(&small(), 320), condition("condition"));
    let (begin, context) = (320, lass.spec().context);
    let signal = magnitudes("signal", 1200);
    let [first, second] = [0, begin].map(|begin| {
        let masks = streamed(&lass, std::slice::from_ref(&query), &signal, begin);
        masks[0][(320 - begin) * BINS..].to_vec()
    });
    let since = |frame: usize| distance(&second[frame * BINS..], &first[frame * BINS..]);
    assert!(since(0) > 1e-4, "{:.1e}", since(0));
    assert!(since(context) < 1e-5, "{:.1e}", since(context));
}

#[test]
fn after_a_reset_and_after_silence_a_stream_is_as_new() {
    let (lass, query) = (network(&small(), 320), condition("condition"));
    let block = 320 * BINS;
    let mut stream = lass.stream(std::slice::from_ref(&query)).unwrap();
    let mut masks = vec![Complex32::default(); block];
    let sound = magnitudes("signal", 320);
    let mut hear = |silence: usize| {
        stream.push(&sound, &mut masks).unwrap();
        for _ in 0..silence {
            stream.push(&vec![0.0; block], &mut masks).unwrap();
        }
        let mut out = Vec::new();
        for _ in 0..3 {
            stream.push(&sound, &mut masks).unwrap();
            out.extend_from_slice(&masks);
        }
        stream.reset();
        out
    };
    // After six blocks of silence, 1,920 frames, it sleeps: of the nine it computes no more than of the six.
    let [first, second] = [6, 9].map(&mut hear);
    assert!(first == second);
    assert!(first.iter().any(|mask| mask.re > 0.0));
}

#[test]
fn what_it_cannot_read_is_refused() {
    let lass = network(&small(), 64);
    let other = Condition {
        encoder: EncoderKind::Clap,
        ..condition("condition")
    };
    assert!(matches!(lass.stream(&[other]), Err(ModelError::Condition { .. })));
    assert!(matches!(lass.stream(&[]), Err(ModelError::NoQuery)));
    let query = condition("condition");
    let halves = lass.logits(&[0.0; 700], &query, &mut |_, _| ());
    assert!(matches!(halves, Err(ModelError::Shape { given: 700, .. })));
    assert!(lass.logits(&[], &query, &mut |_, _| ()).unwrap().is_empty());
    let tensors = Place::Procedural.tensors(&ARCHITECTURE.part).unwrap();
    for block in [0, 32, 100] {
        let read = Lass::read("small", "", &small(), block, &*tensors);
        assert!(matches!(read, Err(ModelError::Block { pooling: 64, .. })));
    }
    for config in [
        "",
        "{}",
        r#"{"widths":[2,3,4,5,6],"middle":6,"condition_size":1}"#,
    ] {
        assert!((ARCHITECTURE.read)(config).is_err(), "{config}");
    }
    let zero = r#"{"widths":[2,3,4,5,6,0],"middle":6,"condition_size":1}"#;
    assert!((ARCHITECTURE.read)(zero).unwrap_err().contains("1 to 65536"));
}
