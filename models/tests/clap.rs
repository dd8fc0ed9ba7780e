//! CLAP's text tower against Hugging Face's, on a small network, and what it says of damaged files.

mod common;

use common::imported::{Content, Stored, reason, small, small_tokenizer};
use common::{Fixture, relative_error};
use earmark_models::encoder::{ClapEncoder, MiniLm, RobertaConfig, tokenizer_json};
use earmark_models::{EncoderKind, ModelError, QueryEncoder, bundled};
use safetensors::Dtype;
use serde_json::Value;
use tempfile::TempDir;

fn fixture() -> Fixture {
    Fixture::read("clap_small_io")
}

fn tower(dtype: Dtype) -> Content {
    Content::tower(&small(), dtype, &small_tokenizer(&fixture()))
}

fn open(content: &Content) -> ClapEncoder {
    let folder = TempDir::new().unwrap();
    ClapEncoder::open(&content.write(folder.path())).unwrap()
}

fn ids(io: &Fixture, index: usize) -> Vec<u32> {
    let ids: Vec<i64> = io.tensors[&format!("{index}.ids")].to_vec1().unwrap();
    ids.into_iter().map(|id| id as u32).collect()
}

#[test]
fn it_computes_what_hugging_face_computes() {
    let (io, encoder) = (fixture(), open(&tower(Dtype::F32)));
    let texts = io.texts();
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(encoder.tokenize(text).unwrap(), ids(&io, index), "{text:?}");
        let condition = encoder.encode(text).unwrap();
        assert_eq!(condition.encoder, EncoderKind::Clap);
        let error = relative_error(&condition.values, &io.floats(&format!("{index}.embedding")));
        assert!(error < 1e-5, "{text:?}: {error:.2e}");
    }
    // What the list is there for: padding written out in a text, and a text that is cut.
    assert!((0..texts.len()).any(|index| ids(&io, index).contains(&1)));
    assert!((0..texts.len()).any(|index| ids(&io, index).len() == ClapEncoder::MAX_TOKENS));
}

#[test]
fn weights_of_16_bits_are_read_as_the_numbers_they_are() {
    for dtype in [Dtype::F16, Dtype::BF16] {
        let stored = tower(dtype);
        let mut widened = stored.clone();
        for tensor in widened
            .tensors
            .values_mut()
            .filter(|tensor| tensor.dtype == dtype)
        {
            let halves = tensor.bytes.as_chunks().0.iter();
            let values: Vec<f32> = match dtype {
                Dtype::F16 => halves
                    .map(|&half| half::f16::from_le_bytes(half).to_f32())
                    .collect(),
                _ => halves
                    .map(|&half| half::bf16::from_le_bytes(half).to_f32())
                    .collect(),
            };
            *tensor = Stored::floats(Dtype::F32, &tensor.shape, values);
        }
        let text = "the sound of rain on the roof";
        let given = open(&stored).encode(text).unwrap();
        assert_eq!(given, open(&widened).encode(text).unwrap(), "{dtype:?}");
        let whole = open(&tower(Dtype::F32)).encode(text).unwrap();
        let error = relative_error(&given.values, &whole.values);
        assert!(error > 1e-5 && error < 0.02, "{dtype:?}: {error:.2e}");
    }
}

#[test]
fn a_text_that_is_too_long_is_cut_where_it_says() {
    let encoder = open(&tower(Dtype::F16));
    let (word, marks) = (" rain", 2);
    assert_eq!(encoder.tokenize(word).unwrap().len(), 1 + marks);
    let fitting = word.repeat(ClapEncoder::MAX_TOKENS - marks);
    assert_eq!(encoder.cut(&fitting).unwrap(), None);
    let longer = format!("{fitting}{word} that is never read");
    assert_eq!(encoder.tokenize(&longer).unwrap().len(), ClapEncoder::MAX_TOKENS);
    assert_eq!(encoder.cut(&longer).unwrap(), Some(&fitting[..]));
    assert_eq!(
        encoder.encode(&longer).unwrap(),
        encoder.encode(&fitting).unwrap()
    );

    let bundled = bundled::encoder().unwrap();
    let fitting = word.repeat(MiniLm::MAX_TOKENS - marks);
    assert_eq!(bundled.cut(&fitting).unwrap(), None);
    let longer = format!("{fitting}{word}");
    assert_eq!(bundled.cut(&longer).unwrap(), Some(&fitting[..]));
}

