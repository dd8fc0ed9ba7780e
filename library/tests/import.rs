//! Importing from files that are as they should be.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use earmark_library::import::{ImportError, ImportOptions, Imported, Progress, SourceFile, Step, import};
use earmark_models::resunet::ResUNetConfig;
use half::f16;
use safetensors::{Dtype, SafeTensors};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::{Around, MERGES, MICRO, Scalar, Sizes, Tensor};
use support::{
    audiosep, checkpoint, clap, is_unused, prefixed, safetensors, separator, tokenizer, vocabulary, zipped,
};
use tempfile::TempDir;

/// A folder with files in it, and the folder `models` that is to come.
struct Place {
    folder: TempDir,
    files: Vec<PathBuf>,
}

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let put = |(name, bytes): &(&str, &[u8])| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        let files = files.iter().map(put).collect();
        Place { folder, files }
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    fn import(&self, options: ImportOptions) -> Result<Imported, ImportError> {
        import(&self.files, &self.models(), options, &mut |_| {
            ControlFlow::Continue(())
        })
    }
}

/// What a file of Earmark's has: types, shapes and values by name.
type Values = BTreeMap<String, (Dtype, Vec<usize>, Vec<f32>)>;

fn values(path: &Path) -> Values {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let read = |(name, view): (String, safetensors::tensor::TensorView)| {
        let data = view.data();
        let floats = match view.dtype() {
            Dtype::F32 => data
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
            Dtype::F16 => data
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
                .collect(),
            _ => data.iter().map(|&byte| f32::from(byte)).collect(),
        };
        (name, (view.dtype(), view.shape().to_vec(), floats))
    };
    file.tensors().into_iter().map(read).collect()
}

fn metadata(path: &Path) -> BTreeMap<String, String> {
    let bytes = fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    header.metadata().clone().unwrap().into_iter().collect()
}

/// What should come of these tensors, named without prefix.
fn expected(sizes: Sizes) -> Values {
    let networks = separator(sizes)
        .into_iter()
        .filter(|tensor| !is_unused(&tensor.name));
    let texts = clap(sizes).into_iter().filter(|tensor| {
        let kept = ["text_branch.", "text_projection."];
        kept.iter().any(|part| tensor.name.starts_with(part)) && !tensor.name.ends_with("position_ids")
    });
    let networks = networks.map(|tensor| (format!("resunet.{}", tensor.name), tensor));
    let texts = texts.map(|tensor| (format!("text.{}", tensor.name), tensor));
    let value = |(name, tensor): (String, Tensor)| {
        let floats = tensor.values.iter().map(|&value| value as f32).collect();
        (name, (Dtype::F32, tensor.shape, floats))
    };
    let mut values: Values = networks.chain(texts).map(value).collect();
    let json = tokenizer();
    let bytes = json.iter().map(|&byte| f32::from(byte)).collect();
    values.insert("tokenizer".into(), (Dtype::U8, vec![json.len()], bytes));
    values
}

/// A checkpoint of AudioSep's kind.
fn lightning(sizes: Sizes) -> Vec<u8> {
    zipped(&checkpoint(&audiosep(sizes), Around::Lightning))
}

/// The shape of an imported ResUNet.
fn config(imported: &Imported) -> ResUNetConfig {
    serde_json::from_str(&imported.network.config()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn a_lightning_checkpoint_and_a_tokenizer_become_one_model() {
    let (checkpoint, tokens) = (lightning(MICRO), tokenizer());
    let place = Place::new(&[("audiosep.ckpt", &checkpoint), ("tokenizer.json", &tokens)]);
    let options = ImportOptions {
        id: Some("my-model".into()),
        ..ImportOptions::default()
    };
    let imported = place.import(options).unwrap();
    assert_eq!(imported.path, place.models().join("my-model.safetensors"));
    assert_eq!(values(&imported.path), expected(MICRO));
    let written = fs::read(&imported.path).unwrap();
    assert_eq!(
        (imported.bytes, imported.sha256),
        (written.len() as u64, hex(&written))
    );
    assert_eq!(
        fs::read_dir(place.models()).unwrap().count(),
        1,
        "something was left beside the model"
    );
    let metadata = metadata(&imported.path);
    let values = &written[8 + u64::from_le_bytes(written[..8].try_into().unwrap()) as usize..];
    assert_eq!(metadata["earmark.sha256"], hex(values));
    assert_eq!(metadata["earmark.format"], "1");
    assert_eq!(metadata["earmark.id"], "my-model");
    assert_eq!(metadata["earmark.name"], "AudioSep at 2000 Hz");
    let source = |file: &str, bytes: &[u8]| SourceFile {
        file: file.into(),
        bytes: bytes.len() as u64,
        sha256: hex(bytes),
    };
    let sources = vec![
        source("audiosep.ckpt", &checkpoint),
        source("tokenizer.json", &tokens),
    ];
    assert_eq!(
        serde_json::from_str::<Vec<SourceFile>>(&metadata["earmark.source"]).unwrap(),
        sources
    );
    assert_eq!(imported.sources, sources);
    // The fields and spelling of `ResUNetConfig` in earmark-models.
    let stage = |channels: usize, time: usize| json!({"channels": channels, "time": time, "frequency": 2});
    let config = json!({
        "sample_rate": 2000,
        "top_band": [625, 875],
        "stft": {"window": 128, "hop": 20, "kind": "hann"},
        "encoder": "clap",
        "condition_size": 8,
        "film": "additive",
        "stem": 2,
        "stages": [stage(2, 2), stage(3, 2), stage(4, 2), stage(5, 2), stage(6, 2), stage(6, 1)],
        "middle": 6,
    });
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&metadata["earmark.config"]).unwrap(),
        config
    );
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&imported.network.config()).unwrap(),
        config
    );
}

