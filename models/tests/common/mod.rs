//! Reading golden fixtures.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub(crate) mod clip;
pub(crate) mod imported;
pub(crate) mod lass;
pub(crate) mod resunet;

use std::collections::HashMap;
use std::path::PathBuf;

use candle_core::safetensors::Load;
use candle_core::{Device, Tensor};

/// Whether the processor is emulated, as `cargo xtask cross arm64` says with the variable `EARMARK_EMULATED`: up to a hundred times
/// slower than one of silicon. Tests that would take too long there do the same with smaller networks and fewer repetitions.
pub(crate) fn emulated() -> bool {
    std::env::var_os("EARMARK_EMULATED").is_some()
}

/// A fixture file's tensors and metadata.
pub(crate) struct Fixture {
    /// By name.
    pub(crate) tensors: HashMap<String, Tensor>,
    /// The header's entries.
    pub(crate) metadata: HashMap<String, String>,
    /// The whole file.
    pub(crate) bytes: Vec<u8>,
}

impl Fixture {
    /// Reads `tests/fixtures/{name}.safetensors`.
    pub(crate) fn read(name: &str) -> Fixture {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        // Signed bytes, which no test looks at, are nothing that candle knows.
        let tensors = safetensors::SafeTensors::deserialize(&bytes)
            .unwrap()
            .iter()
            .filter(|(_, view)| view.dtype() != safetensors::Dtype::I8)
            .map(|(name, view)| (name.to_owned(), view.load(&Device::Cpu).unwrap()))
            .collect();
        Fixture {
            tensors,
            metadata: header.metadata().clone().unwrap_or_default(),
            bytes,
        }
    }

    /// A tensor's values in row-major order.
    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        self.tensors[name].flatten_all().unwrap().to_vec1().unwrap()
    }

    /// The list of texts in the metadata.
    pub(crate) fn texts(&self) -> Vec<String> {
        serde_json::from_str(&self.metadata["texts"]).unwrap()
    }
}

/// Euclidean norm of the difference over that of the reference.
pub(crate) fn relative_error(given: &[f32], reference: &[f32]) -> f64 {
    assert_eq!(given.len(), reference.len(), "lengths");
    let sum = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let difference = sum(&mut given
        .iter()
        .zip(reference)
        .map(|(a, b)| f64::from(*a) - f64::from(*b)));
    (difference / sum(&mut reference.iter().map(|b| f64::from(*b)))).sqrt()
}
