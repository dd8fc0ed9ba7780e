//! `earmark devices`: where models can be computed on this machine.

use earmark_models::device::{self, DeviceChoice};
use serde::Serialize;

use crate::output;

#[derive(Debug, Serialize)]
struct Device {
    /// For `--device`.
    name: &'static str,
    title: &'static str,
    /// Why it cannot be used.
    refused: Option<String>,
}

#[derive(Debug, Serialize)]
struct Card {
    /// For `--device`.
    name: &'static str,
    /// Its interface, its driver and the driver's version.
    driver: String,
    /// Whether it is a processor in the place of a card.
    is_software: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    devices: Vec<Device>,
    /// The likely quickest first.
    cards: Vec<Card>,
}

/// Runs `earmark devices`. It opens every device, which may take seconds.
pub(crate) fn run(json: bool) {
    let device = |choice: DeviceChoice| Device {
        name: choice.name(),
        title: choice.title(),
        refused: device::accelerator(choice)
            .and_then(|chosen| chosen.open().err())
            .map(|error| error.to_string()),
    };
    let card = |card: device::CardFound| Card {
        name: card.name.as_str(),
        driver: card.driver,
        is_software: card.is_software,
    };
    let report = Report {
        devices: DeviceChoice::ALL.map(device).into(),
        cards: device::cards().into_iter().map(card).collect(),
    };
    if json {
        output::json(&report);
    } else {
        output::text(&report.table());
    }
}

impl Report {
    fn table(&self) -> String {
        let mut text = String::new();
        for device in &self.devices {
            let state = device.refused.as_deref().unwrap_or("can be used");
            text += &format!("{:<12} {:<24} {state}\n", device.name, device.title);
        }
        if !self.cards.is_empty() {
            text += "\nGraphics cards, of which gpu is the first that is no software; each can be named instead:\n";
        }
        for card in &self.cards {
            let software = if card.is_software { "; software, slow" } else { "" };
            text += &format!("  {} ({}{software})\n", card.name, card.driver);
        }
        text
    }
}