#[test]
fn a_checkpoint_keeps_its_own_text_tower_where_claps_is_given_too() {
    let mut other = prefixed("module.", clap(MICRO));
    for tensor in &mut other {
        tensor.values.iter_mut().for_each(|value| *value += 1.0);
    }
    let other = zipped(&checkpoint(&other, Around::Clap));
    let (checkpoint, tokens) = (lightning(MICRO), tokenizer());
    let place = Place::new(&[
        ("clap.pt", &other),
        ("audiosep.ckpt", &checkpoint),
        ("tokenizer.json", &tokens),
    ]);
    let imported = place.import(ImportOptions::default()).unwrap();
    assert_eq!(values(&imported.path), expected(MICRO));
}

#[test]
fn every_tensor_lies_at_a_multiple_of_its_own_size() {
    let place = Place::new(&[
        ("audiosep.ckpt", &lightning(MICRO)),
        ("tokenizer.json", &tokenizer()),
    ]);
    let options = ImportOptions {
        sixteen_bit: true,
        ..ImportOptions::default()
    };
    let bytes = fs::read(place.import(options).unwrap().path).unwrap();
    let (head, header) = SafeTensors::read_metadata(&bytes).unwrap();
    for (name, info) in header.tensors() {
        let start = 8 + head + info.data_offsets.0;
        assert!(
            start.is_multiple_of(info.dtype.bitsize() / 8),
            "{name} begins at {start}"
        );
    }
}

#[test]
fn the_three_parts_may_come_in_files_of_different_kinds() {
    // A state dict by itself, LAION's prefix, and the halves of a tokenizer, in any order.
    let network = zipped(&checkpoint(&separator(MICRO), Around::Nothing));
    let text = zipped(&checkpoint(&prefixed("module.", clap(MICRO)), Around::Clap));
    let vocabulary = vocabulary().to_string();
    let place = Place::new(&[
        ("merges.txt", MERGES.as_bytes()),
        ("music_speech_audioset.pt", &text),
        ("vocab.json", vocabulary.as_bytes()),
        ("resunet.bin", &network),
    ]);
    let mut found = values(&place.import(ImportOptions::default()).unwrap().path);
    let mut expected = expected(MICRO);
    let (json, _) = (found.remove("tokenizer").unwrap().2, expected.remove("tokenizer"));
    assert_eq!(found, expected);
    let json: Vec<u8> = json.iter().map(|&byte| byte as u8).collect();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["model"]["vocab"], support::vocabulary());
    assert_eq!(json["model"]["merges"], json!([["a", "b"]]));
    assert_eq!(json["post_processor"]["sep"], json!(["</s>", 2]));
}

#[test]
fn the_hubs_safetensors_file_gives_the_same_model_as_the_checkpoint() {
    let hub = safetensors(&audiosep(MICRO));
    let place = Place::new(&[("model.safetensors", &hub), ("tokenizer.json", &tokenizer())]);
    assert_eq!(
        values(&place.import(ImportOptions::default()).unwrap().path),
        expected(MICRO)
    );
}

#[test]
fn weights_of_16_and_of_64_bits_and_in_another_order_are_read() {
    for scalar in [Scalar::F16, Scalar::Bf16, Scalar::F64] {
        let mut tensors = audiosep(MICRO);
        for tensor in tensors.iter_mut().filter(|tensor| tensor.scalar == Scalar::F32) {
            tensor.scalar = scalar;
            tensor.transposed = tensor.shape.len() > 1;
        }
        let files = [zipped(&checkpoint(&tensors, Around::Lightning)), tokenizer()];
        let place = Place::new(&[("audiosep.ckpt", &files[0]), ("tokenizer.json", &files[1])]);
        let found = values(&place.import(ImportOptions::default()).unwrap().path);
        assert_eq!(found, expected(MICRO), "of {scalar:?}");
    }
}

