//! A recorder's constant offset costs nothing, and stays in the sum.

mod common;

use common::*;
use earmark_engine::{Engine, EngineConfig, WaitPolicy};
use earmark_models::bundled;

fn read(name: &str) -> (f64, Vec<Vec<f32>>) {
    let path = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    let samples: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map(Result::unwrap).collect(),
        hound::SampleFormat::Int => {
            let scale = (1i64 << (spec.bits_per_sample - 1)) as f32;
            let samples = reader.samples::<i32>();
            samples.map(|sample| sample.unwrap() as f32 / scale).collect()
        }
    };
    let channels = usize::from(spec.channels);
    let of = |channel| samples.iter().skip(channel).step_by(channels).copied().collect();
    (f64::from(spec.sample_rate), (0..channels).map(of).collect())
}

/// Scale-invariant signal-to-distortion ratio in dB, without the estimate's mean.
fn si_sdr(estimate: &[f32], source: &[f32]) -> f64 {
    let mean = estimate.iter().map(|sample| f64::from(*sample)).sum::<f64>() / estimate.len() as f64;
    let pairs = || {
        estimate
            .iter()
            .zip(source)
            .map(|(estimate, source)| (f64::from(*estimate) - mean, f64::from(*source)))
    };
    let power: f64 = pairs().map(|(_, source)| source * source).sum();
    let scale = pairs().map(|(estimate, source)| estimate * source).sum::<f64>() / power;
    let error: f64 = pairs()
        .map(|(estimate, source)| (estimate - scale * source).powi(2))
        .sum();
    10.0 * (scale * scale * power / error).log10()
}

#[test]
fn an_offset_of_any_size_costs_less_than_half_a_decibel() {
    let (rate, mixture) = read("typing_over_speech.wav");
    let (_, typing) = read("typing.wav");
    let condition = bundled::encoder()
        .unwrap()
        .encode("the sound of hitting the keyboard")
        .unwrap();
    let len = mixture[0].len();
    let separated = |offset: f32| {
        let config = EngineConfig::new(rate, 1, 4096);
        let (mut engine, handle) = Engine::new(config, bundled::spec()).unwrap();
        engine.set_wait_policy(WaitPolicy::Offline);
        handle.set_query(0, Some(condition.clone()));
        handle.set_separator(bundled::separator().unwrap()).unwrap();
        let mut input: Vec<f32> = mixture[0].iter().map(|sample| sample + offset).collect();
        let latency = engine.latency();
        input.resize(len + latency, offset);
        let (heard, target) = split(&mut engine, &[input.clone()], Blocks::Of(4096), &[]);
        assert!(heard[0][latency..] == input[..len], "the sum keeps the offset");
        si_sdr(&target[0][latency..], &typing[0])
    };
    let plain = separated(0.0);
    for offset in [0.001, 0.003, 0.01, 0.03, 0.1, 0.3] {
        let ratio = separated(offset);
        println!("offset {offset}: {ratio:.2} dB instead of {plain:.2} dB");
        assert!(
            (ratio - plain).abs() < 0.5,
            "offset {offset}: {ratio} dB instead of {plain} dB"
        );
    }
}
