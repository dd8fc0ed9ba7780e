//! Sounds in files that are examples of what is wanted, or of what is not: `--like`, `--not-like`; and beside them the pictures of
//! `--image`.

use std::path::{Path, PathBuf};

use earmark_audio::mono_at;
use earmark_models::{AudioEncoder, Condition, ModelError};
use earmark_queries::fingerprint;
use serde::Serialize;

use crate::args::{Examples, Time};
use crate::error::CliError;
use crate::model::Model;
use crate::pictures::{self, AboutPicture, Pictured, Seen};

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
        let sha256 = fingerprint(&part);
        Ok(Heard {
            condition,
            about: About {
                path: self.path.display().to_string(),
                from: self.from.map(|time| time.0),
                to: self.to.map(|time| time.0),
                sha256,
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
                reason: Box::new(error),
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
    /// Pictures of what makes the wanted sound.
    pub(crate) image: Vec<Pictured>,
}

impl Named {
    /// Those that are there.
    ///
    /// # Errors
    /// [`CliError::File`] for one that is not, and [`CliError::Picture`], before a model is loaded.
    pub(crate) fn of(examples: &Examples) -> Result<Named, CliError> {
        let like = |path: &PathBuf| Example {
            path: path.clone(),
            from: examples.from,
            to: examples.to,
        };
        let named = Named {
            like: examples.like.iter().map(like).collect(),
            not_like: examples.not_like.iter().cloned().map(Example::whole).collect(),
            image: examples
                .image
                .iter()
                .cloned()
                .map(Pictured::open)
                .collect::<Result<_, _>>()?,
        };
        let open = |path: &Path| earmark_audio::Reader::open(path).map(drop);
        let mut all = named.like.iter().chain(&named.not_like);
        all.try_for_each(|example| Ok::<_, CliError>(open(&example.path)?))?;
        Ok(named)
    }

    /// Whether there is an example or a picture of the wanted sound.
    pub(crate) fn show_what_is_wanted(&self) -> bool {
        !self.like.is_empty() || !self.image.is_empty()
    }

    /// What the wanted sound is called: "like door and gate, seen in dog".
    pub(crate) fn wanted_words(&self) -> Vec<String> {
        let like = (!self.like.is_empty()).then(|| words(&self.like));
        let image = (!self.image.is_empty()).then(|| pictures::words(&self.image));
        like.into_iter().chain(image).collect()
    }

    /// Listens to them, and looks at the pictures. Whether the model can is not asked where there are none.
    ///
    /// # Errors
    /// As [`Example::hear`], [`Model::audio_encoder`] and [`Model::image_encoder`].
    pub(crate) fn hear(&self, model: &Model) -> Result<Listened, CliError> {
        let mut listened = Listened::default();
        if !self.image.is_empty() {
            let encoder = model.image_encoder()?;
            let seen = self.image.iter().map(|picture| picture.look(&*encoder));
            listened.image = seen.collect::<Result<_, _>>()?;
        }
        if self.like.is_empty() && self.not_like.is_empty() {
            return Ok(listened);
        }
        let encoder = model.audio_encoder()?;
        let all = |examples: &[Example]| -> Result<Vec<Heard>, CliError> {
            examples.iter().map(|example| example.hear(&*encoder)).collect()
        };
        Ok(Listened {
            like: all(&self.like)?,
            not_like: all(&self.not_like)?,
            ..listened
        })
    }
}

/// The examples of a command line, as a model hears them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listened {
    pub(crate) like: Vec<Heard>,
    pub(crate) not_like: Vec<Heard>,
    pub(crate) image: Vec<Seen>,
}

impl Listened {
    /// What the examples and pictures of the wanted sound came to.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = Condition> + '_ {
        let heard = self.like.iter().map(|heard| heard.condition.clone());
        heard.chain(self.image.iter().map(|seen| seen.condition.clone()))
    }

    /// What scripts are told of them.
    pub(crate) fn about(&self) -> Told {
        let about = |heard: &[Heard]| heard.iter().map(|heard| heard.about.clone()).collect();
        Told {
            like: about(&self.like),
            not_like: about(&self.not_like),
            image: self.image.iter().map(|seen| seen.about.clone()).collect(),
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
    /// Pictures of what makes the wanted sound.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) image: Vec<AboutPicture>,
}

impl Told {
    /// What decides what is heard: the SHA-256 of each, those of pictures among those of the wanted sound.
    pub(crate) fn checksums(&self) -> [Vec<String>; 2] {
        let of = |all: &[About]| -> Vec<String> { all.iter().map(|about| about.sha256.clone()).collect() };
        let [mut wanted, unwanted] = [of(&self.like), of(&self.not_like)];
        wanted.extend(self.image.iter().map(|about| about.sha256.clone()));
        [wanted, unwanted]
    }
}

/// Examples in words: "like door and gate".
pub(crate) fn words(examples: &[Example]) -> String {
    let names: Vec<String> = examples.iter().map(Example::name).collect();
    format!("like {}", names.join(" and "))
}
