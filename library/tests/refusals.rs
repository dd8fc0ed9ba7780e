//! Importing from files that are not as they should be: one clear sentence, and nothing is changed.

mod support;

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use earmark_library::import::{ImportOptions, import};
use serde_json::json;
use support::mutate::{Random, Seeds};
use support::pickler::Pickler;
use support::{Around, Entries, MERGES, MICRO, Scalar, Sizes, Tensor};
use support::{audiosep, checkpoint, clap, prefixed, safetensors, separator, tokenizer, vocabulary, zipped};

/// What is said to these files. An older model stands in the folder, and must stay as it is.
fn refusal(files: &[(&str, &[u8])]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::write(models.join("audiosep-2000.safetensors"), "older").unwrap();
    let put = |(name, bytes): &(&str, &[u8])| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let files: Vec<PathBuf> = files.iter().map(put).collect();
    let outcome = import(&files, &models, ImportOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    });
    let sentence = outcome.expect_err("the files were imported").to_string();
    assert!(!sentence.contains(char::is_control), "not one line: {sentence:?}");
    assert!(sentence.ends_with('.'), "not a sentence: {sentence}");
    let left: Vec<_> = fs::read_dir(&models)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["audiosep-2000.safetensors"], "after: {sentence}");
    assert_eq!(
        fs::read(models.join("audiosep-2000.safetensors")).unwrap(),
        b"older"
    );
    sentence
}

/// What is said to a checkpoint beside a sound tokenizer; its name must be in it.
fn refused(bytes: &[u8]) -> String {
    let sentence = refusal(&[("model.ckpt", bytes), ("tokenizer.json", &tokenizer())]);
    assert!(sentence.contains("model.ckpt"), "which file is it? {sentence}");
    sentence
}

fn refused_entries(change: impl FnOnce(&mut Entries)) -> String {
    let mut entries = checkpoint(&audiosep(MICRO), Around::Lightning);
    change(&mut entries);
    refused(&zipped(&entries))
}

fn refused_tensors(change: impl FnOnce(&mut Vec<Tensor>)) -> String {
    let mut tensors = audiosep(MICRO);
    change(&mut tensors);
    refused(&zipped(&checkpoint(&tensors, Around::Lightning)))
}

/// What is said to a checkpoint whose pickle is this.
fn refused_pickle(pickle: Vec<u8>) -> String {
    refused_entries(|entries| entries[0].1 = pickle)
}

fn find<'t>(tensors: &'t mut [Tensor], name: &str) -> &'t mut Tensor {
    tensors.iter_mut().find(|tensor| tensor.name == name).unwrap()
}

/// The part of the zip with the values of a tensor.
fn entry_of(name: &str) -> String {
    let index = audiosep(MICRO)
        .iter()
        .position(|tensor| tensor.name == name)
        .unwrap();
    format!("data/{index}")
}

#[track_caller]
fn assert_says(sentence: &str, words: &[&str]) {
    for word in words {
        assert!(sentence.contains(word), "\"{word}\" is not in: {sentence}");
    }
}

#[test]
fn a_truncated_checkpoint_is_refused_wherever_it_ends() {
    let file = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    for part in 1..40 {
        let sentence = refused(&file[..file.len() * part / 40]);
        assert_says(&sentence, &["damaged or cut short", "Download it again"]);
    }
    assert_says(&refused(&file[..file.len() - 1]), &["damaged or cut short"]);
}

#[test]
fn a_truncated_safetensors_file_is_refused_wherever_it_ends() {
    let file = safetensors(&audiosep(MICRO));
    for part in 1..40 {
        let sentence = refused(&file[..file.len() * part / 40]);
        assert_says(&sentence, &["damaged or cut short"]);
    }
    let longer = [&*file, b"more"].concat();
    assert_says(&refused(&longer), &["damaged", "where its header announces"]);
}

#[test]
fn a_flipped_bit_in_what_is_read_is_found_by_its_checksum() {
    let entries = checkpoint(&audiosep(MICRO), Around::Lightning);
    let file = zipped(&entries);
    let place = |bytes: &[u8]| {
        file.windows(bytes.len())
            .position(|window| window == bytes)
            .unwrap()
    };
    for entry in [
        "data.pkl",
        &entry_of("ss_model.base.conv_block7a.conv_block1.conv1.weight"),
    ] {
        let name = format!("archive/{entry}");
        let bytes = &entries.iter().find(|(other, _)| *other == name).unwrap().1;
        // The bytes follow the name of the entry.
        let start = place(&[name.as_bytes(), bytes].concat()) + name.len();
        for offset in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = file.clone();
            flipped[start + offset] ^= 0x10;
            assert_says(&refused(&flipped), &["is damaged", entry, "checksum"]);
        }
    }
}

