//! CLAP's audio tower against AudioSep's published code, block by block on a small network and in full size, and what it says
//! of damaged files.

mod common;

use common::imported::{Content, Stored, reason, small_ears};
use common::{Fixture, emulated, relative_error};
use cpu_time::ProcessTime;
use earmark_models::encoder::{ClapAudioEncoder, HtsatConfig};
use earmark_models::{AudioEncoder, EncoderKind, ModelError, procedural};
use safetensors::Dtype;
use tempfile::TempDir;

/// What a clip may take of all processors together, in seconds.
const SECONDS: f64 = 3.0;

fn open(content: &Content) -> ClapAudioEncoder {
    let folder = TempDir::new().unwrap();
    ClapAudioEncoder::open(&content.write(folder.path())).unwrap()
}

fn small() -> Content {
    Content::default().with_ears(&small_ears(), Dtype::F32)
}

fn wave(name: &str, samples: usize) -> Vec<f32> {
    procedural::uniform(name, samples)
        .map(|value| value * 0.1)
        .collect()
}

/// What the fixture keeps of what is computed on the way.
fn kept(name: &str, values: &[f32], fixture: &[usize]) -> Vec<f32> {
    match (name, fixture) {
        ("log_mel", [_, bands]) => [0, 500, 1000]
            .iter()
            .flat_map(|row| values[row * bands..][..*bands].to_vec())
            .collect(),
        ("picture", [rows, columns]) => values
            .chunks_exact(values.len() / rows)
            .flat_map(|row| row[..*columns].to_vec())
            .collect(),
        (_, [tokens, width]) => values
            .chunks_exact(*width)
            .step_by(values.len() / width / tokens)
            .flatten()
            .copied()
            .collect(),
        _ => values.to_vec(),
    }
}

#[test]
fn it_computes_what_the_published_code_computes_block_by_block() {
    let (io, encoder) = (Fixture::read("htsat_small_io"), open(&small()));
    let mut compared = Vec::new();
    let condition = encoder.encode_seen(&wave("waveform", 480_000), &mut |name, values| {
        let reference = &io.tensors[name];
        let error = relative_error(&kept(name, values, reference.dims()), &io.floats(name));
        println!("{name}: {error:.2e}");
        assert!(error < 1e-5, "{name}: {error:.2e}");
        compared.push(name.to_owned());
    });
    let condition = condition.unwrap();
    assert_eq!(condition.encoder, EncoderKind::Clap);
    let error = relative_error(&condition.values, &io.floats("query"));
    println!("query: {error:.2e}");
    assert!(error < 1e-5, "{error:.2e}");
    let steps = "log_mel picture patches stage.0 stage.1 stage.2 stage.3 embedding";
    assert_eq!(compared.join(" "), steps);

    // Repeated as often as it fits, and silence after that.
    let short = encoder.encode(&wave("short waveform", 70_000)).unwrap();
    let error = relative_error(&short.values, &io.floats("short.query"));
    assert!(error < 1e-5, "{error:.2e}");
}

#[test]
fn in_full_size_it_computes_what_the_published_code_computes_within_three_seconds_of_one_processor() {
    let io = Fixture::read("htsat_full_io");
    let clip = wave("waveform", 480_000);
    let mut least = f64::INFINITY;
    for (dtype, allowed) in [(Dtype::F32, 1e-5), (Dtype::F16, 5e-3)] {
        let encoder = open(&Content::default().with_ears(&HtsatConfig::clap(), dtype));
        let processor = ProcessTime::now();
        let condition = encoder.encode(&clip).unwrap();
        let seconds = processor.elapsed().as_secs_f64();
        let error = relative_error(&condition.values, &io.floats("query"));
        println!("{dtype:?}: {error:.2e}, {seconds:.2} s of the processor");
        assert!(error < allowed, "{dtype:?}: {error:.2e}");
        least = least.min(seconds);
    }
    // Whatever else a core computes takes processor time from this, too: the quicker of the two counts. What an emulated processor takes
    // says nothing.
    assert!(least < SECONDS || emulated(), "{least:.2} s of the processor");
}

#[test]
fn a_long_clip_is_the_mean_of_excerpts() {
    let encoder = open(&small());
    let clip = wave("waveform", 600_000);
    let parts = [&clip[..480_000], &clip[120_000..]].map(|part| encoder.encode(part).unwrap().values);
    let sum: Vec<f32> = parts[0].iter().zip(&*parts[1]).map(|(a, b)| a + b).collect();
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    let mean: Vec<f32> = sum.iter().map(|value| value / norm).collect();
    let whole = encoder.encode(&clip).unwrap().values;
    assert!(relative_error(&whole, &mean) < 1e-6);
}

#[test]
fn what_is_no_example_of_a_sound_is_refused() {
    let encoder = open(&small());
    assert!(matches!(encoder.encode(&[]), Err(ModelError::SilentClip)));
    assert!(matches!(
        encoder.encode(&[0.0; 48_000]),
        Err(ModelError::SilentClip)
    ));
    let (short, long) = (encoder.encode(&[0.5; 100]), encoder.encode(&vec![0.5; 2_880_001]));
    assert!(matches!(short, Err(ModelError::ShortClip { .. })));
    assert!(matches!(long, Err(ModelError::LongClip { .. })));
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let whole = small();
    let change = |name: &str, stored: Option<Stored>| {
        whole.refused(ClapAudioEncoder::open, |content| match stored {
            Some(stored) => drop(content.tensors.insert(name.into(), stored)),
            None => drop(content.tensors.remove(name)),
        })
    };
    for (name, _) in small_ears().required_tensors() {
        let reason = change(&format!("audio.{name}"), None);
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
        ("norm.bias", zeros(&[255]), "[255], but [256]"),
        (
            "patch_embed.proj.weight",
            zeros(&[40, 1, 4, 4]),
            "a multiple of 16",
        ),
        (
            "layers.1.blocks.0.attn.relative_position_bias_table",
            zeros(&[225, 3]),
            "divides 64",
        ),
        (
            "patch_embed.mel_conv2d.bias",
            zeros(&[32]),
            "which no such model has",
        ),
        (
            "layers.4.blocks.0.norm1.bias",
            zeros(&[32]),
            "which no such model has",
        ),
    ] {
        let reason = change(&format!("audio.audio_branch.{name}"), stored);
        assert!(reason.contains(said), "{name}: {reason}");
    }
    let short = HtsatConfig {
        depths: [2, 2, 3, 2],
        ..HtsatConfig::clap()
    };
    let short = Content::default().with_ears(&short, Dtype::F16);
    let said = short.refused(ClapAudioEncoder::open, |_| ());
    assert!(
        said.contains("lacks") && said.contains("layers.2.blocks.3."),
        "{said}"
    );

    let mut broken = small();
    let bias = Stored::floats(Dtype::F16, &[512], vec![f32::NAN; 512]);
    broken
        .tensors
        .insert("audio.audio_projection.2.bias".into(), bias);
    let reason = reason(open(&broken).encode(&wave("waveform", 48_000)));
    assert!(reason.contains("numbers"), "{reason}");
}
