//! Which model a project is heard with.

use earmark_controls::ChannelMode;
use earmark_engine::Latency;
use earmark_models::resunet::Quality;
use earmark_models::{Model, Selection};
use earmark_models::{ModelError, SeparatorSpec, bundled};

use crate::state::StoredQueries;

/// A model, its quality, and what it hears of two channels.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    model: Model,
    quality: Quality,
    channel_mode: ChannelMode,
    /// In the order of [`Quality::ALL`].
    specs: [SeparatorSpec; 3],
}

/// A project that is not opened yet.
pub(super) struct Wish {
    pub(super) choice: Choice,
    pub(super) stored: StoredQueries,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice {
            model: Model::bundled(),
            quality: Quality::default(),
            channel_mode: ChannelMode::default(),
            specs: std::array::from_fn(|_| bundled::spec().clone()),
        }
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Choice) -> bool {
        (self.spec(), self.channel_mode) == (other.spec(), other.channel_mode)
    }
}

impl Choice {
    /// # Errors
    /// [`ModelError::Weights`] when the model's file is not there or damaged; [`ModelError::FilesOnly`] when it cannot be played.
    pub(super) fn new(model: Model, quality: Quality) -> Result<Choice, ModelError> {
        let specs = model.specs()?;
        specs.iter().try_for_each(SeparatorSpec::live)?;
        Ok(Choice {
            model,
            quality,
            channel_mode: ChannelMode::default(),
            specs,
        })
    }

    /// What a project asks for of these models; the bundled one, where it asks for none.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`], and as [`Choice::new`].
    pub(super) fn of(stored: &StoredQueries, selection: &Selection) -> Result<Choice, ModelError> {
        let model = match stored.model.id.as_str() {
            "" | bundled::ID => Model::bundled(),
            id => selection.find(id)?,
        };
        Choice::new(model, stored.quality).map(|choice| choice.with_channel_mode(stored.stereo))
    }

    pub(super) fn with_channel_mode(self, channel_mode: ChannelMode) -> Choice {
        Choice { channel_mode, ..self }
    }

    pub(super) fn channel_mode(&self) -> ChannelMode {
        self.channel_mode
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn quality(&self) -> Quality {
        self.quality
    }

    pub(super) fn spec(&self) -> &SeparatorSpec {
        &self.specs[self.quality as usize]
    }

    /// The latency of each quality, the quickest first, in seconds, where the host runs at `rate` Hz.
    pub(super) fn latencies(&self, rate: f64) -> [f32; 3] {
        std::array::from_fn(|i| (Latency::of(rate, &self.specs[i]).total() as f64 / rate) as f32)
    }

    /// Name and, where there is a choice, quality.
    pub(super) fn title(&self) -> String {
        if self.model.has_qualities() {
            format!("{} ({})", self.model.id, self.quality)
        } else {
            self.model.id.clone()
        }
    }
}
