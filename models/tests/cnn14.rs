//! PANNs' Cnn14 against its published code, block by block on a small network and in full size, as USS's published code uses it, and
//! what it says of damaged files.

mod common;

use common::imported::{Content, Stored, reason, small_cnn14};
use common::{Fixture, emulated, relative_error};
use cpu_time::ProcessTime;
use earmark_models::encoder::{Cnn14Config, Cnn14Encoder, Gives};
use earmark_models::{AudioEncoder, EncoderKind, ModelError, procedural};
use safetensors::Dtype;
use tempfile::TempDir;

/// What two seconds of sound may take of all processors together, in seconds.
const SECONDS: f64 = 3.0;
const RATE: usize = 32_000;

fn open(content: &Content, gives: Gives) -> Cnn14Encoder {
    let folder = TempDir::new().unwrap();
    Cnn14Encoder::open(&content.write(folder.path()), gives).unwrap()
}

fn small() -> Content {
    Content::default().with_cnn14(&small_cnn14(), Dtype::F32)
}

fn wave(name: &str, samples: usize) -> Vec<f32> {
    procedural::uniform(name, samples)
        .map(|value| value * 0.1)
        .collect()
}

/// What the fixture keeps of what is computed on the way: of maps the first frame, one in the middle and the last.
fn kept(name: &str, values: &[f32], fixture: &[usize]) -> Vec<f32> {
    let frames = |channel: &[f32], bins: usize| {
        let frames = channel.len() / bins;
        [0, frames / 2, frames - 1].map(|frame| channel[frame * bins..][..bins].to_vec())
    };
    match (name, fixture) {
        ("log_mel", [_, bands]) => frames(values, *bands).concat(),
        (_, [channels, _, bins]) => values
            .chunks_exact(values.len() / channels)
            .flat_map(|channel| frames(channel, *bins).concat())
            .collect(),
        _ => values.to_vec(),
    }
}

#[test]
fn it_computes_what_the_published_code_computes_block_by_block() {
    let (io, encoder) = (
        Fixture::read("cnn14_small_io"),
        open(&small(), Gives::Probabilities),
    );
    let mut compared = Vec::new();
    let condition = encoder.encode_seen(&wave("waveform", 2 * RATE), &mut |name, values| {
        let reference = &io.tensors[name];
        let error = relative_error(&kept(name, values, reference.dims()), &io.floats(name));
        println!("{name}: {error:.2e}");
        assert!(error < 1e-5, "{name}: {error:.2e}");
        compared.push(name.to_owned());
    });
    let condition = condition.unwrap();
    condition.check(EncoderKind::AudiosetTags, 527).unwrap();
    assert!(relative_error(&condition.values, &io.floats("probabilities")) < 1e-6);
    let steps = "log_mel block.1 block.2 block.3 block.4 block.5 block.6 embedding probabilities";
    assert_eq!(compared.join(" "), steps);
}

#[test]
fn a_clip_becomes_what_the_published_code_makes_of_it() {
    let io = Fixture::read("cnn14_small_io");
    // Sound, silence, sound, and the beginning of a frame.
    let mut clip = wave("clip", 5 * RATE + 1234);
    clip[RATE..2 * RATE + 2 * RATE / 3]
        .iter_mut()
        .for_each(|sample| *sample *= 0.01);
    for (gives, kind, name) in [
        (Gives::Probabilities, EncoderKind::AudiosetTags, "clip.tags"),
        (Gives::Embedding, EncoderKind::Cnn14, "clip.cnn14"),
    ] {
        let condition = open(&small(), gives).encode(&clip).unwrap();
        assert_eq!(condition.encoder, kind);
        let error = relative_error(&condition.values, &io.floats(name));
        println!("{name}: {error:.2e}");
        assert!(error < 1e-5, "{name}: {error:.2e}");
    }
}