#[test]
fn with_16_bits_only_the_weights_that_fit_are_shortened() {
    let mut tensors = audiosep(MICRO);
    let large = tensors
        .iter_mut()
        .find(|tensor| tensor.name == "ss_model.base.after_conv.weight")
        .unwrap();
    large.values[4] = 70_000.0;
    let file = zipped(&checkpoint(&tensors, Around::Lightning));
    let place = Place::new(&[("audiosep.ckpt", &file), ("tokenizer.json", &tokenizer())]);
    let options = ImportOptions {
        sixteen_bit: true,
        ..ImportOptions::default()
    };
    let imported = place.import(options).unwrap();
    let large = "resunet.base.after_conv.weight";
    assert_eq!(imported.kept, [large]);
    let mut expected = expected(MICRO);
    expected.get_mut(large).unwrap().2[4] = 70_000.0;
    for (name, (dtype, shape, _)) in &mut expected {
        if shape.len() > 1 && name != large {
            *dtype = Dtype::F16;
        }
    }
    // The values are such that 16 bits hold them.
    assert_eq!(values(&imported.path), expected);
}

#[test]
fn the_published_networks_are_told_by_their_bins() {
    for (bins, file, id, rate, window, band) in [
        (
            1025,
            "audiosep_base_4M_steps.ckpt",
            "audiosep",
            32_000,
            2048,
            (10_000, 14_000),
        ),
        (
            1025,
            "AudioSep-Hive.ckpt",
            "audiosep-hive",
            32_000,
            2048,
            (10_000, 14_000),
        ),
        (
            513,
            "audiosep_16k.ckpt",
            "audiosep-dcase2024",
            16_000,
            1024,
            (5_000, 7_500),
        ),
    ] {
        let mut tensors = audiosep(Sizes { bins, ..MICRO });
        // The matrices of the transform are large, and are not read.
        tensors.retain(|tensor| !tensor.name.contains("stft."));
        let checkpoint = zipped(&checkpoint(&tensors, Around::Lightning));
        let place = Place::new(&[(file, &checkpoint), ("tokenizer.json", &tokenizer())]);
        let imported = place.import(ImportOptions::default()).unwrap();
        assert_eq!(imported.id, id);
        let config = config(&imported);
        assert_eq!(
            (config.sample_rate, config.stft.window, config.top_band),
            (rate, window, band)
        );
        assert_eq!(config.stft.hop * 100, rate as usize);
    }
}

#[test]
fn importing_again_replaces_the_model_by_the_same_bytes() {
    let place = Place::new(&[
        ("audiosep.ckpt", &lightning(MICRO)),
        ("tokenizer.json", &tokenizer()),
    ]);
    let first = place.import(ImportOptions::default()).unwrap();
    let before = fs::read(&first.path).unwrap();
    let second = place.import(ImportOptions::default()).unwrap();
    assert_eq!((first.replaced, second.replaced), (false, true));
    assert_eq!(fs::read(&second.path).unwrap(), before);
    assert_eq!(fs::read_dir(place.models()).unwrap().count(), 1);
}

