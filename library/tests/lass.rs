//! Importing LASS-Net's checkpoint, and what is said of one that is not whole.

mod support;

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use earmark_library::import::{ImportError, ImportOptions, Imported, import};
use earmark_models::device::DeviceChoice;
use earmark_models::{EncoderKind, ModelError, Quality, Selection, imported};
use num_complex::Complex32;
use support::{Around, MICRO, Tensor, audiosep, checkpoint, prefixed, tokenizer, zipped};
use tempfile::TempDir;

const CONDITION: usize = 16;
const WIDTHS: [usize; 6] = [2, 3, 4, 5, 6, 6];

/// A tensor such that a network of its like gives numbers that are none too large.
fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let mut tensor = Tensor::new(name, shape);
    let inputs = shape.iter().skip(1).product::<usize>() as f64;
    for value in &mut tensor.values {
        // It came in -2..2.
        *value = match shape {
            _ if name.ends_with("running_var") => 1.0 + *value / 4.0,
            [_] if name.ends_with("weight") => 1.0 + *value / 8.0,
            _ => *value / inputs.max(1.0).sqrt(),
        };
    }
    tensor
}

/// The published checkpoint's tensors, after the published modules: the network's, its counters among them.
fn network() -> Vec<Tensor> {
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(tensor(&name, shape));
    fn norm(add: &mut dyn FnMut(String, &[usize]), name: &str, channels: usize) {
        for value in ["weight", "bias", "running_mean", "running_var"] {
            add(format!("{name}.{value}"), &[channels]);
        }
        add(format!("{name}.num_batches_tracked"), &[]);
    }
    fn film(add: &mut dyn FnMut(String, &[usize]), name: &str, channels: usize) {
        add(format!("{name}.linear.0.weight"), &[2 * channels, CONDITION]);
        add(format!("{name}.linear.0.bias"), &[2 * channels]);
        add(format!("{name}.linear.2.weight"), &[channels, 2 * channels]);
        add(format!("{name}.linear.2.bias"), &[channels]);
    }
    fn block(add: &mut dyn FnMut(String, &[usize]), name: &str, inputs: usize, outputs: usize) {
        norm(add, &format!("{name}.bn1"), inputs);
        norm(add, &format!("{name}.bn2"), outputs);
        add(format!("{name}.conv1.weight"), &[outputs, inputs, 3, 3]);
        film(add, &format!("{name}.film1"), outputs);
        add(format!("{name}.conv2.weight"), &[outputs, outputs, 3, 3]);
        film(add, &format!("{name}.film2"), outputs);
        if inputs != outputs {
            add(format!("{name}.shortcut.weight"), &[outputs, inputs, 1, 1]);
            add(format!("{name}.shortcut.bias"), &[outputs]);
            film(add, &format!("{name}.film_res"), outputs);
        }
    }
    let mut inputs = 1;
    for (index, width) in WIDTHS.into_iter().enumerate() {
        let name = format!("encoder_block{}", index + 1);
        block(&mut add, &format!("{name}.conv_block1"), inputs, width);
        block(&mut add, &format!("{name}.conv_block2"), width, width);
        inputs = width;
    }
    block(&mut add, "conv_block7", inputs, inputs);
    for (index, width) in WIDTHS.into_iter().rev().enumerate() {
        let name = format!("decoder_block{}", index + 1);
        add(format!("{name}.conv1.weight"), &[inputs, width, 3, 3]);
        norm(&mut add, &format!("{name}.bn1"), inputs);
        block(&mut add, &format!("{name}.conv_block2"), 2 * width, width);
        block(&mut add, &format!("{name}.conv_block3"), width, width);
        inputs = width;
    }
    block(&mut add, "after_conv_block1", inputs, inputs);
    add("after_conv2.weight".into(), &[1, inputs, 1, 1]);
    add("after_conv2.bias".into(), &[1]);
    tensors
}

/// The text encoder's, with as few values as there can be beside the vocabulary.
fn tower() -> Vec<Tensor> {
    const HIDDEN: usize = 64;
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push(tensor(&name, shape));
    add("bert_layer.embeddings.position_ids".into(), &[1, 8]);
    for (name, rows) in [("word", 30_522), ("position", 8), ("token_type", 2)] {
        add(
            format!("bert_layer.embeddings.{name}_embeddings.weight"),
            &[rows, HIDDEN],
        );
    }
    let mut layer = |name: &str, shape: &[usize]| {
        add(format!("{name}.weight"), shape);
        add(format!("{name}.bias"), &shape[..1]);
    };
    layer("bert_layer.embeddings.LayerNorm", &[HIDDEN]);
    for index in 0..2 {
        let mut layer = |name: &str, shape: &[usize]| {
            layer(&format!("bert_layer.encoder.layer.{index}.{name}"), shape);
        };
        for name in ["query", "key", "value"] {
            layer(&format!("attention.self.{name}"), &[HIDDEN, HIDDEN]);
        }
        layer("attention.output.dense", &[HIDDEN, HIDDEN]);
        layer("attention.output.LayerNorm", &[HIDDEN]);
        layer("intermediate.dense", &[8, HIDDEN]);
        layer("output.dense", &[HIDDEN, 8]);
        layer("output.LayerNorm", &[HIDDEN]);
    }
    layer("linear_layer.0", &[CONDITION, HIDDEN]);
    tensors
}

