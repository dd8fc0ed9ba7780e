//! Another model, another quality, other channels: what a hand chooses.

use earmark_controls::ChannelMode;
use earmark_models::ModelError;
use earmark_models::resunet::Quality;
use earmark_queries::Service;

use super::Session;
use super::choice::{Choice, Wish};
use crate::state::{ModelRef, StoredQueries};

impl Session {
    /// Hears with another model, or in another quality, from as soon on as it can be had. What is heard goes on until
    /// then.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`], [`ModelError::Weights`] and [`ModelError::FilesOnly`]: nothing has changed then.
    pub fn choose(&self, id: &str, quality: Quality) -> Result<(), ModelError> {
        let choice = Choice::new(self.selection().find(id)?, quality)?;
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        let choice = choice.with_channel_mode(inner.wanted().channel_mode());
        let mut stored = inner.stored().without_conditions();
        stored.model = ModelRef::from(choice.spec());
        stored.quality = quality;
        inner.notice = None;
        inner.failure = None;
        inner.missing = None;
        self.open_wish(&mut inner, Wish { choice, stored });
        self.update_ready(&inner);
        Ok(())
    }

    /// As [`Session::choose`], where what is not named stays; what goes wrong is shown.
    pub(crate) fn choose_by_hand(&self, id: Option<&str>, quality: Option<Quality>) {
        let (id, quality) = {
            let inner = self.inner.lock();
            let wanted = inner.wanted();
            let id = id.map_or_else(|| wanted.model().id.clone(), str::to_owned);
            (id, quality.unwrap_or(wanted.quality()))
        };
        if let Err(error) = self.choose(&id, quality) {
            self.inner.lock().failure = Some(error.to_string());
        }
    }

    /// Looks which models there are to choose from. Reads files.
    pub(crate) fn look_for_models(&self) {
        let models = self.selection().models();
        self.inner.lock().models = models;
    }

    /// A text is being typed: what will encode it is made ready, so that Enter does not wait for that.
    pub(crate) fn expect_text(&self) {
        let model = self.inner.lock().wanted().model().clone();
        Service::shared().expect_text(&model);
    }

    /// *Listen to this* is about to be used: what will hear the example is made ready, so that nobody waits for that when the button is let go.
    pub(crate) fn expect_example(&self) {
        let model = self.inner.lock().wanted().model().clone();
        Service::shared().expect_example(&model);
    }

    /// Has the model hear both channels together, or each by itself, from as soon on as it can be had.
    pub fn set_channel_mode(&self, mode: ChannelMode) {
        let mut inner = self.inner.lock();
        self.settle(&mut inner);
        let stored = StoredQueries {
            stereo: mode,
            ..self.all_stored(&inner)
        };
        let choice = inner.wanted().clone().with_channel_mode(mode);
        self.open_wish(&mut inner, Wish { choice, stored });
        self.update_ready(&inner);
    }
}
