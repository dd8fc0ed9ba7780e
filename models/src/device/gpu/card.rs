//! The card that is opened.

use std::sync::Arc;

use earmark_controls::{CardName, DeviceChoice};
use earmark_gpu::{Card, GpuError};

use crate::device::accelerator::{CardFound, OnDevice, Opened, Opening};
use crate::error::ModelError;
use crate::resunet::{CardGraph, CardNet, ResUNetConfig};
use crate::tensors::Tensors;

struct Open(Arc<Card>);

/// The card of this name or with this in its name, software too; else the likely quickest one that is none.
pub(super) fn open(name: Option<CardName>) -> Opening {
    let opened = match (name, Card::open(name.map(CardName::as_str))) {
        (Some(part), Err(GpuError::Unknown { name, there })) => {
            let cards: Vec<CardName> = there.iter().map(|card| CardName::new(card)).collect();
            match CardName::meant(part.as_str(), &cards) {
                Ok(card) => Card::open(Some(card.as_str())),
                Err(_) => Err(GpuError::Unknown { name, there }),
            }
        }
        (_, opened) => opened,
    };
    Ok(Box::new(Open(opened.map_err(|error| error.to_string())?)))
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
pub(super) fn listed() -> Vec<CardFound> {
    let found = |card: earmark_gpu::CardInfo| CardFound {
        name: CardName::new(&card.name),
        driver: format!("{}, {}", card.interface, card.driver),
        is_software: card.is_software,
    };
    earmark_gpu::cards().into_iter().map(found).collect()
}
