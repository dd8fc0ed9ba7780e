//! Imported models made of fixtures and procedural weights, whole or damaged.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use earmark_models::encoder::{Cnn14Config, HtsatConfig, RobertaConfig};
use earmark_models::resunet::ResUNetConfig;
use earmark_models::{ModelError, imported, procedural};
use half::{bf16, f16};
use safetensors::{Dtype, View};
use tempfile::TempDir;

use super::Fixture;

/// A tensor as it lies in a file.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl Stored {
    pub(crate) fn floats(dtype: Dtype, shape: &[usize], values: impl IntoIterator<Item = f32>) -> Stored {
        let values = values.into_iter();
        let bytes = match dtype {
            Dtype::F32 => values.flat_map(f32::to_le_bytes).collect(),
            Dtype::F16 => values
                .flat_map(|value| f16::from_f32(value).to_le_bytes())
                .collect(),
            Dtype::BF16 => values
                .flat_map(|value| bf16::from_f32(value).to_le_bytes())
                .collect(),
            other => panic!("{other:?} is no type of weights"),
        };
        let shape = shape.to_vec();
        Stored { dtype, shape, bytes }
    }

    pub(crate) fn raw(bytes: &[u8]) -> Stored {
        Stored {
            dtype: Dtype::U8,
            shape: vec![bytes.len()],
            bytes: bytes.to_vec(),
        }
    }
}

impl View for &Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// What goes into a file.
#[derive(Clone, Default)]
pub(crate) struct Content {
    pub(crate) tensors: BTreeMap<String, Stored>,
    pub(crate) entries: HashMap<String, String>,
}

impl Content {
    /// CLAP's text tower on the weights that the fixtures were computed with.
    pub(crate) fn tower(config: &RobertaConfig, dtype: Dtype, tokenizer: &[u8]) -> Content {
        let mut content = Content::default();
        for (name, shape) in config.required_tensors() {
            let stored = Stored::floats(dtype, &shape, weights(&name, &shape));
            content.tensors.insert(format!("text.{name}"), stored);
        }
        let tokenizer = Stored::raw(tokenizer);
        content.tensors.insert("tokenizer".into(), tokenizer);
        content
    }

    /// Adds CLAP's audio tower on the weights that the fixtures were computed with.
    pub(crate) fn with_ears(mut self, config: &HtsatConfig, dtype: Dtype) -> Content {
        let mel = Fixture::read("htsat_small_io").floats("melW");
        for (name, shape) in config.required_tensors() {
            let stored = match name.ends_with("melW") {
                true => Stored::floats(Dtype::F32, &shape, mel.clone()),
                false => Stored::floats(dtype, &shape, audio_weights(&name, &shape)),
            };
            self.tensors.insert(format!("audio.{name}"), stored);
        }
        self
    }

    /// Adds Cnn14 on the weights that the fixtures were computed with.
    pub(crate) fn with_cnn14(mut self, config: &Cnn14Config, dtype: Dtype) -> Content {
        let mel = Fixture::read("cnn14_small_io").floats("melW");
        for (name, shape) in config.required_tensors() {
            let stored = match name.ends_with("melW") {
                true => Stored::floats(Dtype::F32, &shape, mel.clone()),
                false => Stored::floats(dtype, &shape, cnn14_weights(&name, &shape)),
            };
            self.tensors.insert(format!("cnn14.{name}"), stored);
        }
        self
    }

    /// Adds a ResUNet by its official names.
    pub(crate) fn with_resunet(mut self, config: &ResUNetConfig, state: &Fixture, dtype: Dtype) -> Content {
        for (name, shape) in config.required_tensors().unwrap() {
            let stored = Stored::floats(dtype, &shape, state.floats(&name));
            self.tensors.insert(format!("resunet.{name}"), stored);
        }
        for (key, value) in [
            (imported::FORMAT_KEY, "1"),
            (imported::ID_KEY, "micro"),
            (imported::NAME_KEY, "A small one"),
            (imported::SHA256_KEY, "ab12"),
            (imported::CONFIG_KEY, &serde_json::to_string(config).unwrap()),
        ] {
            self.entries.insert(key.into(), value.into());
        }
        self
    }

