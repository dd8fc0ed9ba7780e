//! Importing USS's checkpoints, with Cnn14 or without it.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use earmark_library::import::{ImportError, ImportOptions, Imported, import};
use earmark_models::device::DeviceChoice;
use earmark_models::{EncoderKind, ModelError, Quality, Separator, imported, procedural};
use num_complex::Complex32;
use safetensors::SafeTensors;
use support::{Around, MICRO, Sizes, Tensor, checkpoint, cnn14, prefixed, separator, tokenizer, zipped};
use tempfile::TempDir;

/// Values of a condition, where Cnn14 has so many classes and its embedding so many values.
const TAGS: usize = 527;
const EMBEDDING: usize = 2048;

/// USS's module: separator, query net, and the detector that only training needs. Where the condition is the classes' probabilities,
/// the embedding has few values.
fn uss(condition: usize) -> Vec<Tensor> {
    let sizes = Sizes { condition, ..MICRO };
    let embedding = if condition == TAGS { 8 } else { condition };
    let mut tensors = prefixed("ss_model.", separator(sizes));
    tensors.extend(prefixed("query_net.base.", cnn14(embedding, TAGS)));
    tensors.extend(prefixed(
        "anchor_segment_detector.sed_model.",
        cnn14(embedding, TAGS),
    ));
    // What a variance can be.
    for tensor in &mut tensors {
        if tensor.name.ends_with("running_var") {
            tensor
                .values
                .iter_mut()
                .for_each(|value| *value = value.abs() + 0.5);
        }
    }
    tensors
}

fn imported_of(files: &[&[Tensor]], audio_tower: bool) -> Result<(TempDir, Imported), ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let put = |(index, tensors): (usize, &&[Tensor])| -> PathBuf {
        let path = folder.path().join(format!("{index}.ckpt"));
        fs::write(&path, zipped(&checkpoint(tensors, Around::Lightning))).unwrap();
        path
    };
    let paths: Vec<PathBuf> = files.iter().enumerate().map(put).collect();
    let options = ImportOptions {
        audio_tower,
        ..ImportOptions::default()
    };
    let models = folder.path().join("models");
    let made = import(&paths, &models, options, &mut |_| ControlFlow::Continue(()))?;
    Ok((folder, made))
}

fn refusal(tensors: &[Tensor]) -> String {
    match imported_of(&[tensors], true) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted"),
    }
}