#[test]
fn a_tensor_of_another_shape_is_named_with_both_shapes() {
    let name = "ss_model.base.decoder_block3.conv_block2.conv2.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[5, 4, 3, 3]));
    assert_says(&sentence, &[name, "[5, 4, 3, 3]", "[5, 5, 3, 3]"]);
    let name = "query_encoder.model.text_branch.encoder.layer.1.output.dense.bias";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[5]));
    assert_says(&sentence, &[name, "[5]", "[64]"]);
}

#[test]
fn a_width_that_others_depend_on_must_agree_with_them() {
    let name = "ss_model.base.encoder_block4.conv_block1.conv2.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[9, 9, 3, 3]));
    assert_says(&sentence, &["encoder_block4", "shape"]);
    let name = "ss_model.base.bn0.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[70]));
    assert_says(
        &sentence,
        &[name, "[70]", "33 to 12289 bins, one more than a multiple of 64"],
    );
    let name = "query_encoder.model.text_branch.embeddings.word_embeddings.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[9, 65]));
    assert_says(&sentence, &[name, "[9, 65]", "a multiple of 64 columns"]);
    let name = "ss_model.base.decoder_block2.conv1.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[6, 6, 3, 2]));
    assert_says(&sentence, &[name, "[6, 6, 3, 2]", "kernel of 1 or 2"]);
    let name = "ss_model.base.pre_conv.weight";
    let sentence = refused_tensors(|tensors| *find(tensors, name) = Tensor::new(name, &[2]));
    assert_says(&sentence, &[name, "[2]", "4 dimensions"]);
}

#[test]
fn a_missing_tensor_is_named_with_the_one_that_is_most_like_it() {
    let sentence = refused_tensors(|tensors| {
        find(tensors, "ss_model.base.after_conv.weight").name = "ss_model.base.after_conv.wieght".into();
    });
    assert_says(
        &sentence,
        &[
            "no tensor \"base.after_conv.weight\"",
            "ss_model.base.after_conv.wieght",
        ],
    );
    let sentence =
        refused_tensors(|tensors| tensors.retain(|tensor| !tensor.name.contains("layer.0.attention")));
    assert_says(
        &sentence,
        &[
            "no tensor \"text_branch.encoder.layer.0.attention",
            "a text tower",
        ],
    );
    let sentence = refused_tensors(|tensors| tensors.retain(|tensor| !tensor.name.contains("encoder.layer")));
    assert_says(&sentence, &["text_branch.encoder.layer.0"]);
}

#[test]
fn a_file_of_another_network_is_told_what_was_looked_for_and_found() {
    let tensors: Vec<Tensor> = ["layer1.0.conv1.weight", "fc.weight", "fc.bias", "bn.bias"]
        .map(|name| Tensor::new(name, &[2]))
        .into();
    let words = ["ss_model.base.pre_conv.weight", "layer1.0.conv1.weight", "1 more"];
    assert_says(&refused(&zipped(&checkpoint(&tensors, Around::Nothing))), &words);
    assert_says(&refused(&safetensors(&tensors)), &words[..1]);
    assert_says(
        &refused(&zipped(&checkpoint(&[], Around::Lightning))),
        &["no tensors at all"],
    );
}

/// AudioSep-DP is AudioSep with two recurrent layers in its middle: without them it separates something else.
#[test]
fn a_network_with_more_layers_is_not_taken_for_one_without_them() {
    for name in [
        "ss_model.base.DPRNN.0.row_rnn.0.weight_ih_l0",
        "ss_model.base.encoder_block1.conv_block1.conv3.weight",
        "ss_model.film.encoder_block1->conv_block1->delta1.weight",
        "ss_model.query_net.fc.weight",
        "query_encoder.model.text_branch.encoder.layer.0.adapter.weight",
        "query_encoder.model.text_projection.4.weight",
    ] {
        let sentence = refused_tensors(|tensors| tensors.push(Tensor::new(name, &[4, 4])));
        assert_says(&sentence, &["does not have", name, "another network"]);
    }
    // One of its own that is no tensor at all is no less unknown.
    let sentence = refused_tensors(|tensors| {
        let mut scaled = Tensor::new("ss_model.base.after_conv.scale", &[1]);
        scaled.scalar = Scalar::I64;
        tensors.push(scaled);
    });
    assert_says(&sentence, &["after_conv.scale"]);
}