#[test]
fn a_tower_of_few_positions_is_cut_at_them() {
    let few = RobertaConfig {
        positions: 12,
        ..small()
    };
    let encoder = open(&Content::tower(&few, Dtype::F32, &small_tokenizer(&fixture())));
    let text = " rain".repeat(40);
    assert_eq!(encoder.tokenize(&text).unwrap().len(), 10);
    let values = encoder.encode(&text).unwrap().values;
    let norm = values.iter().map(|value| value * value).sum::<f32>();
    assert!((norm - 1.0).abs() < 1e-5, "{norm}");
}

#[test]
fn a_query_without_words_is_refused() {
    let encoder = open(&tower(Dtype::F32));
    for text in ["", "  ", "\t\n", "\u{200b}\0"] {
        let encoded = encoder.encode(text);
        assert!(matches!(encoded, Err(ModelError::EmptyQuery)), "{text:?}");
    }
    for text in ["x", "?", "🐕", "雨"] {
        encoder.encode(text).unwrap();
    }
}

#[test]
fn a_vocabulary_and_merges_make_the_same_tokenizer() {
    let io = fixture();
    let json: Value = serde_json::from_slice(&small_tokenizer(&io)).unwrap();
    let vocabulary = json["model"]["vocab"].to_string();
    let pairs = json["model"]["merges"].as_array().unwrap();
    let lines = pairs
        .iter()
        .map(|pair| format!("{} {}\n", pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
    let merges = format!("#version: 0.2\n{}", lines.collect::<String>());
    let made = tokenizer_json(vocabulary.as_bytes(), &merges).unwrap();
    let encoder = open(&Content::tower(&small(), Dtype::F16, &made));
    for (index, text) in io.texts().iter().enumerate() {
        assert_eq!(encoder.tokenize(text).unwrap(), ids(&io, index), "{text:?}");
    }
    // Older files write a merge as a line.
    let mut older = json.clone();
    older["model"]["merges"] = merges.lines().skip(1).collect();
    let encoder = open(&Content::tower(
        &small(),
        Dtype::F16,
        older.to_string().as_bytes(),
    ));
    assert_eq!(encoder.tokenize(&io.texts()[0]).unwrap(), ids(&io, 0));

    for (vocabulary, merges) in [
        ("[]", &merges[..]),
        ("{\"a\": 0}", ""),
        (&vocabulary, "nothing"),
        (&vocabulary, "a nothing"),
        (&vocabulary, "<mask> <mask>"),
    ] {
        assert!(tokenizer_json(vocabulary.as_bytes(), merges).is_err(), "{merges}");
    }
}

#[test]
fn a_tower_without_its_last_layers_does_not_pass_for_a_smaller_one() {
    let config = RobertaConfig {
        words: 306,
        layers: 1,
        inner: 64,
        condition_size: 8,
        ..RobertaConfig::clap()
    };
    let io = Fixture::read("clap_small_io");
    let short = Content::tower(&config, Dtype::F16, &small_tokenizer(&io));
    let reason = short.refused(ClapEncoder::open, |_| ());
    assert!(
        reason.contains("lacks the tensor text.text_branch.encoder.layer.1."),
        "{reason}"
    );
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let whole = tower(Dtype::F16);
    let refused = |change: &dyn Fn(&mut Content)| whole.refused(ClapEncoder::open, change);
    let change = |name: &str, stored: Option<Stored>| {
        refused(&|content| match &stored {
            Some(stored) => drop(content.tensors.insert(name.into(), stored.clone())),
            None => drop(content.tensors.remove(name)),
        })
    };
    for (name, _) in small().required_tensors() {
        let reason = change(&format!("text.{name}"), None);
        assert!(
            reason.contains("lacks") && reason.contains(&name),
            "{name}: {reason}"
        );
    }
    let far = Stored::floats(Dtype::F16, &[1], [0.0]);
    let reason = change("text.text_branch.encoder.layer.18446744073709551615.x", Some(far));
    assert!(reason.contains("which no such model has"), "{reason}");
    let floats = |dtype, shape: &[usize]| {
        let count = shape.iter().product();
        Some(Stored::floats(dtype, shape, vec![0.5; count]))
    };
    for (name, stored, said) in [
        (
            "text.text_branch.pooler.dense.bias",
            floats(Dtype::F16, &[127]),
            "[127], but [128]",
        ),
        (
            "text.text_branch.embeddings.word_embeddings.weight",
            floats(Dtype::F16, &[306, 96]),
            "multiple of 64",
        ),
        (
            "text.text_branch.embeddings.word_embeddings.weight",
            floats(Dtype::F16, &[307, 128]),
            "306 tokens, not 307",
        ),
        (
            "text.text_branch.embeddings.position_embeddings.weight",
            floats(Dtype::F32, &[514]),
            "one of 2 dimensions",
        ),
        (
            "text.text_branch.embeddings.position_embeddings.weight",
            floats(Dtype::F32, &[4, 128]),
            "a table of more than 4 rows",
        ),
        (
            "text.text_branch.pooler.dense.bias",
            Some(Stored::raw(&[0; 128])),
            "as U8, not as F16",
        ),
        ("tokenizer", None, "lacks the tensor tokenizer"),
        ("tokenizer", floats(Dtype::F32, &[4]), "not as U8"),
        ("tokenizer", Some(Stored::raw(b"")), "no byte-level BPE"),
        (
            "tokenizer",
            Some(Stored::raw(b"{\"model\": {\"vocab\": {}}}")),
            "no byte-level BPE",
        ),
    ] {
        let reason = change(name, stored);
        assert!(reason.contains(said), "{reason}");
    }

    let json: Value = serde_json::from_slice(&small_tokenizer(&fixture())).unwrap();
    let with = |path: &str, value: Value| {
        let mut json = json.clone();
        *json.pointer_mut(path).unwrap() = value;
        change("tokenizer", Some(Stored::raw(json.to_string().as_bytes())))
    };
    assert!(with("/model/vocab/<pad>", 17.into()).contains("<pad>"));
    assert!(with("/model/vocab/x", 306.into()).contains("306"));
    assert!(with("/model/merges/0", serde_json::json!(["a", "zzz"])).contains("zzz"));
}

#[test]
fn damaged_files_are_refused_when_they_are_opened() {
    let folder = TempDir::new().unwrap();
    let path = tower(Dtype::F16).write(folder.path());
    let bytes = std::fs::read(&path).unwrap();
    for length in [0, 7, 8, 500, bytes.len() / 2, bytes.len() - 1] {
        let cut = folder.path().join("cut.safetensors");
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let reason = reason(ClapEncoder::open(&cut));
        assert!(
            reason.contains("cut.safetensors is no whole safetensors file"),
            "{length}: {reason}"
        );
    }
    let missing = reason(ClapEncoder::open(&folder.path().join("nothing")));
    assert!(missing.contains("nothing cannot be opened"), "{missing}");
    let no_file = ClapEncoder::open(folder.path());
    assert!(matches!(no_file, Err(ModelError::Weights { .. })));
}

#[cfg(unix)]
#[test]
fn a_file_that_shrinks_while_it_is_open_is_an_error_and_not_the_end() {
    let folder = TempDir::new().unwrap();
    let path = tower(Dtype::F16).write(folder.path());
    let encoder = ClapEncoder::open(&path).unwrap();
    encoder.encode("rain").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let reason = reason(encoder.encode("rain"));
    assert!(reason.contains("has shrunk"), "{reason}");
}

#[test]
fn weights_that_are_no_numbers_give_no_condition() {
    let mut broken = tower(Dtype::F16);
    let bias = Stored::floats(Dtype::F16, &[512], vec![f32::NAN; 512]);
    broken.tensors.insert("text.text_projection.2.bias".into(), bias);
    let reason = reason(open(&broken).encode("rain"));
    assert!(reason.contains("numbers"), "{reason}");
}
