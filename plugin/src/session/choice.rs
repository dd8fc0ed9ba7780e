//! Which model a project is heard with.

use earmark_models::catalogue::{self, Model};
use earmark_models::resunet::Quality;
use earmark_models::{SeparatorSpec, bundled};

use crate::state::StoredQueries;

/// A model and its quality.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// `None` is the bundled one.
    model: Option<&'static Model>,
    quality: Quality,
    spec: SeparatorSpec,
}

impl Default for Choice {
    fn default() -> Choice {
        Choice {
            model: None,
            quality: Quality::default(),
            spec: bundled::spec().clone(),
        }
    }
}

impl PartialEq for Choice {
    fn eq(&self, other: &Choice) -> bool {
        self.spec == other.spec
    }
}

impl Choice {
    /// What a project asks for, or the bundled model where that is not there.
    pub(super) fn of(stored: &StoredQueries) -> Choice {
        let asked = catalogue::find(&stored.model.id).ok();
        let model = asked.filter(|model| model.is_available() && model.id != bundled::ID);
        Choice {
            model,
            quality: stored.quality,
            spec: model.map_or_else(|| bundled::spec().clone(), |model| model.spec(stored.quality)),
        }
    }

    pub(super) fn id(&self) -> &'static str {
        self.model.map_or(bundled::ID, |model| model.id)
    }

    pub(super) fn quality(&self) -> Quality {
        self.quality
    }

    pub(super) fn spec(&self) -> &SeparatorSpec {
        &self.spec
    }
}
