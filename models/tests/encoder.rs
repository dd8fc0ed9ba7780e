//! The MiniLM encoder against Hugging Face's, in 32 bits and with the 8-bit weights that ship.

mod common;

use common::{Fixture, relative_error};
use earmark_models::encoder::MiniLm;
use earmark_models::{ModelError, QueryEncoder, bundled};

const WEIGHTS: &[u8] = include_bytes!("../weights/minilm-l6-v2.q8.safetensors");
const VOCABULARY: &str = include_str!("../weights/minilm-l6-v2.vocab.txt");

fn compare(encoder: &MiniLm, fixture: &Fixture, bound: f64) {
    for (index, text) in fixture.texts().iter().enumerate() {
        let ids: Vec<i64> = fixture.tensors[&format!("{index}.ids")].to_vec1().unwrap();
        let given: Vec<i64> = encoder
            .tokenize(text)
            .unwrap()
            .iter()
            .map(|&id| i64::from(id))
            .collect();
        assert_eq!(given, ids, "{text:?}");
        let embedding = encoder.encode(text).unwrap();
        let error = relative_error(&embedding.values, &fixture.floats(&format!("{index}.embedding")));
        assert!(error < bound, "{text:?}: {error:.2e}");
    }
}

#[test]
fn with_the_shipped_weights_it_computes_what_pytorch_computes_with_them() {
    let encoder = MiniLm::from_safetensors(WEIGHTS, VOCABULARY).unwrap();
    compare(&encoder, &Fixture::read("minilm_q8_io"), 1e-4);
}

#[test]
fn the_shipped_weights_keep_the_direction_of_the_original_embeddings() {
    let (encoder, fixture) = (bundled::encoder().unwrap(), Fixture::read("minilm_io"));
    for (index, text) in fixture.texts().iter().enumerate() {
        let embedding = encoder.encode(text).unwrap();
        let original = fixture.floats(&format!("{index}.embedding"));
        let cosine: f32 = embedding.values.iter().zip(&original).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.999, "{text:?}: {cosine}");
    }
}

/// The original weights are 90 MB and not part of the repository; `EARMARK_MINILM_F32` names their `model.safetensors`.
#[test]
fn with_the_original_weights_it_computes_the_original_embeddings() {
    let Some(path) = std::env::var_os("EARMARK_MINILM_F32") else {
        eprintln!("skipped: EARMARK_MINILM_F32 does not name the original model.safetensors");
        return;
    };
    let encoder = MiniLm::from_safetensors(&std::fs::read(path).unwrap(), VOCABULARY).unwrap();
    compare(&encoder, &Fixture::read("minilm_io"), 1e-4);
}

#[test]
fn a_query_without_words_is_refused() {
    let encoder = bundled::encoder().unwrap();
    for text in ["", "  ", "\t\n", "\u{200b}\0"] {
        assert!(
            matches!(encoder.encode(text), Err(ModelError::EmptyQuery)),
            "{text:?}"
        );
    }
}

#[test]
fn damaged_weights_are_refused_in_words() {
    let refused = |weights: &[u8], vocabulary| match MiniLm::from_safetensors(weights, vocabulary) {
        Err(ModelError::Weights { reason }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    };
    refused(&WEIGHTS[..1000], VOCABULARY);
    refused(b"", VOCABULARY);
    assert!(refused(WEIGHTS, "one\ntwo\n").contains("2 words"));
}