fn whole() -> Vec<Tensor> {
    let mut tensors = prefixed("module.text_embedder.", tower());
    tensors.extend(prefixed("module.UNet.", network()));
    tensors
}

/// What comes of importing files of these names and tensors.
fn imported_of(
    files: &[(&str, &[Tensor])],
    with_tokenizer: bool,
    options: ImportOptions,
) -> Result<(TempDir, Imported), ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, tensors)| put(name, &zipped(&checkpoint(tensors, Around::Model))))
        .collect();
    if with_tokenizer {
        paths.push(put("tokenizer.json", &tokenizer()));
    }
    let models = folder.path().join("models");
    let made = import(&paths, &models, options, &mut |_| ControlFlow::Continue(()))?;
    Ok((folder, made))
}

fn refusal(files: &[(&str, &[Tensor])], with_tokenizer: bool) -> String {
    match imported_of(files, with_tokenizer, ImportOptions::default()) {
        Err(error) => {
            let said = error.to_string();
            assert!(said.ends_with('.') && !said.contains('\n'), "{said}");
            said
        }
        Ok(_) => panic!("accepted"),
    }
}

/// Masks of some noise under a text.
fn masks(folder: &std::path::Path, id: &str, text: &str) -> Vec<Complex32> {
    let model = Selection::with_folder(folder).find(id).unwrap();
    let separator = model.load(Quality::default(), DeviceChoice::Cpu).unwrap();
    let condition = model.encoder().unwrap().encode(text).unwrap();
    let spec = separator.spec().clone();
    let (block, bins) = (spec.block, spec.stft.bins());
    let mut stream = separator.stream(&[condition]).unwrap();
    let mut masks = vec![Complex32::default(); block * bins];
    let noise: Vec<f32> = (0..block * bins)
        .map(|n| (n * 7919 % 101) as f32 / 25.0)
        .collect();
    stream.push(&noise, &mut masks).unwrap();
    stream.end_after(0);
    let mut heard = Vec::new();
    for _ in 0..3 {
        stream.push(&noise, &mut masks).unwrap();
        heard.extend_from_slice(&masks);
    }
    heard.retain(|mask| *mask != Complex32::default());
    assert_eq!(heard.len(), block * bins, "a mask for each frame");
    heard
}

#[test]
fn the_published_checkpoint_becomes_a_model_that_separates_by_a_text() {
    let checkpoint = whole();
    let mut first = None;
    for sixteen_bit in [false, true] {
        let options = ImportOptions {
            sixteen_bit,
            ..ImportOptions::default()
        };
        let (folder, made) = imported_of(&[("LASSNet.pt", &checkpoint)], false, options).unwrap();
        assert_eq!((&*made.id, &*made.name), ("lassnet", "LASSNet"));
        let model = imported::open(&made.path).unwrap();
        let spec = model.spec(Quality::default());
        assert_eq!(
            (spec.sample_rate, spec.stft.window, spec.stft.hop),
            (32_000, 1024, 512)
        );
        assert_eq!(
            (spec.encoder, spec.condition_size),
            (EncoderKind::LassBert, CONDITION)
        );
        assert_eq!(model.header().architecture.as_deref(), Some("lass"));
        assert_eq!(model.header().parts, ["lass.", "bert."]);
        // It cannot be played, and says why.
        let said = spec.live().unwrap_err().to_string();
        assert!(
            said.contains("lassnet computes 5.1 s of sound at a time and needs 10.2 s of what comes after"),
            "{said}"
        );

        let models = folder.path().join("models");
        let dog = masks(&models, &made.id, "a dog barking");
        assert!(
            dog.iter()
                .all(|mask| mask.im == 0.0 && (0.0..=1.0).contains(&mask.re))
        );
        assert!(dog != masks(&models, &made.id, "rain on a roof"));
        let first = first.get_or_insert(dog.clone());
        let apart = first
            .iter()
            .zip(&dog)
            .map(|(a, b)| (a - b).norm())
            .fold(0.0, f32::max);
        assert!(apart < 0.1, "16 bits are {apart} away");

        let encoder = model.encoder().unwrap();
        assert!(matches!(encoder.encode(" "), Err(ModelError::EmptyQuery)));
        let of_sounds = Selection::with_folder(&models)
            .find(&made.id)
            .unwrap()
            .audio_encoder();
        assert!(matches!(of_sounds, Err(ModelError::TextsAlone { .. })));
    }
}

