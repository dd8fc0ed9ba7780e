//! `earmark devices`: where models can be computed on this machine.

use earmark_models::device::{self, CARD, DeviceChoice};
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
struct Report {
    devices: Vec<Device>,
    /// Those that wgpu finds: name, interface and driver.
    cards: Vec<String>,
}

/// Runs `earmark devices`. It opens every device, which may take seconds.
pub(crate) fn run(json: bool) {
    let device = |choice: DeviceChoice| Device {
        name: choice.name(),
        title: choice.title(),
        refused: device::accelerator(choice)
            .and_then(|accelerator| accelerator.open().err())
            .map(|error| error.to_string()),
    };
    let report = Report {
        devices: DeviceChoice::ALL.map(device).into(),
        cards: device::cards(),
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
            text += &format!(
                "\nGraphics cards, of which gpu is the first that is no software, or the one that {CARD} names:\n"
            );
        }
        for card in &self.cards {
            text += &format!("  {card}\n");
        }
        text
    }
}
