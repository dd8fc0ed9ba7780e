//! Where models are computed.

use serde::{Deserialize, Serialize};

/// Where a person wants models to be computed. Stored by [`DeviceChoice::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// What is measured to be quicker on this machine.
    #[default]
    Auto,
    /// The processor, on our own kernels.
    Cpu,
    /// A graphics card of any maker, on our own kernels.
    Gpu,
    /// An NVIDIA graphics card.
    Cuda,
    /// Apple's graphics processor.
    Metal,
    /// The processor, on candle's kernels: the accelerators' code where there is no accelerator. Slow; for tests.
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
    /// All of them, in the order in which they are offered.
    pub const ALL: [DeviceChoice; 6] = [
        DeviceChoice::Auto,
        DeviceChoice::Cpu,
        DeviceChoice::Gpu,
        DeviceChoice::Cuda,
        DeviceChoice::Metal,
        DeviceChoice::CandleCpu,
    ];

    const fn words(self) -> Words {
        match self {
            DeviceChoice::Auto => Words {
                name: "auto",
                title: "Automatic",
                spoken: "whatever is quicker",
                help: "whatever is measured to be quicker on this machine, each time that a model is loaded",
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
                help: "of any maker, by Earmark's own code; if it fails, the processor goes on in its place",
            },
            DeviceChoice::Cuda => Words {
                name: "cuda",
                title: "NVIDIA graphics card",
                spoken: "the NVIDIA graphics card",
                help: "if it fails, the processor goes on in its place",
            },
            DeviceChoice::Metal => Words {
                name: "metal",
                title: "Apple graphics processor",
                spoken: "the Apple graphics processor",
                help: "if it fails, the processor goes on in its place",
            },
            DeviceChoice::CandleCpu => Words {
                name: "candle-cpu",
                title: "Processor, as a card",
                spoken: "the processor, in the graphics cards' way",
                help: "the code that is meant for graphics cards, on the processor: slow",
            },
        }
    }

    /// Its name in settings and on a command line, as `cuda`.
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<DeviceChoice> {
        DeviceChoice::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// What an editor calls it, as `NVIDIA graphics card`.
    pub const fn title(self) -> &'static str {
        self.words().title
    }

    /// What a sentence calls it, as `the NVIDIA graphics card`.
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

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_is_found_by_its_name() {
        for choice in DeviceChoice::ALL {
            assert_eq!(DeviceChoice::named(choice.name()), Some(choice));
        }
        assert_eq!(DeviceChoice::named("tpu"), None);
    }
}
