//! Files through the engine with AudioSep's networks, against what the published code made of them.

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use common::{Blocks, split};
use earmark_engine::{Engine, EngineConfig, Trim, WaitPolicy};
use earmark_models::resunet::{Quality, ResUNetConfig, StageConfig, StreamSettings, Streaming, StreamingNet};
use earmark_models::stft::StftConfig;
use earmark_models::{Condition, EncoderKind};
use safetensors::SafeTensors;

/// The golden fixtures of `earmark-models`.
fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures");
    std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap()
}

fn floats(file: &SafeTensors, name: &str) -> Vec<f32> {
    let bytes = file.tensor(name).unwrap().data();
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// The published topology with other channels and another transform.
fn config(channels: [usize; 5], window: usize, hop: usize) -> ResUNetConfig {
    let [a, b, c, d, e] = channels;
    let stages = [(a, 2), (b, 2), (c, 2), (d, 2), (e, 2), (e, 1)];
    let published = ResUNetConfig::audiosep();
    ResUNetConfig {
        stft: StftConfig {
            window,
            hop,
            ..published.stft
        },
        stem: a,
        stages: stages
            .map(|(channels, time)| StageConfig {
                channels,
                time,
                frequency: 2,
            })
            .into(),
        middle: e,
        ..published
    }
}

/// Euclidean norm of the difference over that of the reference.
fn relative_error(given: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(given.len(), reference.len());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let difference = given.iter().zip(reference).map(|(a, b)| f64::from(a - b));
    norm(&mut { difference }) / norm(&mut reference.iter().map(|b| f64::from(*b)))
}

#[test]
fn a_file_at_the_models_rate_comes_out_as_from_the_published_code() {
    for (name, config) in [
        ("micro", config([4, 6, 8, 10, 12], 128, 20)),
        ("tiny", config([4, 8, 16, 32, 48], 2048, 320)),
    ] {
        let (state, io) = (fixture(&format!("{name}_state")), fixture(&format!("{name}_io")));
        let io = SafeTensors::deserialize(&io).unwrap();
        let net = Arc::new(StreamingNet::from_safetensors(config, &state).unwrap());
        let settings = StreamSettings::of(Quality::Best, net.config());
        let separator = Arc::new(Streaming::new(name, "", net, settings).unwrap());
        let condition = Condition {
            encoder: EncoderKind::Clap,
            values: floats(&io, "condition").into(),
        };
        let (input, expected) = (floats(&io, "wave_in"), floats(&io, "wave_out"));
        for blocks in [Blocks::Of(4096), Blocks::Random(3)] {
            let engine_config = EngineConfig::new(32_000.0, 1, 4096);
            let (mut engine, handle) =
                Engine::new(engine_config, earmark_models::Separator::spec(&*separator)).unwrap();
            engine.set_wait_policy(WaitPolicy::Offline);
            handle.set_trim(Trim::Fixed(0.0));
            handle.set_query(0, Some(condition.clone()));
            handle.set_separator(separator.clone()).unwrap();
            let latency = engine.latency();
            let (_, before) = split(&mut engine, std::slice::from_ref(&input), blocks, &[]);
            engine.end();
            let (_, after) = split(&mut engine, &[vec![0.0; latency]], blocks, &[]);
            let target = [&before[0][..], &after[0]].concat();
            let error = relative_error(&target[latency..], &expected);
            println!("{name}: {error:.1e}");
            assert!(error < 1e-5, "{name}: {error:.1e}");
        }
    }
}
