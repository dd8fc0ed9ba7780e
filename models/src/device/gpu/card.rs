//! The card that is opened.

use std::sync::Arc;

use earmark_controls::DeviceChoice;
use earmark_gpu::Card;

use super::CARD;
use crate::device::accelerator::{OnDevice, Opened};
use crate::error::ModelError;
use crate::resunet::{CardGraph, CardNet, ResUNetConfig};
use crate::tensors::Tensors;

struct Open(Arc<Card>);

/// The card that the environment names, software too; else the likely quickest one that is none.
pub(super) fn open() -> Result<Box<dyn Opened>, String> {
    let named = std::env::var(CARD).ok().filter(|name| !name.is_empty());
    let card = Card::open(named.as_deref()).map_err(|error| error.to_string())?;
    Ok(Box::new(Open(card)))
}

impl Opened for Open {
    fn name(&self) -> Option<String> {
        Some(format!("{} {}", DeviceChoice::Gpu.spoken(), self.0.info().name))
    }

    fn graph(&self, config: &ResUNetConfig, tensors: Box<dyn Tensors>) -> Result<OnDevice, ModelError> {
        let net = CardNet::read(self.0.clone(), config.clone(), tensors)?;
        Ok(OnDevice::Columns(Arc::new(CardGraph(Arc::new(net)))))
    }
}

/// See [`cards`](super::cards).
pub(super) fn listed() -> Vec<String> {
    let said = |card: earmark_gpu::CardInfo| {
        let software = match card.is_software {
            true => format!("; software, taken only where {CARD} names it"),
            false => String::new(),
        };
        format!("{} ({}, {}{software})", card.name, card.interface, card.driver)
    };
    earmark_gpu::cards().into_iter().map(said).collect()
}
