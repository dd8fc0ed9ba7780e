//! Sounds in files that are examples of what is wanted, or of what is not: `--like`, `--not-like`.

use std::path::{Path, PathBuf};

use earmark_audio::mono_at;
use earmark_models::{AudioEncoder, Condition, ModelError};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::args::{Examples, Time};
use crate::error::CliError;
use crate::model::Model;

/// A file, or a part of it, that is an example of a sound.
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
            ModelError::SilentClip
            | ModelError::QuietClip { .. }
            | ModelError::ShortClip { .. }
            | ModelError::LongClip { .. } => CliError::Example {
                path: self.path.clone(),
                reason: error,
            },
            other => other.into(),
        }
    }
}

/// The examples of a command line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Named {
    /// Of the wanted sound.
    pub(crate) like: Vec<Example>,
    /// Of sounds that are not wanted.
    pub(crate) not_like: Vec<Example>,
}

impl Named {
    /// Those that are there.
    ///
    /// # Errors
    /// [`CliError::File`] for one that is not, before a model is loaded.
    pub(crate) fn of(examples: &Examples) -> Result<Named, CliError> {
        let like = |path: &PathBuf| Example {
            path: path.clone(),
            from: examples.from,
            to: examples.to,
        };
        let named = Named {
            like: examples.like.iter().map(like).collect(),
            not_like: examples.not_like.iter().cloned().map(Example::whole).collect(),
        };
        let open = |path: &Path| earmark_audio::Reader::open(path).map(drop);
        let mut all = named.like.iter().chain(&named.not_like);
        all.try_for_each(|example| Ok::<_, CliError>(open(&example.path)?))?;
        Ok(named)
    }

    /// Listens to them. Whether the model can is not asked where there are none.
    ///
    /// # Errors
    /// As [`Example::hear`] and [`Model::audio_encoder`].
    pub(crate) fn hear(&self, model: &Model) -> Result<Listened, CliError> {
        if self.like.is_empty() && self.not_like.is_empty() {
            return Ok(Listened::default());
        }
        let encoder = model.audio_encoder()?;
        let all = |examples: &[Example]| -> Result<Vec<Heard>, CliError> {
            examples.iter().map(|example| example.hear(&*encoder)).collect()
        };
        Ok(Listened {
            like: all(&self.like)?,
            not_like: all(&self.not_like)?,
        })
    }
}

/// The examples of a command line, as a model hears them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listened {
    pub(crate) like: Vec<Heard>,
    pub(crate) not_like: Vec<Heard>,
}

impl Listened {
    /// What scripts are told of them.
    pub(crate) fn about(&self) -> Told {
        let about = |heard: &[Heard]| heard.iter().map(|heard| heard.about.clone()).collect();
        Told {
            like: about(&self.like),
            not_like: about(&self.not_like),
        }
    }
}

/// The examples of a command line, for scripts.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Told {
    /// Those of the wanted sound.
    pub(crate) like: Vec<About>,
    /// Those of sounds that are not wanted.
    pub(crate) not_like: Vec<About>,
}

impl Told {
    /// What decides what is heard: the SHA-256 of each.
    pub(crate) fn checksums(&self) -> [Vec<String>; 2] {
        [&self.like, &self.not_like].map(|all| all.iter().map(|about| about.sha256.clone()).collect())
    }
}

/// Examples in words: "like door and gate".
pub(crate) fn words(examples: &[Example]) -> String {
    let names: Vec<String> = examples.iter().map(Example::name).collect();
    format!("like {}", names.join(" and "))
}
