//! A model, and a query as that model reads it.

use std::sync::Arc;

use earmark_engine::{Query, Trim};
use earmark_library::{Folders, Settings, Timings};
use earmark_models::Selection;
use earmark_models::resunet::Quality;
use earmark_models::{AudioEncoder, Condition, Detector, ImageEncoder, ModelError, QueryEncoder, Separator};
use earmark_queries::{Doubt, Phrases, QueryError, Sound, encode};

use crate::error::CliError;

/// The models that there are now.
pub fn selection() -> Selection {
    Folders::user().map_or_else(
        |_| Selection::bundled(),
        |folders| Selection::with_folder(folders.models()),
    )
}

/// A separator with the encoder that it was trained with.
pub struct Model {
    /// The separator.
    pub separator: Arc<dyn Separator>,
    /// The level at which it hears.
    pub trim: Trim,
    encoder: Arc<dyn QueryEncoder>,
    /// By its name among the others, where it has one.
    known: Option<earmark_models::Model>,
}

impl Model {
    /// Loads a model by name, or the bundled one.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] names those there are, [`ModelError::Weights`] says what is wrong with a file.
    pub fn load(name: Option<&str>, quality: Quality) -> Result<Self, ModelError> {
        let model = match name {
            Some(name) => selection().find(name)?,
            None => earmark_models::Model::bundled(),
        };
        Timings::remember();
        // Without settings, or with damaged ones, it is what is quicker.
        let settings = Folders::user().and_then(|folders| Settings::read(&folders));
        let settings = settings
            .inspect_err(|error| eprintln!("{error}"))
            .unwrap_or_default();
        let separator = model.load(quality, settings.device.unwrap_or_default())?;
        if let Some(fault) = separator.fault() {
            eprintln!("{fault}");
        }
        Ok(Self {
            separator,
            trim: Trim::default(),
            encoder: model.encoder()?,
            known: Some(model),
        })
    }

    /// A separator with its encoder.
    pub fn new(separator: Arc<dyn Separator>, encoder: Arc<dyn QueryEncoder>) -> Self {
        Self {
            separator,
            trim: Trim::default(),
            encoder,
            known: None,
        }
    }

    /// What encodes sounds for this model.
    ///
    /// # Errors
    /// [`ModelError::TextsAlone`] and [`ModelError::NoAudioTower`] where there is none; [`ModelError::Weights`].
    pub fn audio_encoder(&self) -> Result<Arc<dyn AudioEncoder>, ModelError> {
        let nameless = || ModelError::TextsAlone {
            id: self.separator.spec().id.clone(),
        };
        self.known.as_ref().ok_or_else(nameless)?.audio_encoder()
    }

    /// What says whether sounds are there; `None` where this model has nothing of the kind.
    ///
    /// # Errors
    /// [`ModelError::Weights`].
    pub fn detector(&self) -> Result<Option<Arc<Detector>>, ModelError> {
        let detector = self.known.as_ref().map(earmark_models::Model::detector);
        detector.transpose().map(Option::flatten)
    }

    /// What encodes pictures for this model.
    ///
    /// # Errors
    /// [`ModelError::NoPictures`] and [`ModelError::NoImageTower`] where there is none; [`ModelError::Weights`].
    pub fn image_encoder(&self) -> Result<Arc<dyn ImageEncoder>, ModelError> {
        let nameless = || ModelError::NoPictures {
            id: self.separator.spec().id.clone(),
        };
        self.known.as_ref().ok_or_else(nameless)?.image_encoder()
    }

    /// Encodes a query for this model, and says on standard error where a text is too long to be read to its end.
    ///
    /// # Errors
    /// A [`QueryError`]: [`ModelError::EmptyQuery`] for a text without words.
    pub fn query(&self, text: &str) -> Result<Condition, QueryError> {
        self.sound(&text.into())
    }

    /// Whether there is doubt that the model understands a sound.
    pub fn doubt(&self, sound: &Sound, condition: &Condition) -> Option<Doubt> {
        Doubt::of(sound, condition, &*self.separator)
    }

    /// The query of several sounds; `None` where they are none. What the model most likely does not understand is said on standard
    /// error, and added to `doubts`, once. `text` is what was typed, for the sentence of an error.
    ///
    /// # Errors
    /// [`CliError::TooManySounds`]; a [`QueryError`] of one of them.
    pub fn sounds(
        &self,
        phrases: &Phrases,
        text: &str,
        doubts: &mut Vec<Doubt>,
    ) -> Result<Option<Query>, CliError> {
        if phrases.cut {
            return Err(CliError::TooManySounds {
                query: text.to_owned(),
                most: Phrases::MOST,
            });
        }
        if phrases.is_empty() {
            return Ok(None);
        }
        let query = phrases.encode(|sound| {
            let condition = self.sound(sound)?;
            let doubt = self.doubt(sound, &condition);
            if let Some(doubt) = doubt.filter(|doubt| !doubts.contains(doubt)) {
                eprintln!("earmark: {doubt}.");
                doubts.push(doubt);
            }
            Ok::<_, QueryError>(condition)
        })?;
        Ok(Some(query))
    }

    /// As [`Model::query`], for a sound of any kind.
    ///
    /// # Errors
    /// A [`QueryError`].
    pub fn sound(&self, sound: &Sound) -> Result<Condition, QueryError> {
        let encoded = encode(sound, self.separator.spec(), || Ok(self.encoder.clone()))?;
        if let Some(notice) = encoded.notice() {
            eprintln!("{notice}");
        }
        Ok(encoded.condition)
    }
}
