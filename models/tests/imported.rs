//! Imported models: the same network as from the official names, in any precision, and what is said of broken files.

mod common;

use std::path::Path;
use std::sync::Arc;

use candle_core::Device;
use common::imported::{Content, Stored, reason, small, small_ears, small_tokenizer};
use common::resunet::{condition, micro};
use common::{Fixture, relative_error};
use earmark_kernels::{Isa, Threads};
use earmark_models::architecture::Network;
use earmark_models::device::DeviceChoice;
use earmark_models::encoder::{HtsatConfig, RobertaConfig};
use earmark_models::resunet::{Precision, Quality, ResUNet, ResUNetConfig, StreamingNet};
use earmark_models::{EncoderKind, ModelError, imported, procedural};
use num_complex::Complex32;
use safetensors::Dtype;
use tempfile::TempDir;

fn content(dtype: Dtype) -> Content {
    let tokenizer = small_tokenizer(&Fixture::read("clap_small_io"));
    let state = Fixture::read("micro_state");
    Content::tower(&small(), dtype, &tokenizer).with_resunet(&micro(), &state, dtype)
}

fn threads() -> Arc<Threads> {
    Arc::new(Threads::new(1))
}

#[test]
fn the_network_of_an_imported_file_is_the_official_one() {
    let folder = TempDir::new().unwrap();
    let io = Fixture::read("micro_io");
    let (wave, condition, expected) = (io.floats("wave_in"), condition(&io), io.floats("wave_out"));
    for (dtype, bound) in [(Dtype::F32, 1e-5), (Dtype::F16, 5e-3), (Dtype::BF16, 5e-2)] {
        let model = imported::open(&content(dtype).write(folder.path())).unwrap();
        assert_eq!(
            (model.id(), model.name(), &*model.network().config()),
            ("micro", "A small one", &*micro().config())
        );
        let tensors = || model.tensors().unwrap();
        let net = StreamingNet::read(micro(), tensors(), Isa::best(), Precision::Fp32, threads());
        let net = Arc::new(net.unwrap());
        let live = net.separate(&wave, &condition).unwrap();
        let graph = ResUNet::read(micro(), tensors(), &Device::Cpu).unwrap();
        let graph = graph.separate(&wave, &condition).unwrap();
        let error = relative_error(&live, &graph);
        assert!(error < 1e-5, "{dtype:?}: {error:.2e} between kernels and graph");
        let error = relative_error(&live, &expected);
        assert!(error < bound, "{dtype:?}: {error:.2e}");
    }
}

#[test]
fn a_loaded_model_is_what_its_header_promised_and_answers_its_own_encoder() {
    let folder = TempDir::new().unwrap();
    let model = imported::open(&content(Dtype::F16).write(folder.path())).unwrap();
    for quality in [Quality::Fast, Quality::Balanced, Quality::Best] {
        let separator = model.load(quality, DeviceChoice::Cpu).unwrap();
        let spec = model.spec(quality);
        assert_eq!(*separator.spec(), spec);
        assert_eq!((&spec.id[..], &spec.sha256[..]), ("micro", "ab12"));
        let condition = model.encoder().unwrap().encode("a dog barking").unwrap();
        let mut stream = separator.stream(&[condition]).unwrap();
        let len = spec.block * spec.stft.bins();
        let magnitudes: Vec<f32> = procedural::uniform("magnitudes", len).map(f32::abs).collect();
        let mut masks = vec![Complex32::default(); len];
        for _ in 0..=spec.lookahead.div_ceil(spec.block) {
            stream.push(&magnitudes, &mut masks).unwrap();
        }
        assert!(masks.iter().any(|mask| mask.norm() > 0.0), "{quality:?}");
    }
}