#[test]
fn in_full_size_it_computes_what_the_published_code_computes_within_three_seconds_of_one_processor() {
    let io = Fixture::read("cnn14_full_io");
    let clip = wave("waveform", 2 * RATE);
    let mut least = f64::INFINITY;
    for (dtype, allowed) in [(Dtype::F32, 1e-5), (Dtype::F16, 5e-3)] {
        let encoder = open(
            &Content::default().with_cnn14(&Cnn14Config::panns(), dtype),
            Gives::Embedding,
        );
        let processor = ProcessTime::now();
        let mut probabilities = Vec::new();
        let condition = encoder.encode_seen(&clip, &mut |name, values| {
            if name == "probabilities" {
                probabilities = values.to_vec();
            }
        });
        let seconds = processor.elapsed().as_secs_f64();
        for (name, given) in [
            ("embedding", &*condition.unwrap().values),
            ("probabilities", &probabilities),
        ] {
            let error = relative_error(given, &io.floats(name));
            println!("{dtype:?}: {name} {error:.2e}, {seconds:.2} s of the processor");
            assert!(error < allowed, "{dtype:?}: {name} {error:.2e}");
        }
        least = least.min(seconds);
    }
    // Whatever else a core computes takes processor time from this, too: the quicker of the two counts. What an emulated processor takes
    // says nothing.
    assert!(least < SECONDS || emulated(), "{least:.2} s of the processor");
}

#[test]
fn what_is_no_example_of_a_sound_is_refused() {
    let encoder = open(&small(), Gives::Embedding);
    for silent in [&[][..], &[0.0; RATE]] {
        assert!(matches!(encoder.encode(silent), Err(ModelError::SilentClip)));
    }
    let quiet = encoder.encode(&[0.01; RATE]).unwrap_err();
    assert!(
        quiet.to_string().contains("at -40 dB of full scale") && quiet.to_string().contains("below -34 dB"),
        "{quiet}"
    );
    let (short, long) = (
        encoder.encode(&[0.5; 1000]),
        encoder.encode(&vec![0.5; 61 * RATE]),
    );
    assert!(matches!(short, Err(ModelError::ShortClip { .. })));
    assert!(matches!(long, Err(ModelError::LongClip { .. })));
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let whole = small();
    let open_any = |path: &std::path::Path| Cnn14Encoder::open(path, Gives::Embedding);
    let change = |name: &str, stored: Option<Stored>| {
        whole.refused(open_any, |content| match stored {
            Some(stored) => drop(content.tensors.insert(name.into(), stored)),
            None => drop(content.tensors.remove(name)),
        })
    };
    for (name, _) in small_cnn14().required_tensors() {
        let reason = change(&format!("cnn14.{name}"), None);
        assert!(
            reason.contains("lacks") && reason.contains(&name),
            "{name}: {reason}"
        );
    }
    let zeros = |shape: &[usize]| {
        Some(Stored::floats(
            Dtype::F16,
            shape,
            vec![0.0; shape.iter().product()],
        ))
    };
    for (name, stored, said) in [
        ("conv_block2.bn1.bias", zeros(&[9]), "[9], but [8]"),
        (
            "conv_block4.conv1.weight",
            zeros(&[16, 9, 3, 3]),
            "[16, 9, 3, 3], but [16, 8, 3, 3]",
        ),
        (
            "conv_block6.conv2.weight",
            zeros(&[32, 32]),
            "one of 4 dimensions",
        ),
        ("fc1.weight", zeros(&[32, 31]), "[32, 31], but [32, 32]"),
        (
            "conv_block7.conv1.weight",
            zeros(&[2, 2, 3, 3]),
            "which no such model has",
        ),
    ] {
        let reason = change(&format!("cnn14.{name}"), stored);
        assert!(reason.contains(said), "{name}: {reason}");
    }

    let mut broken = small();
    let bias = Stored::floats(Dtype::F16, &[32], vec![f32::INFINITY; 32]);
    broken.tensors.insert("cnn14.fc1.bias".into(), bias);
    let reason = reason(open(&broken, Gives::Embedding).encode(&wave("waveform", RATE)));
    assert!(reason.contains("numbers"), "{reason}");
}
