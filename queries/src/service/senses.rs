//! What a model is shown examples by.

use earmark_models::Model;
use earmark_models::encoder::Picture;

use super::encoders::Encoders;
use crate::{Clip, QueryError, listen, look};

/// A model's encoders of examples, each of which is opened when it is asked for.
pub struct Senses<'a> {
    model: &'a Model,
    encoders: &'a mut Encoders,
}

impl<'a> Senses<'a> {
    pub(super) fn of(model: &'a Model, encoders: &'a mut Encoders) -> Senses<'a> {
        Senses { model, encoders }
    }

    /// Listens to a sound. `sound` brings one channel at the rate in Hz that it is given, or says why it cannot.
    ///
    /// # Errors
    /// Those of [`Model::audio_encoder`] and [`listen()`]; [`QueryError::Example`] with what `sound` says.
    pub fn hear(&mut self, sound: impl FnOnce(u32) -> Result<Vec<f32>, String>) -> Result<Clip, QueryError> {
        let ears = self.encoders.ears(self.model)?;
        let samples = sound(ears.sample_rate()).map_err(|reason| QueryError::Example { reason })?;
        listen(&*ears, samples, "")
    }

    /// Looks at a picture.
    ///
    /// # Errors
    /// Those of [`Model::image_encoder`] and [`look()`].
    pub fn see(&mut self, picture: &Picture) -> Result<Clip, QueryError> {
        look(&*self.encoders.eyes(self.model)?, picture, "")
    }
}