#[test]
fn progress_goes_through_all_steps_to_its_end() {
    let place = Place::new(&[
        ("audiosep.ckpt", &lightning(MICRO)),
        ("tokenizer.json", &tokenizer()),
    ]);
    let mut told: Vec<Progress> = Vec::new();
    import(
        &place.files,
        &place.models(),
        ImportOptions::default(),
        &mut |progress| {
            told.push(progress);
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert!(told.is_sorted_by_key(|progress| (progress.step, progress.done)));
    let mut steps: Vec<Step> = told.iter().map(|progress| progress.step).collect();
    steps.dedup();
    assert_eq!(steps, [Step::Identify, Step::Check, Step::Write, Step::Verify]);
    let last = told.last().unwrap();
    assert_eq!(last.done, last.total);
}

#[test]
fn an_import_cancelled_at_any_time_leaves_all_as_it_was() {
    let place = Place::new(&[
        ("audiosep.ckpt", &lightning(MICRO)),
        ("tokenizer.json", &tokenizer()),
    ]);
    let cancelled_after = |calls: usize| {
        let mut left = calls;
        let outcome = import(
            &place.files,
            &place.models(),
            ImportOptions::default(),
            &mut |_| {
                left = left.saturating_sub(1);
                if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        match outcome {
            Ok(_) => false,
            Err(ImportError::Cancelled) => true,
            Err(other) => panic!("after {calls} calls: {other}"),
        }
    };
    let mut calls = 1;
    while cancelled_after(calls) {
        assert!(!place.models().exists(), "after {calls} calls the folder stayed");
        calls += 97;
    }
    assert!(calls > 500, "there were only {calls} calls");
    // Now there is a model.
    let model = place.models().join("audiosep-2000.safetensors");
    let before = fs::read(&model).unwrap();
    assert!(cancelled_after(calls - 97));
    assert_eq!(fs::read(&model).unwrap(), before);
    assert_eq!(fs::read_dir(place.models()).unwrap().count(), 1);
}

#[test]
fn a_checkpoint_that_calls_functions_calls_none() {
    let folder = tempfile::tempdir().unwrap();
    let proof = folder.path().join("executed");
    let mut entries = checkpoint(&audiosep(MICRO), Around::Lightning);
    // Before the rest: os.system("touch …"), whose result is dropped.
    let command = format!("touch {}", proof.display());
    let mut call = b"\x80\x02cposix\nsystem\n(X".to_vec();
    call.extend((command.len() as u32).to_le_bytes());
    call.extend(command.as_bytes());
    call.extend(b"tR0");
    entries[0].1.splice(..2, call);
    let place = Place::new(&[
        ("audiosep.ckpt", &zipped(&entries)),
        ("tokenizer.json", &tokenizer()),
    ]);
    assert_eq!(
        values(&place.import(ImportOptions::default()).unwrap().path),
        expected(MICRO)
    );
    assert!(!proof.exists());
}

/// The real layout: `EARMARK_GOLDEN` names the folder of the fixtures.
#[test]
fn the_golden_checkpoint_gives_the_golden_state() {
    let Some(golden) = std::env::var_os("EARMARK_GOLDEN").map(PathBuf::from) else {
        eprintln!("EARMARK_GOLDEN is not set, so the golden checkpoint was not imported");
        return;
    };
    let sizes = Sizes {
        condition: 512,
        ..MICRO
    };
    let text = zipped(&checkpoint(&prefixed("module.", clap(sizes)), Around::Clap));
    let mut place = Place::new(&[("clap.pt", &text), ("tokenizer.json", &tokenizer())]);
    place.files.push(golden.join("micro_lightning.ckpt"));
    let imported = place.import(ImportOptions::default()).unwrap();
    let found = values(&imported.path);
    let state = values(&golden.join("micro_state.safetensors"));
    let mut compared = 0;
    for (name, tensor) in state.iter().filter(|(name, _)| !is_unused(name)) {
        assert_eq!(&found[&format!("resunet.{name}")], tensor, "{name}");
        compared += 1;
    }
    assert_eq!(
        compared,
        found.keys().filter(|name| name.starts_with("resunet.")).count()
    );
    let config = config(&imported);
    let channels: Vec<usize> = config.stages.iter().map(|stage| stage.channels).collect();
    assert_eq!((config.stft.window, config.stft.hop), (128, 20));
    assert_eq!(channels, [4, 6, 8, 10, 12, 12]);
}

/// An import that was killed leaves its file behind: of AudioSep, a gigabyte that nobody sees.
#[test]
fn what_killed_imports_left_is_swept_away_and_nothing_else() {
    let place = Place::new(&[
        ("audiosep.ckpt", &lightning(MICRO)),
        ("tokenizer.json", &tokenizer()),
    ]);
    fs::create_dir(place.models()).unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let left = |name: &str| {
        let path = place.models().join(name);
        let file = fs::File::create(&path).unwrap();
        file.set_modified(old).unwrap();
        (path, file)
    };
    let (dead, _) = left(".earmark-import-abc.part");
    let (alive, writing) = left(".earmark-import-def.part");
    writing.lock().unwrap();
    let (other, _) = left(".hidden");
    let new = place.models().join(".earmark-import-new.part");
    fs::write(&new, "").unwrap();
    place.import(ImportOptions::default()).unwrap();
    assert!(!dead.exists(), "it fills the disk for ever");
    assert!(alive.exists() && other.exists() && new.exists());
}

/// A name that is taken from a file is held to the same rule as one that is given.
#[test]
fn a_model_of_earmarks_own_is_not_hidden_by_an_import() {
    let cases = [
        ("earmark-small", "part of Earmark itself"),
        ("nul", "cannot be called"),
    ];
    // Windows has no file of a device's name.
    let cases = cases
        .into_iter()
        .filter(|(file, _)| cfg!(not(windows)) || *file != "nul");
    for (file, said) in cases {
        let weights = fs::read("../models/weights/earmark-small.safetensors").unwrap();
        let place = Place::new(&[(&format!("{file}.safetensors"), &weights)]);
        let error = place.import(ImportOptions::default()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