#[test]
fn broken_files_are_refused_in_words() {
    let whole = content(Dtype::F16);
    let entry = |key: &str, value: &str| {
        whole.refused(imported::open, |content| {
            content.entries.insert(key.into(), value.into());
        })
    };
    assert!(entry(imported::FORMAT_KEY, "2").contains("format 2"));
    for key in [
        imported::FORMAT_KEY,
        imported::ID_KEY,
        imported::NAME_KEY,
        imported::CONFIG_KEY,
    ] {
        assert!(entry(key, "").contains(key));
        let missing = whole.refused(imported::open, |content| {
            content.entries.remove(key);
        });
        assert!(missing.contains(key), "{missing}");
    }
    let message = entry(imported::CONFIG_KEY, "{}");
    assert!(message.contains("config that cannot be read"), "{message}");

    for (name, said) in [
        ("resunet.base.after_conv.weight", "after_conv.weight"),
        (
            "resunet.film.decoder_block1->beta1.bias",
            "decoder_block1->beta1.bias",
        ),
        ("text.text_branch.pooler.dense.weight", "pooler"),
        ("tokenizer", "tokenizer"),
    ] {
        let message = whole.refused(imported::open, |content| {
            content.tensors.remove(name).unwrap();
        });
        assert!(message.contains("lacks") && message.contains(said), "{message}");
    }
    let message = whole.refused(imported::open, |content| {
        let shape = [1, 4, 1, 1];
        let stored = Stored::floats(Dtype::F32, &shape, [0.0; 4]);
        content
            .tensors
            .insert("resunet.base.pre_conv.weight".into(), stored);
    });
    assert!(message.contains("[1, 4, 1, 1], but [4, 1, 1, 1]"), "{message}");

    let narrow = RobertaConfig {
        condition_size: 64,
        ..small()
    };
    let message = whole.refused(imported::open, |content| {
        let tower = Content::tower(&narrow, Dtype::F16, b"{}");
        content.tensors.extend(tower.tensors);
    });
    assert!(
        message.contains("64 values for a network that reads 512"),
        "{message}"
    );

    let missing = imported::open(Path::new("/nowhere/at/all.safetensors"));
    assert!(reason(missing).contains("cannot be opened"));
}

#[test]
fn what_a_header_names_is_known_and_nothing_lies_beside_it() {
    let whole = content(Dtype::F16);
    let entry = |key: &str, value: &str| {
        whole.refused(imported::open, |content| {
            content.entries.insert(key.into(), value.into());
        })
    };
    let message = entry(imported::ARCHITECTURE_KEY, "flow");
    assert!(
        message.contains("\"flow\"") && message.contains("resunet-film, band-mask, clipsep and lass"),
        "{message}"
    );
    let message = entry(imported::ENCODER_KEY, "minilm");
    assert!(message.contains("minilm in its header, but clap"), "{message}");
    assert!(entry(imported::PARTS_KEY, "resunet.").contains("is no list"));
    let message = entry(imported::PARTS_KEY, "[\"resunet.\", \"text.\"]");
    assert!(message.contains("\"tokenizer\""), "{message}");
    for (name, said) in [
        ("resunet.base.DPRNN.0.weight", "which no such model has"),
        ("text.text_branch.adapter.weight", "which no such model has"),
        ("audio.audio_branch.norm.weight", "of none of its parts"),
    ] {
        let extra = |content: &mut Content| {
            let stored = Stored::floats(Dtype::F16, &[1], [0.0]);
            content.tensors.insert(name.into(), stored);
        };
        let message = whole.refused(imported::open, extra);
        assert!(message.contains(name) && message.contains(said), "{message}");
    }
    // A part that a later version knows is named, and does no harm.
    let folder = TempDir::new().unwrap();
    let mut later = whole.clone();
    let stored = Stored::floats(Dtype::F16, &[1], [0.0]);
    later.tensors.insert("image.norm.weight".into(), stored);
    let parts = r#"["resunet.", "text.", "tokenizer", "image."]"#;
    later.entries.insert(imported::PARTS_KEY.into(), parts.into());
    later
        .entries
        .insert(imported::ARCHITECTURE_KEY.into(), "resunet-film".into());
    later.entries.insert(imported::ENCODER_KEY.into(), "clap".into());
    imported::open(&later.write(folder.path())).unwrap();
}