    /// Writes it into a folder.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("model.safetensors");
        let entries = (!self.entries.is_empty()).then(|| self.entries.clone());
        safetensors::serialize_to_file(&self.tensors, entries, &path).unwrap();
        path
    }

    /// Writes it, with a change, and gives what is said of it.
    pub(crate) fn refused<T>(
        &self,
        open: impl FnOnce(&Path) -> Result<T, ModelError>,
        change: impl FnOnce(&mut Content),
    ) -> String {
        let mut changed = self.clone();
        change(&mut changed);
        let folder = TempDir::new().unwrap();
        reason(open(&changed.write(folder.path())))
    }
}

/// What is said of weights that are refused.
pub(crate) fn reason<T>(opened: Result<T, ModelError>) -> String {
    match opened {
        Err(ModelError::Weights { reason }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

/// The shape of the tower of `clap_small_io`.
pub(crate) fn small() -> RobertaConfig {
    RobertaConfig {
        words: 306,
        layers: 3,
        hidden: 128,
        inner: 256,
        ..RobertaConfig::clap()
    }
}

/// The tokenizer of `clap_small_io`.
pub(crate) fn small_tokenizer(io: &Fixture) -> Vec<u8> {
    io.tensors["tokenizer"].to_vec1().unwrap()
}

/// The weights of the tower's fixtures.
fn weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (offset, scale) = match shape {
        _ if name.ends_with("LayerNorm.weight") => (1.0, 0.1),
        _ if name.ends_with("bias") || name.contains("embeddings.") => (0.0, 0.05),
        _ => (0.0, (3.0 / shape[1] as f32).sqrt()),
    };
    procedural::uniform(&format!("query_encoder.model.{name}"), shape.iter().product())
        .map(move |value| offset + scale * value)
}

/// The shape of the tower of `htsat_small_io`.
pub(crate) fn small_ears() -> HtsatConfig {
    HtsatConfig {
        width: 32,
        depths: [2; 4],
        heads: [1, 2, 4, 8],
        condition_size: 512,
    }
}

/// The weights of the audio tower's fixtures.
fn audio_weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (offset, scale) = match shape {
        _ if name.ends_with("bn0.running_mean") => (-30.0, 10.0),
        _ if name.ends_with("bn0.running_var") => (75.0, 25.0),
        _ if name.ends_with("relative_position_bias_table") => (0.0, 1.0),
        _ if name.ends_with("bias") => (0.0, 0.05),
        [_] => (1.0, 0.1),
        [_, rest @ ..] => (0.0, (3.0 / rest.iter().product::<usize>() as f32).sqrt()),
        [] => (0.0, 1.0),
    };
    procedural::uniform(&format!("query_encoder.model.{name}"), shape.iter().product())
        .map(move |value| offset + scale * value)
}

/// The shape of the network of `cnn14_small_io`.
pub(crate) fn small_cnn14() -> Cnn14Config {
    Cnn14Config {
        channels: [4, 8, 8, 16, 16, 32],
        embedding: 32,
        classes: 527,
    }
}

/// The weights of Cnn14's fixtures.
fn cnn14_weights(name: &str, shape: &[usize]) -> impl Iterator<Item = f32> + use<> {
    let (offset, scale) = match shape {
        _ if name == "bn0.running_mean" => (-30.0, 10.0),
        _ if name == "bn0.running_var" => (75.0, 25.0),
        _ if name.ends_with("running_mean") => (0.0, 0.1),
        _ if name.ends_with("running_var") => (1.0, 0.4),
        _ if name.ends_with("bias") => (0.0, 0.1),
        [_, rest @ ..] if !rest.is_empty() => (0.0, (6.0 / rest.iter().product::<usize>() as f32).sqrt()),
        _ => (1.0, 0.1),
    };
    procedural::uniform(&format!("query_net.base.{name}"), shape.iter().product())
        .map(move |value| offset + scale * value)
}
