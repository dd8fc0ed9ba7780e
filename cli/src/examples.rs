//! Sounds in files that are examples of what is wanted: `--like`.

use std::path::{Path, PathBuf};

use earmark_audio::mono_at;
use earmark_models::{AudioEncoder, Condition, ModelError};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::args::Time;
use crate::error::CliError;

/// A file, or a part of it, that is an example of what is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Example {
    pub(crate) path: PathBuf,
    pub(crate) from: Option<Time>,
    pub(crate) to: Option<Time>,
}

/// An example that was listened to.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) condition: Condition,
    pub(crate) about: About,
}

/// An example, for scripts.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct About {
    /// The file.
    pub(crate) path: String,
    /// The part of it that was listened to, in seconds; `null` where it begins or ends with the file.
    pub(crate) from: Option<f64>,
    pub(crate) to: Option<f64>,
    /// Of the samples that were listened to.
    pub(crate) sha256: String,
}

impl Example {
    /// A whole file.
    pub(crate) fn whole(path: PathBuf) -> Example {
        let (from, to) = (None, None);
        Example { path, from, to }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Listens to it.
    ///
    /// # Errors
    /// [`CliError::File`] where it cannot be read, [`CliError::Example`] where it is no example of a sound.
    pub(crate) fn hear(&self, encoder: &dyn AudioEncoder) -> Result<Heard, CliError> {
        let rate = encoder.sample_rate();
        let sound = mono_at(&self.path, rate)?;
        let at = |time: Time| (time.sample(rate) as usize).min(sound.len());
        let (from, to) = (self.from.map_or(0, at), self.to.map_or(sound.len(), at));
        let mut part = sound[from..to.max(from)].to_vec();
        // As everywhere where sound is read.
        part.iter_mut()
            .filter(|sample| !sample.is_finite())
            .for_each(|sample| *sample = 0.0);
        let condition = encoder.encode(&part).map_err(|error| self.refused(error))?;
        let mut hasher = Sha256::new();
        part.iter().for_each(|sample| hasher.update(sample.to_le_bytes()));
        let sha256 = hasher.finalize();
        Ok(Heard {
            condition,
            about: About {
                path: self.path.display().to_string(),
                from: self.from.map(|time| time.0),
                to: self.to.map(|time| time.0),
                sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            },
        })
    }

    /// Whose fault it is: the example's or the model's.
    fn refused(&self, error: ModelError) -> CliError {
        match error {
            ModelError::SilentClip | ModelError::ShortClip { .. } | ModelError::LongClip { .. } => {
                CliError::Example {
                    path: self.path.clone(),
                    reason: error,
                }
            }
            other => other.into(),
        }
    }
}

/// The examples of a command line.
pub(crate) fn of(paths: &[PathBuf], from: Option<Time>, to: Option<Time>) -> Vec<Example> {
    let example = |path: &PathBuf| Example {
        path: path.clone(),
        from,
        to,
    };
    paths.iter().map(example).collect()
}

/// Examples in words: "like door and gate".
pub(crate) fn words(examples: &[Example]) -> String {
    let names: Vec<String> = examples.iter().map(Example::name).collect();
    format!("like {}", names.join(" and "))
}

/// Refuses examples that are not there, before a model is loaded.
///
/// # Errors
/// [`CliError::File`].
pub(crate) fn check(examples: &[Example]) -> Result<(), CliError> {
    let open = |path: &Path| earmark_audio::Reader::open(path).map(drop);
    examples.iter().try_for_each(|example| Ok(open(&example.path)?))
}
