//! LASS-Net's text encoder against the published code, in full size, and what it says of damaged files.

mod common;

use common::imported::{Content, Stored, reason};
use common::lass::tower;
use common::{Fixture, relative_error};
use earmark_models::encoder::{LassBertConfig, LassBertEncoder};
use earmark_models::{EncoderKind, ModelError, QueryEncoder};
use safetensors::Dtype;
use tempfile::TempDir;

/// The published vocabulary with as little as there can be beside it.
const LEAST: LassBertConfig = LassBertConfig {
    positions: 8,
    layers: 2,
    hidden: 64,
    inner: 8,
    condition_size: 3,
};

fn open(content: &Content) -> LassBertEncoder {
    let folder = TempDir::new().unwrap();
    LassBertEncoder::open(&content.write(folder.path())).unwrap()
}

#[test]
fn it_computes_what_the_published_code_computes() {
    let io = Fixture::read("lass_bert_io");
    for (dtype, allowed) in [(Dtype::F32, 1e-5), (Dtype::F16, 5e-3)] {
        let encoder = open(&tower(&LassBertConfig::published(), dtype));
        for (index, text) in io.texts().iter().enumerate() {
            let ids: Vec<i64> = io.tensors[&format!("{index}.ids")].to_vec1().unwrap();
            let ids: Vec<u32> = ids.into_iter().map(|id| id as u32).collect();
            assert_eq!(encoder.tokenize(text).unwrap(), ids, "{text:?}");
            let condition = encoder.encode(text).unwrap();
            assert_eq!(condition.encoder, EncoderKind::LassBert);
            assert!(condition.values.iter().all(|&value| value >= 0.0));
            let error = relative_error(&condition.values, &io.floats(&format!("{index}.embedding")));
            assert!(error < allowed, "{dtype:?}, {text:?}: {error:.2e}");
        }
    }
    let last = io.texts().len() - 1;
    let longest: Vec<i64> = io.tensors[&format!("{last}.ids")].to_vec1().unwrap();
    assert_eq!(longest.len(), 512, "the last text is one that is cut");
}

#[test]
fn a_text_that_is_too_long_is_cut_where_it_says() {
    let encoder = open(&tower(&LEAST, Dtype::F32));
    let fits = " rain".repeat(LEAST.positions - 1);
    assert_eq!(encoder.cut(&fits).unwrap(), None);
    let longer = format!("{fits} and wind");
    assert_eq!(encoder.cut(&longer).unwrap(), Some(&*fits));
    assert_eq!(encoder.encode(&longer).unwrap(), encoder.encode(&fits).unwrap());
}

#[test]
fn a_query_without_words_is_refused() {
    let encoder = open(&tower(&LEAST, Dtype::F32));
    for text in ["", "  ", "\t\n", "\u{200b}\0"] {
        assert!(
            matches!(encoder.encode(text), Err(ModelError::EmptyQuery)),
            "{text:?}"
        );
    }
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let whole = tower(&LEAST, Dtype::F16);
    let change = |name: &str, stored: Option<Stored>| {
        let name = format!("bert.{name}");
        whole.refused(LassBertEncoder::open, |content| match stored {
            Some(stored) => drop(content.tensors.insert(name, stored)),
            None => drop(content.tensors.remove(&name)),
        })
    };
    for (name, _) in LEAST.required_tensors() {
        let reason = change(&name, None);
        assert!(
            reason.contains("lacks") && reason.contains(&name),
            "{name}: {reason}"
        );
    }
    let zeros = |shape: &[usize]| {
        let values = vec![0.0; shape.iter().product()];
        Some(Stored::floats(Dtype::F16, shape, values))
    };
    for (name, stored, said) in [
        (
            "bert_layer.embeddings.word_embeddings.weight",
            zeros(&[30_521, 64]),
            "a table of 30522 rows",
        ),
        (
            "bert_layer.embeddings.position_embeddings.weight",
            zeros(&[1, 64]),
            "at least 2 rows",
        ),
        ("linear_layer.0.bias", zeros(&[4]), "[4], but [3]"),
        (
            "bert_layer.pooler.dense.bias",
            zeros(&[64]),
            "which no such model has",
        ),
    ] {
        let reason = change(name, stored);
        assert!(reason.contains(said), "{name}: {reason}");
    }
    let short = LassBertConfig {
        layers: 3,
        ..LassBertConfig::published()
    };
    let said = tower(&short, Dtype::F16).refused(LassBertEncoder::open, |_| ());
    assert!(said.contains("lacks") && said.contains("layer.3."), "{said}");

    let mut broken = whole.clone();
    let bias = Stored::floats(Dtype::F16, &[3], [0.0, f32::NAN, 0.0]);
    broken.tensors.insert("bert.linear_layer.0.bias".into(), bias);
    let reason = reason(open(&broken).encode("rain"));
    assert!(reason.contains("numbers"), "{reason}");
}
