//! What an accelerator is to the rest of Earmark.

use std::sync::Arc;

use earmark_controls::CardName;

use crate::error::ModelError;
use crate::resunet::{ColumnGraph, ResUNetConfig, WindowGraph};
use crate::tensors::Tensors;

/// An accelerator that there is code for.
#[derive(Debug)]
pub struct Accelerator {
    /// What people call it.
    pub name: &'static str,
    /// The feature that its code is built with; empty where it is always.
    pub feature: &'static str,
    /// Whether it is compared with the processor where nobody has chosen, and offered to people.
    pub automatic: bool,
    /// Whether this build has its code.
    pub is_built_in: fn() -> bool,
    /// Those of the kind that this machine has and that are worth a comparison, the likely quickest first. It asks their drivers,
    /// which may take a second, and opens none.
    pub cards: fn() -> Vec<CardFound>,
    /// Opens the one of this name, or else the likely quickest, or says why it cannot be used here. It may take seconds.
    pub open: fn(Option<CardName>) -> Opening,
}

/// An accelerator that was opened, or why it cannot be used here, in words that go on after "cannot be used: ".
pub type Opening = Result<Box<dyn Opened>, String>;

/// A card that was found and not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFound {
    /// By which it is chosen.
    pub name: CardName,
    /// Its interface, its driver and the driver's version: with another one it may be as quick as another card.
    pub driver: String,
    /// Whether it is a processor in the place of a card.
    pub is_software: bool,
}

/// An accelerator, and which one where there may be several.
#[derive(Debug, Clone, Copy)]
pub struct Chosen {
    /// Its kind.
    pub accelerator: &'static Accelerator,
    /// The one of this name; `None` is the likely quickest.
    pub card: Option<CardName>,
}

/// An accelerator that can be used.
pub trait Opened: Send + Sync {
    /// What people call it, where that says more than the accelerator's name.
    fn name(&self) -> Option<String> {
        None
    }

    /// A network there.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when they do not fit the config; whatever the device says.
    fn graph(&self, config: &ResUNetConfig, tensors: Box<dyn Tensors>) -> Result<OnDevice, ModelError>;
}

/// A network on an accelerator, by what the accelerator keeps of its streams.
pub enum OnDevice {
    /// Nothing: every block it is given a window with all that the masks depend on.
    Windows(Arc<dyn WindowGraph>),
    /// The columns that later blocks need, as the processor does.
    Columns(Arc<dyn ColumnGraph>),
}

impl Chosen {
    /// Opens it.
    ///
    /// # Errors
    /// [`ModelError::Device`] when this build has no code for it, or this machine none.
    pub fn open(&self) -> Result<Box<dyn Opened>, ModelError> {
        let accelerator = self.accelerator;
        if !(accelerator.is_built_in)() {
            let feature = accelerator.feature;
            return Err(self.refused(format!(
                "this build of Earmark has no code for it (the feature {feature})"
            )));
        }
        (accelerator.open)(self.card).map_err(|reason| self.refused(reason))
    }

    /// That it cannot be used.
    pub(crate) fn refused(&self, reason: String) -> ModelError {
        ModelError::Device {
            name: self.accelerator.name.into(),
            reason,
        }
    }
}
