//! The ResUNet against the published PyTorch code, block by block, and its streams against itself.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use common::resunet::{condition, config, micro, tiny};
use common::{Fixture, emulated, relative_error};
use earmark_kernels::{Isa, Threads};
use earmark_models::resunet::{
    FilmKind, Precision, ResUNet, ResUNetConfig, StreamingNet, WindowConfig, Windowed,
};
use earmark_models::stft::offline::OfflineStft;
use earmark_models::{Condition, ModelError, Separator, procedural};
use num_complex::Complex32;

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Compares everything that the fixture holds; `least` is the number of tensors that there must be.
fn every_tensor_agrees(config: ResUNetConfig, name: &str, least: usize) {
    let (state, io) = (
        Fixture::read(&format!("{name}_state")),
        Fixture::read(&format!("{name}_io")),
    );
    let net = ResUNet::from_safetensors(config.clone(), &state.bytes).unwrap();
    let (wave, condition) = (io.floats("wave_in"), condition(&io));

    let spectrogram = OfflineStft::new(config.stft).unwrap().analyze(&wave).unwrap();
    let magnitudes: Vec<f32> = spectrogram
        .values
        .iter()
        .map(|value| value.norm().max(1e-5))
        .collect();
    let part = |part: fn(&Complex32) -> f32| -> Vec<f32> {
        spectrogram
            .values
            .iter()
            .zip(&magnitudes)
            .map(|(value, magnitude)| part(value) / magnitude)
            .collect()
    };
    let mut given = BTreeMap::from([
        ("stft.mag".to_owned(), magnitudes.clone()),
        ("stft.cos".to_owned(), part(|value| value.re)),
        ("stft.sin".to_owned(), part(|value| value.im)),
    ]);
    let mut trace = |name: &str, tensor: &Tensor| {
        given.insert(name.to_owned(), values(tensor));
    };
    net.logits_traced(&magnitudes, &condition, &mut trace).unwrap();
    given.insert("wave_out".to_owned(), net.separate(&wave, &condition).unwrap());

    let (mut compared, mut worst) = (0, (0.0f64, String::new()));
    for (name, golden) in &io.tensors {
        if name == "wave_in" || name == "condition" {
            continue;
        }
        // The published code keeps frequency first while it normalises it.
        let golden = if name == "bn0" {
            golden.transpose(1, 3).unwrap()
        } else {
            golden.clone()
        };
        let given = given
            .get(name)
            .unwrap_or_else(|| panic!("{name} was not computed"));
        let error = relative_error(given, &values(&golden));
        // The phase of a quiet bin is what a transform rounds, and that is another thing on Arm (1.4e-5 there, 7.9e-6 on x86-64).
        let is_phase = name == "stft.cos" || name == "stft.sin";
        let allowed = if is_phase { 3e-5 } else { 1e-5 };
        assert!(error < allowed, "{name}: {error:.2e}");
        compared += 1;
        if error > worst.0 {
            worst = (error, name.clone());
        }
    }
    println!(
        "{name}: {compared} tensors, worst relative error {:.2e} ({})",
        worst.0, worst.1
    );
    assert!(compared >= least, "only {compared} tensors were compared");
}

#[test]
fn micro_agrees_block_by_block() {
    every_tensor_agrees(micro(), "micro", 13 + 7 + 6 + 32);
}

#[test]
fn tiny_agrees_block_by_block() {
    every_tensor_agrees(tiny(), "tiny", 13 + 5 + 32);
}

#[test]
fn full_size_on_procedural_weights_agrees() {
    let io = Fixture::read("full_io");
    let net = procedural::resunet(ResUNetConfig::audiosep()).unwrap();
    let (wave, condition) = (io.floats("wave_in"), condition(&io));
    let out = net.separate(&wave, &condition).unwrap();
    let error = relative_error(&out, &io.floats("wave_out"));
    println!("full size: {error:.2e}");
    assert!(error < 1e-4, "wave_out: {error:.2e}");
}

#[test]
fn official_prefixes_are_read_too() {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let prefixed = state
        .tensors
        .iter()
        .map(|(name, tensor)| (format!("ss_model.{name}"), tensor));
    let bytes = safetensors::serialize(prefixed, None).unwrap();
    let net = ResUNet::from_safetensors(micro(), &bytes).unwrap();
    let out = net.separate(&io.floats("wave_in"), &condition(&io)).unwrap();
    assert!(relative_error(&out, &io.floats("wave_out")) < 1e-5);
}

#[test]
fn weights_of_another_shape_are_refused() {
    let state = Fixture::read("micro_state");
    for (config, bytes) in [
        (tiny(), &state.bytes[..]),
        (micro(), &state.bytes[..5000]),
        (
            ResUNetConfig {
                film: FilmKind::Affine,
                ..micro()
            },
            &state.bytes[..],
        ),
        (
            ResUNetConfig {
                stages: Vec::new(),
                ..micro()
            },
            &state.bytes[..],
        ),
        (config([4, 6, 8, 10, 12], 100, 20), &state.bytes[..]),
    ] {
        assert!(matches!(
            ResUNet::from_safetensors(config, bytes),
            Err(ModelError::Weights { .. })
        ));
    }
}