#[test]
fn an_audio_tower_is_opened_where_the_header_names_it_and_refused_where_it_is_damaged() {
    let folder = TempDir::new().unwrap();
    let without = content(Dtype::F16);
    let model = imported::open(&without.write(folder.path())).unwrap();
    assert!(model.audio_encoder().is_none());

    let mut with = without.clone().with_ears(&small_ears(), Dtype::F16);
    let parts = r#"["resunet.", "text.", "tokenizer", "audio."]"#;
    with.entries.insert(imported::PARTS_KEY.into(), parts.into());
    let model = imported::open(&with.write(folder.path())).unwrap();
    let encoder = model.audio_encoder().unwrap().unwrap();
    let clip: Vec<f32> = procedural::uniform("clip", 48_000).collect();
    let condition = encoder.encode(&clip).unwrap();
    condition.check(EncoderKind::Clap, 512).unwrap();
    let said = model.encoder().unwrap().encode("a dog barking").unwrap();
    assert_ne!(said, condition);

    let lost = with.refused(imported::open, |content| {
        drop(content.tensors.remove("audio.audio_branch.norm.bias"));
    });
    assert!(
        lost.contains("lacks the tensor audio.audio_branch.norm.bias"),
        "{lost}"
    );
    let more = with.refused(imported::open, |content| {
        let stored = Stored::floats(Dtype::F16, &[1], [0.0]);
        content
            .tensors
            .insert("audio.audio_branch.mel_conv2d.bias".into(), stored);
    });
    assert!(more.contains("which no such model has"), "{more}");
    let other = HtsatConfig {
        condition_size: 64,
        ..small_ears()
    };
    let narrow = with.refused(imported::open, |content| {
        content.tensors.retain(|name, _| !name.starts_with("audio."));
        let ears = Content::default().with_ears(&other, Dtype::F16);
        content.tensors.extend(ears.tensors);
    });
    assert!(
        narrow.contains("an audio tower of 64 values for a network that reads 512"),
        "{narrow}"
    );
}

/// The weights stay in the file, which may lie on a disk that goes away: an error, and not the end of the host.
#[test]
fn a_file_that_shrinks_while_it_is_used_is_an_error() {
    let folder = TempDir::new().unwrap();
    let path = content(Dtype::F16).write(folder.path());
    let model = imported::open(&path).unwrap();
    let (encoder, tensors) = (model.encoder().unwrap(), model.tensors().unwrap());
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 64).unwrap();
    assert!(reason(encoder.encode("rain")).contains("has shrunk since it was opened"));
    let (name, shape) = micro().required_tensors().unwrap().pop().unwrap();
    assert!(reason(tensors.floats(&name, &shape)).contains("has shrunk"));
    assert!(reason(model.load(Quality::Fast, DeviceChoice::Cpu)).contains("no whole"));
}

#[test]
fn a_config_that_asks_for_the_impossible_is_refused_before_anything_is_built() {
    let whole = content(Dtype::F16);
    let published = serde_json::to_value(ResUNetConfig::audiosep()).unwrap();
    for (path, value) in [
        ("/sample_rate", 0_u64),
        ("/stft/window", 0),
        ("/stft/window", 2047),
        ("/stft/window", 1 << 62),
        ("/stft/hop", 0),
        ("/stft/hop", 2048),
        ("/condition_size", u64::MAX),
        ("/stem", 0),
        ("/middle", 1 << 40),
        ("/stages/0/channels", u64::MAX),
        ("/stages/0/time", 1 << 63),
        ("/stages/3/frequency", 0),
        ("/top_band/0", 15_000),
        ("/top_band/1", 16_001),
    ] {
        let mut config = published.clone();
        *config.pointer_mut(path).unwrap() = value.into();
        let folder = TempDir::new().unwrap();
        let mut changed = whole.clone();
        changed
            .entries
            .insert(imported::CONFIG_KEY.into(), config.to_string());
        let opened = imported::open(&changed.write(folder.path()));
        assert!(
            matches!(opened, Err(ModelError::Weights { .. } | ModelError::Stft { .. })),
            "{path} {value}"
        );
        if let Ok(config) = serde_json::from_value::<ResUNetConfig>(config) {
            assert!(ResUNet::from_safetensors(config.clone(), &[]).is_err());
            assert!(StreamingNet::from_safetensors(config, &[]).is_err());
        }
    }
}
