//! Where models are computed.

mod card;

pub use card::CardName;

use serde::{Deserialize, Serialize};

/// Where a person wants models to be computed. Stored by [`DeviceChoice::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", from = "String")]
pub enum DeviceChoice {
    /// What is measured to be quicker on this machine.
    #[default]
    Auto,
    /// The processor, on our own kernels.
    Cpu,
    /// The likely quickest graphics card, of any maker, on our own kernels.
    Gpu,
    /// The graphics card of this name.
    Card(CardName),
    /// The processor, on candle's kernels: the way of devices that keep nothing from block to block. Slow; for tests.
    CandleCpu,
}

/// What is said of a device.
struct Words {
    /// In settings and on a command line.
    name: &'static str,
    /// As an entry of a list.
    title: &'static str,
    /// Within a sentence.
    spoken: &'static str,
    /// What choosing it means.
    help: &'static str,
}

impl DeviceChoice {
    /// All that are the same on every machine, in the order in which they are offered.
    pub const ALL: [DeviceChoice; 4] = [
        DeviceChoice::Auto,
        DeviceChoice::Cpu,
        DeviceChoice::Gpu,
        DeviceChoice::CandleCpu,
    ];

    const fn words(self) -> Words {
        match self {
            DeviceChoice::Auto => Words {
                name: "auto",
                title: "Automatic",
                spoken: "whatever is quicker",
                help: "whatever is measured to be quicker on this machine, once for each model, card and driver",
            },
            DeviceChoice::Cpu => Words {
                name: "cpu",
                title: "Processor",
                spoken: "the processor",
                help: "Earmark's own code for processors",
            },
            DeviceChoice::Gpu => Words {
                name: "gpu",
                title: "Graphics card",
                spoken: "the graphics card",
                help: "the likely quickest one, of any maker; if it fails, the processor goes on in its place",
            },
            DeviceChoice::Card(name) => Words {
                name: name.as_str(),
                title: name.as_str(),
                spoken: "the graphics card",
                help: "this graphics card; if it fails, the processor goes on in its place",
            },
            DeviceChoice::CandleCpu => Words {
                name: "candle-cpu",
                title: "Processor, as a card",
                spoken: "the processor, in the graphics cards' way",
                help: "the code for cards that keep nothing from block to block, on the processor: slow",
            },
        }
    }

    /// Its name in settings and on a command line, as `gpu`; that of a card is the card's own.
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// The one of this name: of [`DeviceChoice::ALL`], or else a card. `cuda` and `metal` are what settings called cards once.
    pub fn named(name: &str) -> DeviceChoice {
        match name {
            "cuda" | "metal" => DeviceChoice::Gpu,
            _ => DeviceChoice::ALL
                .into_iter()
                .find(|choice| choice.name() == name)
                .unwrap_or_else(|| DeviceChoice::Card(CardName::new(name))),
        }
    }

    /// What an editor calls it, as `Graphics card`.
    pub const fn title(self) -> &'static str {
        self.words().title
    }

    /// What a sentence calls it, as `the graphics card`.
    pub const fn spoken(self) -> &'static str {
        self.words().spoken
    }

    /// What choosing it means, in half a sentence.
    pub const fn help(self) -> &'static str {
        self.words().help
    }

    /// Whether it stands for one accelerator, or something in the place of one.
    pub const fn is_accelerator(self) -> bool {
        !matches!(self, DeviceChoice::Auto | DeviceChoice::Cpu)
    }
}

impl From<DeviceChoice> for &'static str {
    fn from(choice: DeviceChoice) -> &'static str {
        choice.name()
    }
}

impl From<String> for DeviceChoice {
    fn from(name: String) -> DeviceChoice {
        DeviceChoice::named(&name)
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_is_found_by_its_name_and_any_other_name_is_a_cards() {
        for choice in DeviceChoice::ALL {
            assert_eq!(DeviceChoice::named(choice.name()), choice);
        }
        let card = DeviceChoice::named("Radeon RX 7600");
        assert_eq!(card, DeviceChoice::Card(CardName::new("Radeon RX 7600")));
        assert_eq!(card.to_string(), "Radeon RX 7600");
        assert!(card.is_accelerator());
    }

    #[test]
    fn settings_of_before_mean_a_graphics_card() {
        for (stored, choice) in [
            ("cuda", DeviceChoice::Gpu),
            ("metal", DeviceChoice::Gpu),
            ("candle-cpu", DeviceChoice::CandleCpu),
        ] {
            assert_eq!(DeviceChoice::from(stored.to_owned()), choice);
        }
    }
}