#[test]
fn integers_for_weights_are_refused() {
    let name = "ss_model.base.pre_conv.bias";
    let sentence = refused_tensors(|tensors| find(tensors, name).scalar = Scalar::I64);
    assert_says(&sentence, &[name, "64-bit integers"]);
    let mut tensors = audiosep(MICRO);
    find(&mut tensors, name).scalar = Scalar::I64;
    assert_says(&refused(&safetensors(&tensors)), &[name, "integers"]);
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let name = "ss_model.base.encoder_block2.conv_block1.conv1.weight";
    for (value, word) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        let sentence = refused_tensors(|tensors| find(tensors, name).values[7] = value);
        assert_says(&sentence, &[name, word, "position 7"]);
    }
    // Finite in 64 bits, not in 32.
    let sentence = refused_tensors(|tensors| {
        find(tensors, name).scalar = Scalar::F64;
        find(tensors, name).values[0] = 1e300;
    });
    assert_says(&sentence, &[name, "inf"]);
}

#[test]
fn a_compressed_entry_is_never_inflated() {
    // The zip says "deflated, and 4 GB when inflated" of its pickle.
    let file = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    let central = file.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut bomb = file.clone();
    bomb[8] = 8;
    bomb[central + 10] = 8;
    assert_says(&refused(&bomb), &["data.pkl is compressed"]);
    let mut bomb = file.clone();
    bomb[central + 24..][..4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert_says(&refused(&bomb), &["data.pkl"]);
    // Both sizes: longer than the file.
    bomb[central + 20..][..4].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert_says(&refused(&bomb), &["data.pkl"]);
}

#[test]
fn a_pickle_that_would_grow_without_end_is_refused_in_time() {
    let started = std::time::Instant::now();
    let bomb = |operations: &[u8], count: usize| [b"\x80\x02", &*operations.repeat(count), b"."].concat();
    // Lists, then tuples nested as deep, then copies of copies, then marks.
    for operations in [&b"]"[..], b")\x85", b"2", b"(", b"]q\x00a", b"}q\x00h\x00s"] {
        let sentence = refused_pickle(bomb(operations, 2_000_000 / operations.len()));
        assert_says(&sentence, &["data.pkl", "model.ckpt is not as PyTorch writes"]);
    }
    // A list of lists of … of one list, each ten times: 10^100 items for who follows them all.
    let mut laughs = b"\x80\x02]q\x00".to_vec();
    for level in 0..100 {
        laughs.push(b']');
        laughs.extend([b'q', level + 1, b'(']);
        laughs.extend([b'h', level].repeat(10));
        laughs.push(b'e');
    }
    laughs.push(b'.');
    assert_says(&refused_pickle(laughs), &["no state_dict"]);
    // A list in itself.
    assert_says(
        &refused_pickle(b"\x80\x02]q\x00h\x00a.".to_vec()),
        &["no state_dict"],
    );
    assert_says(
        &refused_pickle(vec![b'N'; 17 << 20]),
        &["data.pkl has 17825792 bytes"],
    );
    assert!(
        started.elapsed().as_secs() < 60,
        "it took {:?}",
        started.elapsed()
    );
}

#[test]
fn numbers_and_texts_longer_than_the_pickle_are_refused() {
    for (operation, width) in [
        (0x8B, 4),
        (b'X', 4),
        (0x8D, 8),
        (0x8E, 8),
        (b'B', 4),
        (0x96, 8),
        (b'T', 4),
    ] {
        let pickle = [&[0x80, 2, operation][..], &[0xFF; 8][..width], b"12345."].concat();
        assert_says(&refused_pickle(pickle), &["bytes are announced where 6 are left"]);
    }
    // 200 digits are no size of a tensor, but a checkpoint may have them elsewhere.
    let mut pickle = b"\x80\x02\x8A\xC8".to_vec();
    pickle.extend([0x11; 200]);
    pickle.push(b'.');
    assert_says(&refused_pickle(pickle), &["no state_dict"]);
}

#[test]
fn what_is_no_pickle_is_refused_with_its_place() {
    for (pickle, words) in [
        (&b""[..], "1 bytes are announced where 0 are left"),
        (b"\x80\x07N.", "protocol 7"),
        (b"\x80\x02\xFFN.", "at byte 3 of its data.pkl, the operation 0xff"),
        (b"\x80\x02.", "a value is missing"),
        (b"\x80\x02Nt.", "a mark is missing"),
        (b"\x80\x02N(\x85.", "a value is missing"),
        (b"\x80\x02h\x05.", "no memo 5"),
        (b"\x80\x02}(NNNu.", "a key has no value"),
        (b"\x80\x02]NNs.", "no dictionary"),
        (b"\x80\x02NNa.", "no container"),
        (b"\x80\x02NNR.", "no tuple"),
        (b"\x80\x02ctorch", "a line has no end"),
        (b"\x80\x02X\x01\x00\x00\x00\xFF.", "not UTF-8"),
    ] {
        assert_says(
            &refused_pickle(pickle.to_vec()),
            &[words, "is not as PyTorch writes a checkpoint"],
        );
    }
}

#[test]
fn a_tensor_that_its_storage_cannot_hold_is_refused() {
    let name = "ss_model.base.pre_conv.weight";
    let view = |len: u64, shape: &[usize], strides: &[usize]| {
        let mut pickler = Pickler::new();
        pickler
            .op(b"}")
            .text(name)
            .view(Scalar::F32, "3", len, shape, strides)
            .op(b"s");
        let pickle = pickler.finish();
        refused_entries(|entries| {
            entries[0].1 = pickle;
            entries
                .iter_mut()
                .find(|(name, _)| name == "archive/data/3")
                .unwrap()
                .1 = vec![0; 16];
        })
    };
    // Much from little: every value of a billion is the same one.
    assert_says(&view(4, &[1000, 1000, 1000], &[0, 0, 0]), &[name, "overlap"]);
    assert_says(&view(4, &[5], &[1]), &[name, "beyond its storage"]);
    assert_says(&view(4, &[2], &[4]), &[name, "beyond its storage"]);
    assert_says(&view(5, &[5], &[1]), &["data/3 has 4 values where 5"]);
    assert_says(
        &view(4, &[usize::MAX >> 1, 8], &[8, 1]),
        &[name, "can be counted"],
    );
    assert_says(
        &view(4, &[3, 2], &[usize::MAX >> 1, usize::MAX >> 1]),
        &[name, "can be counted"],
    );
    assert_says(&view(4, &[2, 2, 2], &[1, 1, 1]), &[name, "overlap"]);
}

#[test]
fn many_tensors_of_one_storage_are_refused_when_they_outgrow_their_file() {
    let mut tensors = audiosep(Sizes { bins: 4097, ..MICRO });
    tensors.retain(|tensor| !tensor.name.contains("stft."));
    let mut pickler = Pickler::new();
    pickler.op(b"}(");
    for tensor in &tensors {
        pickler.text(&tensor.name);
        let len = tensor.values.len() as u64;
        pickler.view(Scalar::F32, "0", len.max(1), &tensor.shape, &tensor.strides());
    }
    pickler.op(b"u");
    let longest = tensors.iter().map(|tensor| tensor.values.len()).max().unwrap();
    let entries: Entries = vec![
        ("a/data.pkl".into(), pickler.finish()),
        ("a/data/0".into(), vec![0; 4 * longest]),
    ];
    let sentence = refused(&zipped(&entries));
    assert_says(&sentence, &["bytes, the file"]);
}

/// A table is made for as many entries as are announced: some hundred bytes for each.
#[test]
fn a_zip_of_more_entries_than_a_checkpoint_has_is_refused_before_they_are_read() {
    let entries = 300_000_u64;
    // Room for as many, so that nothing contradicts it.
    let mut file = b"PK\x03\x04".to_vec();
    file.resize(46 * entries as usize, 0);
    let start = file.len() as u64;
    let record = |entries: u64, place: u64| {
        let mut end = b"PK\x06\x06".to_vec();
        end.extend(44_u64.to_le_bytes());
        end.extend([45, 0, 45, 0]);
        end.extend([0; 8]);
        end.extend(entries.to_le_bytes());
        end.extend(entries.to_le_bytes());
        end.extend((46 * entries).to_le_bytes());
        end.extend(0_u64.to_le_bytes());
        end.extend(b"PK\x06\x07\0\0\0\0");
        end.extend(place.to_le_bytes());
        end.extend(1_u32.to_le_bytes());
        end.extend(b"PK\x05\x06\0\0\0\0");
        end.extend([0xFF; 12]);
        end.extend([0; 2]);
        end
    };
    assert_says(
        &refused(&[&*file, &record(entries, start)].concat()),
        &["it has 300000 parts"],
    );
    assert_says(
        &refused(&[&*file, &record(entries, 0)].concat()),
        &["table of contents is not at its end"],
    );
}

#[test]
fn a_missing_part_of_the_zip_is_named() {
    let entry = entry_of("ss_model.base.after_conv.weight");
    let sentence = refused_entries(|entries| entries.retain(|(name, _)| !name.ends_with(&entry)));
    assert_says(&sentence, &[&entry, "is missing"]);
    let sentence = refused_entries(|entries| entries.retain(|(name, _)| name != "archive/data.pkl"));
    assert_says(&sentence, &["without a data.pkl"]);
    let sentence = refused_entries(|entries| entries[1].1 = b"big".to_vec());
    assert_says(&sentence, &["big-endian"]);
    let sentence = refused_entries(|entries| entries.push(("archive/constants.pkl".into(), Vec::new())));
    assert_says(&sentence, &["TorchScript"]);
}

#[test]
fn what_was_saved_in_place_of_a_model_is_told_by_its_content() {
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1264844076\n";
    let old = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
    for (bytes, words) in [
        (
            &b"<!DOCTYPE html>\n<html><body>Sign in</body></html>"[..],
            "is a web page",
        ),
        (b"\n  <HTML lang=\"en\">", "is a web page"),
        (lfs, "Git LFS pointer"),
        (old, "PyTorch before 1.6"),
        (b"", "it is empty"),
        (&[0; 4096], "begins with zeros"),
        (b"%PDF-1.7\nhello", "it begins with %PDF-1.7\\nhello"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "RIFF"),
        (b"{\"error\": \"Repository not found\"}", "is not the tokenizer"),
    ] {
        let sentence = refusal(&[("model.ckpt", bytes)]);
        assert_says(&sentence, &["model.ckpt", words]);
    }
    let zip = zipped(&vec![("word/document.xml".into(), b"<w>".to_vec())]);
    assert_says(&refused(&zip), &["a zip archive of 1 files"]);
}

#[test]
fn files_that_are_not_there_or_are_folders_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    let mut nothing = |_| ControlFlow::Continue(());
    let missing = folder.path().join("missing.ckpt");
    let error = import(&[missing], &models, ImportOptions::default(), &mut nothing).unwrap_err();
    assert_says(&error.to_string(), &["missing.ckpt could not be read"]);
    let error = import(
        &[folder.path().into()],
        &models,
        ImportOptions::default(),
        &mut nothing,
    )
    .unwrap_err();
    let name = folder.path().file_name().unwrap().to_string_lossy();
    assert_says(&error.to_string(), &[&name]);
    let error = import(&[], &models, ImportOptions::default(), &mut nothing).unwrap_err();
    assert_says(&error.to_string(), &["No files were given"]);
    assert!(!models.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        folder.path().join("model.ckpt"),
        folder.path().join("tokenizer.json"),
    ];
    fs::write(
        &files[0],
        zipped(&checkpoint(&audiosep(MICRO), Around::Lightning)),
    )
    .unwrap();
    fs::write(&files[1], tokenizer()).unwrap();
    let models = files[1].join("models");
    let error = import(&files, &models, ImportOptions::default(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap_err();
    assert_says(&error.to_string(), &["models could not be written"]);
}

#[test]
fn missing_parts_are_told_with_what_to_add() {
    let whole = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    let network = zipped(&checkpoint(
        &prefixed("ss_model.", separator(MICRO)),
        Around::Lightning,
    ));
    let text = zipped(&checkpoint(&prefixed("module.", clap(MICRO)), Around::Clap));
    let tokens = tokenizer();
    for (files, words) in [
        (
            &[&whole][..],
            [
                "a separator and a text tower; still missing: a tokenizer",
                "tokenizer.json of roberta-base",
            ],
        ),
        (
            &[&network, &tokens],
            [
                "a separator and a tokenizer; still missing: a text tower",
                "LAION-CLAP's",
            ],
        ),
        (
            &[&text, &tokens],
            ["still missing: a separator", "audiosep_base_4M_steps.ckpt"],
        ),
        (
            &[&tokens],
            [
                "have a tokenizer; still missing: a separator",
                "(audiosep_base_4M_steps.ckpt), CLIPSep-NIT's checkpoint (best_model.pt) or LASS-Net's checkpoint",
            ],
        ),
    ] {
        let names = ["a.ckpt", "b.ckpt"];
        let files: Vec<(&str, &[u8])> = names
            .into_iter()
            .zip(files.iter().map(|file| file.as_slice()))
            .collect();
        assert_says(&refusal(&files), &words);
    }
}

#[test]
fn the_same_part_in_two_files_is_refused() {
    let whole = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    let text = zipped(&checkpoint(&prefixed("module.", clap(MICRO)), Around::Clap));
    let tokens = tokenizer();
    let network = zipped(&checkpoint(&separator(MICRO), Around::Nothing));
    let sentence = refusal(&[
        ("resunet.bin", &network),
        ("clap.pt", &text),
        ("other.pt", &text),
        ("tokenizer.json", &tokens),
    ]);
    assert_says(&sentence, &["clap.pt and other.pt have a text tower"]);
    let sentence = refusal(&[
        ("audiosep.ckpt", &whole),
        ("a.json", &tokens),
        ("b.json", &tokens),
    ]);
    assert_says(&sentence, &["a.json and b.json have a tokenizer"]);
    let twice = refused_tensors(|tensors| {
        let again = Tensor::new("model.ss_model.base.after_conv.bias", &[3]);
        tensors.push(again);
    });
    assert_says(
        &twice,
        &["the same tensor", "model.ss_model.base.after_conv.bias"],
    );
}

#[test]
fn parts_of_different_models_are_refused() {
    let network = zipped(&checkpoint(&separator(MICRO), Around::Lightning));
    let other = Sizes {
        condition: 9,
        ..MICRO
    };
    let text = zipped(&checkpoint(&prefixed("module.", clap(other)), Around::Clap));
    let sentence = refusal(&[
        ("a.ckpt", &network),
        ("clap.pt", &text),
        ("tokenizer.json", &tokenizer()),
    ]);
    assert_says(
        &sentence,
        &["a.ckpt reads conditions of 8 values", "clap.pt gives 9"],
    );
}

#[test]
fn a_tokenizer_that_is_not_robertas_is_refused() {
    let whole = zipped(&checkpoint(&audiosep(MICRO), Around::Lightning));
    let vocab = vocabulary();
    let mut more = vocab.clone();
    more["new"] = 9.into();
    let mut shifted = vocab.clone();
    shifted["<pad>"] = 7.into();
    for (model, words) in [
        (
            json!({"type": "WordPiece", "vocab": vocab, "merges": []}),
            "WordPiece",
        ),
        (
            json!({"type": "BPE", "vocab": more, "merges": []}),
            "10 tokens, not 9",
        ),
        (
            json!({"type": "BPE", "vocab": shifted, "merges": []}),
            "has no token <pad> of number 1",
        ),
        (
            json!({"type": "BPE", "vocab": vocab, "merges": ["a <s>"]}),
            "merges \"a\" and \"<s>\"",
        ),
        (
            json!({"type": "BPE", "vocab": vocab, "merges": ["a"]}),
            "a merge of other than two parts",
        ),
        (
            json!({"type": "Unigram", "vocab": [["a", 0.5]]}),
            "is no byte-level BPE",
        ),
    ] {
        let json = json!({"model": model}).to_string();
        let sentence = refusal(&[("model.ckpt", &whole), ("tokenizer.json", json.as_bytes())]);
        assert_says(
            &sentence,
            &["tokenizer.json is not the tokenizer", words, "roberta-base"],
        );
    }
    let vocab = vocab.to_string();
    let sentence = refusal(&[("model.ckpt", &whole), ("vocab.json", vocab.as_bytes())]);
    assert_says(&sentence, &["vocab.json", "without its merges.txt"]);
    let sentence = refusal(&[("model.ckpt", &whole), ("merges.txt", MERGES.as_bytes())]);
    assert_says(&sentence, &["merges.txt", "without its vocab.json"]);
    let broken = format!("{MERGES}b b\n");
    let files = [
        ("model.ckpt", &*whole),
        ("vocab.json", vocab.as_bytes()),
        ("merges.txt", broken.as_bytes()),
    ];
    assert_says(&refusal(&files), &["merges.txt", "merges \"b\" and \"b\""]);
}

#[test]
fn safetensors_headers_that_lie_are_refused() {
    let file = |header: &str, values: &[u8]| {
        [
            &(header.len() as u64).to_le_bytes()[..],
            header.as_bytes(),
            values,
        ]
        .concat()
    };
    let info = |shape: &str, end: u64| {
        format!(
            "{{\"base.pre_conv.bias\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,{end}]}}}}"
        )
    };
    assert_says(
        &refused(&file(&info("[2]", 8), &[0; 4])),
        &["4 bytes of values where its header announces 8"],
    );
    assert_says(
        &refused(&file(&info("[3]", 8), &[0; 8])),
        &["header cannot be read"],
    );
    assert_says(
        &refused(&file(&info("[4294967296,4294967296,4294967296]", 8), &[0; 8])),
        &["header cannot be read"],
    );
    assert_says(
        &refused(&file("{\"base.pre_conv.bias\":", b"")),
        &["header cannot be read"],
    );
    assert_says(
        &refused(&[&(1_u64 << 40).to_le_bytes()[..], b"{}"].concat()),
        &["its header has 1099511627776 bytes"],
    );
    assert_says(
        &refused(&[&1000_u64.to_le_bytes()[..], b"{}"].concat()),
        &["beyond its end"],
    );
    let ours = file("{\"__metadata__\":{\"earmark.format\":\"1\"}}", b"");
    assert_says(&refused(&ours), &["already a model of Earmark's"]);
}

#[test]
fn names_that_could_leave_the_folder_are_refused() {
    for id in [
        "",
        "../evil",
        "a/b",
        "a\\b",
        ".hidden",
        "Audio",
        "ä",
        "a b",
        "a\n",
        "con",
        "nul.v2",
        "com3",
        &"a".repeat(65),
    ] {
        let options = ImportOptions {
            id: Some(id.into()),
            ..ImportOptions::default()
        };
        let models = tempfile::tempdir().unwrap();
        let files = [PathBuf::from("model.ckpt")];
        let error = import(&files, models.path(), options, &mut |_| ControlFlow::Continue(())).unwrap_err();
        let sentence = error.to_string();
        assert_says(&sentence, &["cannot be called"]);
        assert!(!sentence.contains(char::is_control));
    }
}

#[test]
fn names_in_files_cannot_break_a_sentence() {
    let long = format!("ss_model.base.{}\n\u{202E}", "x".repeat(5000));
    let sentence = refusal(&[("model.ckpt", &safetensors(&[Tensor::new(long, &[2])]))]);
    assert!(sentence.len() < 1000, "{} bytes", sentence.len());
}

#[test]
fn damaged_files_are_imported_or_refused_but_never_panic() {
    let seeds = Seeds::new();
    let folder = tempfile::tempdir().unwrap();
    let files = [
        folder.path().join("damaged"),
        folder.path().join("tokenizer.json"),
    ];
    let models = folder.path().join("models");
    fs::write(&files[1], tokenizer()).unwrap();
    let mut refused = 0;
    for seed in 0..400 {
        fs::write(&files[0], seeds.damaged(&mut Random::new(seed))).unwrap();
        match import(&files, &models, ImportOptions::default(), &mut |_| {
            ControlFlow::Continue(())
        }) {
            Ok(imported) => {
                assert!(imported.path.exists());
                fs::remove_dir_all(&models).unwrap();
            }
            Err(error) => {
                assert!(
                    !error.to_string().contains(char::is_control),
                    "seed {seed}: {error:?}"
                );
                assert!(!models.exists(), "seed {seed} left something");
                refused += 1;
            }
        }
    }
    assert!(refused > 200, "only {refused} of 400 damaged files were refused");
}