#[test]
fn what_is_not_whole_is_refused_in_a_sentence() {
    let checkpoint = whole();
    let changed = |change: &dyn Fn(&mut Vec<Tensor>)| {
        let mut tensors = checkpoint.clone();
        change(&mut tensors);
        refusal(&[("LASSNet.pt", &tensors)], false)
    };
    // One of each kind.
    for name in [
        "UNet.encoder_block1.conv_block1.conv1.weight",
        "UNet.encoder_block3.conv_block2.bn2.running_var",
        "UNet.conv_block7.film2.linear.2.bias",
        "UNet.decoder_block2.conv1.weight",
        "UNet.decoder_block6.conv_block2.film_res.linear.0.weight",
        "UNet.decoder_block6.conv_block2.shortcut.bias",
        "UNet.after_conv2.bias",
        "text_embedder.bert_layer.embeddings.LayerNorm.bias",
        "text_embedder.bert_layer.encoder.layer.1.output.dense.weight",
        "text_embedder.linear_layer.0.weight",
    ] {
        let said = changed(&|tensors| tensors.retain(|tensor| tensor.name != format!("module.{name}")));
        let own = name.split_once('.').unwrap().1;
        assert!(
            said.contains(&format!("has no tensor \"{own}\"")) && said.contains("LASSNet.pt"),
            "{said}"
        );
    }
    for (name, shape, said) in [
        (
            "UNet.encoder_block2.conv_block1.bn1.weight",
            vec![5],
            "[2] is needed",
        ),
        (
            "UNet.decoder_block1.conv1.weight",
            vec![6, 6, 2, 2],
            "[6, 6, 3, 3] is needed",
        ),
        (
            "UNet.after_conv2.weight",
            vec![3, 2, 1, 1],
            "[1, 2, 1, 1] is needed",
        ),
        (
            "text_embedder.bert_layer.embeddings.word_embeddings.weight",
            vec![100, 64],
            "a table of 30522 rows",
        ),
        (
            "UNet.encoder_block1.conv_block1.bn9.weight",
            vec![2],
            "another network",
        ),
        ("text_embedder.pooler.weight", vec![2], "another network"),
    ] {
        let given = changed(&|tensors| {
            let name = format!("module.{name}");
            tensors.retain(|tensor| tensor.name != name);
            tensors.push(tensor(&name, &shape));
        });
        assert!(given.contains(said), "{name}: {given}");
    }
    let said = changed(&|tensors| tensors.retain(|tensor| !tensor.name.contains("text_embedder")));
    assert!(
        said.contains("have a LASS-Net; still missing: a text encoder. Add LASS-Net's checkpoint"),
        "{said}"
    );
    let said = changed(&|tensors| {
        for tensor in tensors {
            if tensor.name.ends_with("linear_layer.0.weight") {
                tensor.shape[0] = CONDITION / 2;
                tensor.values.truncate(CONDITION / 2 * 64);
            } else if tensor.name.ends_with("linear_layer.0.bias") {
                tensor.shape[0] = CONDITION / 2;
                tensor.values.truncate(CONDITION / 2);
            }
        }
    });
    assert!(
        said.contains("the text encoder of") && said.contains("gives 8"),
        "{said}"
    );
    let said = refusal(&[("LASSNet.pt", &checkpoint)], true);
    assert!(said.contains("tokenizer is part of Earmark"), "{said}");
    let options = ImportOptions {
        audio_tower: true,
        ..ImportOptions::default()
    };
    let ears = imported_of(&[("LASSNet.pt", &checkpoint)], false, options);
    assert!(matches!(ears.map(drop), Err(ImportError::NoSuchTower { .. })));
}

#[test]
fn it_and_audiosep_are_not_taken_for_each_other() {
    let (lass, audiosep) = (whole(), audiosep(MICRO));
    let said = refusal(&[("a.ckpt", &audiosep), ("LASSNet.pt", &lass)], true);
    assert!(
        said.contains("Both a.ckpt and LASSNet.pt have a separator")
            || said.contains("have a LASS-Net; give only one of them"),
        "{said}"
    );
    // AudioSep's network beside a text encoder that is not its own.
    let bare: Vec<Tensor> = audiosep
        .iter()
        .filter(|tensor| tensor.name.starts_with("ss_model."))
        .cloned()
        .collect();
    let mut mixed = prefixed("module.text_embedder.", tower());
    mixed.extend(bare);
    let said = refusal(&[("mixed.pt", &mixed)], true);
    assert!(said.contains("still missing: a text tower"), "{said}");
    // And the other way round.
    let mut mixed: Vec<Tensor> = audiosep
        .into_iter()
        .filter(|tensor| tensor.name.starts_with("query_encoder."))
        .collect();
    mixed.extend(prefixed("module.UNet.", network()));
    let said = refusal(&[("mixed.pt", &mixed)], false);
    assert!(said.contains("still missing: a text encoder"), "{said}");
}