/// The values in a file of Earmark's whose names begin so, by what follows.
fn stored(made: &Imported, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let bytes = fs::read(&made.path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter();
    tensors
        .filter_map(|(name, view)| Some((name.strip_prefix(prefix)?.to_owned(), view.data().to_vec())))
        .collect()
}

/// As much of Cnn14 as is read.
fn expected(condition: usize) -> BTreeMap<String, Vec<u8>> {
    let unused = ["num_batches_tracked", "spectrogram_extractor"];
    let own = |tensor: &Tensor| {
        let name = tensor.name.strip_prefix("query_net.base.")?;
        let is_read = !unused.iter().any(|part| name.contains(part));
        is_read.then(|| (name.to_owned(), tensor.bytes()))
    };
    uss(condition).iter().filter_map(own).collect()
}

/// How loud everything is that a condition lets through, of noise.
fn heard(separator: &Arc<dyn Separator>, condition: &earmark_models::Condition) -> f32 {
    let spec = separator.spec();
    let mut stream = separator.stream(std::slice::from_ref(condition)).unwrap();
    let values = spec.block * spec.stft.bins();
    let magnitudes: Vec<f32> = procedural::uniform("noise", values)
        .map(|value| value + 1.0)
        .collect();
    let mut masks = vec![Complex32::default(); values];
    let mut sum = 0.0;
    for _ in 0..spec.lookahead / spec.block + 2 {
        stream.push(&magnitudes, &mut masks).unwrap();
        assert!(masks.iter().all(|mask| mask.is_finite()));
        sum += masks.iter().map(|mask| mask.norm()).sum::<f32>();
    }
    sum
}

#[test]
fn its_checkpoints_are_imported_and_listen_for_a_clip() {
    for (condition, kind, id) in [
        (TAGS, EncoderKind::AudiosetTags, "uss"),
        (EMBEDDING, EncoderKind::Cnn14, "uss-cnn14"),
    ] {
        let (_folder, made) = imported_of(&[&uss(condition)], true).unwrap();
        assert_eq!((&*made.id, made.network.encoder()), (id, kind));
        assert_eq!(stored(&made, "cnn14."), expected(condition));
        let names = stored(&made, "");
        let is_known = |name: &&String| !name.starts_with("resunet.") && !name.starts_with("cnn14.");
        assert_eq!(names.keys().find(is_known), None);

        let model = imported::open(&made.path).unwrap();
        let encoder = model.audio_encoder().unwrap().unwrap();
        assert_eq!((encoder.kind(), encoder.sample_rate()), (kind, 32_000));
        let clip: Vec<f32> = procedural::uniform("clip", 40_000)
            .map(|value| value * 0.2)
            .collect();
        let query = encoder.encode(&clip).unwrap();
        let separator = model.load(Quality::default(), DeviceChoice::Cpu).unwrap();
        let sum = heard(&separator, &query);
        assert!(sum > 0.0, "{id}: {sum}");
    }
}

#[test]
fn words_are_taken_for_classes_or_refused() {
    let (_folder, made) = imported_of(&[&uss(TAGS)], false).unwrap();
    assert!(stored(&made, "cnn14.").is_empty());
    let model = imported::open(&made.path).unwrap();
    assert!(model.audio_encoder().is_none());
    let encoder = model.encoder().unwrap();
    let query = encoder.encode("a dog barking").unwrap();
    let separator = model.load(Quality::default(), DeviceChoice::Cpu).unwrap();
    assert!(heard(&separator, &query) > 0.0);
    assert!(
        encoder
            .taken_for("a dog barking")
            .unwrap()
            .unwrap()
            .contains("Bark")
    );

    // Without Cnn14 it would have no queries at all: it comes unasked.
    let (_folder, made) = imported_of(&[&uss(EMBEDDING)], false).unwrap();
    assert_eq!(stored(&made, "cnn14."), expected(EMBEDDING));
    let encoder = imported::open(&made.path).unwrap().encoder().unwrap();
    let refused = encoder.encode("a dog barking").unwrap_err();
    assert!(matches!(refused, ModelError::SoundsAlone));
    assert!(refused.to_string().contains("--like"), "{refused}");
}

#[test]
fn a_query_net_beside_the_checkpoint_serves_where_that_has_none() {
    let is_deaf = |tensor: &Tensor| !tensor.name.starts_with("query_net.");
    let deaf: Vec<Tensor> = uss(TAGS).into_iter().filter(is_deaf).collect();
    let whole = uss(TAGS);
    let own: Vec<Tensor> = whole
        .iter()
        .filter_map(|tensor| {
            let name = tensor.name.strip_prefix("query_net.base.")?.to_owned();
            Some(Tensor {
                name,
                ..tensor.clone()
            })
        })
        .collect();
    let (_folder, made) = imported_of(&[&deaf, &own], true).unwrap();
    assert_eq!(stored(&made, "cnn14."), expected(TAGS));
    let said = refusal(&deaf);
    assert!(
        said.contains("still missing: an audio tower. Add PANNs' Cnn14"),
        "{said}"
    );
}

#[test]
fn damaged_and_foreign_checkpoints_are_refused() {
    let changed = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let mut tensors = uss(TAGS);
        change(&mut tensors);
        refusal(&tensors)
    };
    for tensor in expected(TAGS).keys() {
        let full = format!("query_net.base.{tensor}");
        let said = changed(&|tensors| tensors.retain(|other| other.name != full));
        assert!(
            said.contains("an audio tower") && said.contains(&**tensor),
            "{said}"
        );
    }
    let replaced = |name: &str, shape: &[usize]| {
        changed(&|tensors| {
            tensors.retain(|tensor| tensor.name != name);
            tensors.push(Tensor::new(name, shape));
        })
    };
    for (name, shape, said) in [
        (
            "query_net.base.conv_block3.conv1.weight",
            &[4, 2, 3, 3][..],
            "[4, 2, 3, 3] where [4, 3, 3, 3]",
        ),
        ("query_net.base.fc_audioset.bias", &[526], "[526] where [527]"),
        (
            "ss_model.film.conv_block7a->conv_block1->beta1.weight",
            &[6, 512],
            "[6, 512] where [6, 527]",
        ),
        // An adaptor between the query net and the separator, and a deeper one.
        ("query_net.base.fc2.weight", &[4, 4], "another network"),
        (
            "query_net.base.conv_block7.conv1.weight",
            &[4, 4, 3, 3],
            "another network",
        ),
        ("ss_model.base.DPRNN.0.weight", &[4, 4], "another network"),
    ] {
        let refused = replaced(name, shape);
        assert!(
            refused.contains(said) && refused.contains(name),
            "{name}: {refused}"
        );
    }
    let said = changed(&|tensors| {
        tensors.retain(|tensor| !tensor.name.contains("query_net."));
        tensors.extend(prefixed("query_net.base.", cnn14(8, 526)));
    });
    assert!(
        said.contains("the audio tower of") && said.contains("gives 526"),
        "{said}"
    );
    let said = changed(&|tensors| {
        let broken = tensors
            .iter_mut()
            .find(|tensor| tensor.name.ends_with("fc1.weight"));
        broken.unwrap().values[3] = f64::NAN;
    });
    assert!(said.contains("NaN") && said.contains("must be finite"), "{said}");
}

#[test]
fn a_tokenizer_is_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        ("uss.ckpt", zipped(&checkpoint(&uss(TAGS), Around::Lightning))),
        ("tokenizer.json", tokenizer()),
    ]
    .map(|(name, bytes)| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    });
    let into = folder.path().join("models");
    let refused = import(&paths, &into, ImportOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    });
    let said = refused.map(drop).unwrap_err().to_string();
    assert!(said.contains("tokenizer.json is not needed"), "{said}");
}