#[test]
fn affine_film_of_zero_gammas_is_additive_film() {
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let mut tensors = state.tensors.clone();
    for (name, tensor) in &state.tensors {
        if name.contains("->beta") {
            tensors.insert(name.replace("->beta", "->gamma"), tensor.zeros_like().unwrap());
        }
    }
    let affine = ResUNetConfig {
        film: FilmKind::Affine,
        ..micro()
    };
    let run = |tensors: &HashMap<String, Tensor>| {
        let bytes = safetensors::serialize(tensors, None).unwrap();
        let net = ResUNet::from_safetensors(affine.clone(), &bytes).unwrap();
        relative_error(
            &net.separate(&io.floats("wave_in"), &condition(&io)).unwrap(),
            &io.floats("wave_out"),
        )
    };
    assert!(run(&tensors) < 1e-5);
    let bias = tensors
        .get_mut("film.conv_block7a->conv_block1->gamma1.bias")
        .unwrap();
    *bias = bias.ones_like().unwrap();
    assert!(run(&tensors) > 1e-4, "gamma is heard");
}

/// Masks of the frames that a stream of this window answers, in order from frame 0.
fn streamed(
    net: &Arc<ResUNet>,
    window: WindowConfig,
    magnitudes: &[f32],
    condition: &Condition,
) -> Vec<Complex32> {
    let separator = Windowed::new("micro", "", net.clone(), window).unwrap();
    let len = window.block * separator.spec().stft.bins();
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let mut masks = vec![Complex32::default(); len];
    // A reset must leave nothing behind.
    stream
        .push(&magnitudes[magnitudes.len() - len..], &mut masks)
        .unwrap();
    stream.reset();
    let mut out = Vec::new();
    for block in magnitudes.chunks_exact(len) {
        stream.push(block, &mut masks).unwrap();
        out.extend_from_slice(&masks);
    }
    let unborn = out.drain(..window.lookahead * separator.spec().stft.bins());
    assert!(unborn.into_iter().all(|mask| mask == Complex32::default()));
    out
}

fn parts(masks: &[Complex32]) -> Vec<f32> {
    masks.iter().flat_map(|mask| [mask.re, mask.im]).collect()
}

#[test]
fn where_window_and_lookahead_cover_the_receptive_field_a_stream_equals_the_whole() {
    const RECEPTIVE_FIELD: usize = 347;
    let (state, io) = (Fixture::read("micro_state"), Fixture::read("micro_io"));
    let (net, condition) = (
        Arc::new(ResUNet::from_safetensors(micro(), &state.bytes).unwrap()),
        condition(&io),
    );
    let bins = net.config().stft.bins();
    let frames = if emulated() { 576 } else { 1152 };
    let magnitudes: Vec<f32> = procedural::uniform("magnitudes", frames * bins)
        .map(|value| 4.0 * value.abs())
        .collect();
    let whole = net.masks(&magnitudes, &condition).unwrap();

    let covering = WindowConfig {
        block: 96,
        lookahead: RECEPTIVE_FIELD,
        context: RECEPTIVE_FIELD,
    };
    let masks = streamed(&net, covering, &magnitudes, &condition);
    assert_eq!(masks.len(), (frames - RECEPTIVE_FIELD) * bins);
    let error = relative_error(&parts(&masks), &parts(&whole[..masks.len()]));
    assert!(error < 1e-5, "{error:.2e}");

    let short = WindowConfig {
        block: 96,
        lookahead: 20,
        context: 64,
    };
    let masks = streamed(&net, short, &magnitudes, &condition);
    let error = relative_error(&parts(&masks), &parts(&whole[..masks.len()]));
    assert!(
        error > 1e-3 && error < 1.0,
        "a short window is near the whole, not equal to it: {error:.2e}"
    );
}

#[test]
fn a_block_off_the_pooling_grid_is_refused() {
    let net = Arc::new(procedural::resunet(micro()).unwrap());
    for block in [0, 31, 48] {
        let window = WindowConfig {
            block,
            lookahead: 0,
            context: 0,
        };
        assert!(matches!(
            Windowed::new("micro", "", net.clone(), window),
            Err(ModelError::Block { .. })
        ));
    }
}

type Tensors = BTreeSet<(String, Vec<usize>)>;

/// Notes what is asked for; every value is 1.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Tensors>>);

impl SimpleBackend for Asked {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let entry = (name.to_owned(), shape.dims().to_vec());
        self.0.lock().unwrap().insert(entry);
        Tensor::ones(shape, dtype, device)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        panic!("{name} is read whatever its shape")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}

#[test]
fn the_tensors_that_are_required_are_those_that_are_read() {
    let affine = ResUNetConfig {
        film: FilmKind::Affine,
        ..micro()
    };
    for config in [micro(), affine, ResUNetConfig::dcase2024()] {
        let required = config.required_tensors().unwrap();
        let listed: Tensors = required.iter().cloned().collect();
        assert_eq!(listed.len(), required.len(), "none is listed twice");
        let asked = Asked::default();
        let weights = VarBuilder::from_backend(Box::new(asked.clone()), DType::F32, Device::Cpu);
        ResUNet::load(config.clone(), weights.clone()).unwrap();
        assert_eq!(std::mem::take(&mut *asked.0.lock().unwrap()), listed, "graph");
        StreamingNet::load(config, &weights, Isa::best(), Precision::Fp32, Threads::shared()).unwrap();
        assert_eq!(std::mem::take(&mut *asked.0.lock().unwrap()), listed, "kernels");
    }
    assert!(config([4, 6, 8, 10, 12], 100, 20).required_tensors().is_err());
}

#[test]
fn a_config_is_the_same_after_being_written_and_read() {
    for config in [ResUNetConfig::audiosep(), ResUNetConfig::dcase2024(), micro()] {
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(
            serde_json::from_str::<ResUNetConfig>(&text).unwrap(),
            config,
            "{text}"
        );
    }
}
