//! Files through LASS-Net, against what the published code made of them, and that it is not played live.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_engine::{Engine, EngineConfig, EngineError, Offline, Query, Trim};
use earmark_models::architecture::Network as _;
use earmark_models::device::DeviceChoice;
use earmark_models::lass::{ARCHITECTURE, LassConfig};
use earmark_models::{Condition, EncoderKind, ModelError, Place, Quality, Separator, procedural};
use safetensors::SafeTensors;

/// The network of `lass_small_io`, as a model's file would be opened.
fn network() -> Arc<dyn Separator> {
    let config = LassConfig {
        widths: [2, 3, 4, 5, 6, 6],
        middle: 6,
        condition_size: 256,
    };
    let network = (ARCHITECTURE.read)(&config.config()).unwrap();
    let spec = network.spec("small", "", Quality::default());
    let device = DeviceChoice::Cpu;
    network
        .load(spec, &Place::Procedural, Quality::default(), device)
        .unwrap()
}

fn query() -> Query {
    let condition = Condition {
        encoder: EncoderKind::LassBert,
        values: procedural::uniform("condition", 256)
            .map(|value| value.max(0.0))
            .collect(),
    };
    Query::from(condition)
}

/// The target in a signal of one channel at this rate.
fn target(rate: f64, input: &[f32]) -> Vec<f32> {
    let config = EngineConfig::new(rate, 1, 0);
    let mut offline = Offline::new(config, &network(), &[query()]).unwrap();
    offline.set_trim(Trim::Fixed(0.0));
    let (mut at, mut target) = (0, Vec::new());
    let read = |block: &mut [Vec<f32>]| {
        let count = block[0].len().min(input.len() - at);
        block[0][..count].copy_from_slice(&input[at..at + count]);
        at += count;
        Ok::<_, EngineError>(count)
    };
    let each = |_: &[&[f32]], heard: &[Vec<&[f32]>]| {
        target.extend_from_slice(heard[0][0]);
        Ok(())
    };
    offline.run(1, Some(input.len() as u64), read, each).unwrap();
    target
}

#[test]
fn a_file_at_its_own_rate_comes_out_as_from_the_published_code() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/tests/fixtures");
    let io = std::fs::read(folder.join("lass_small_io.safetensors")).unwrap();
    let io = SafeTensors::deserialize(&io).unwrap();
    let bytes = io.tensor("wave_out").unwrap().data();
    let expected = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let wave: Vec<f32> = procedural::uniform("waveform", 8000)
        .map(|value| value * 0.1)
        .collect();
    let given = target(32_000.0, &wave);
    assert_eq!(given.len(), wave.len());
    let (mut error, mut power) = (0.0, 0.0);
    for (given, expected) in given.iter().zip(expected) {
        error += f64::from(given - expected).powi(2);
        power += f64::from(expected).powi(2);
    }
    let error = (error / power).sqrt();
    println!("{error:.1e}");
    assert!(error < 1e-5, "{error:.1e}");
}

#[test]
fn files_at_other_rates_keep_their_length() {
    for rate in [44_100.0, 48_000.0] {
        let wave: Vec<f32> = procedural::uniform("waveform", 30_001).collect();
        let given = target(rate, &wave);
        assert_eq!(given.len(), wave.len());
        let power = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
        assert!((0.0..1.0).contains(&(power(&given) / power(&wave))) && power(&given) > 0.0);
    }
}

#[test]
fn it_is_not_played_live_and_says_why() {
    let refused = Engine::new(EngineConfig::new(48_000.0, 2, 512), network().spec());
    let Err(EngineError::Model(error @ ModelError::FilesOnly { .. })) = refused.map(drop) else {
        panic!("it is played");
    };
    let said = error.to_string();
    assert!(
        said.starts_with("small computes 5.1 s of sound at a time and needs 10.2 s of what comes after")
            && said.contains("use this model on files"),
        "{said}"
    );
}
