//! What a user can choose.

use super::accelerator::Accelerator;
use super::candle;
use super::words::refusal;
use crate::separator::PROCESSOR;

/// What a user can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// What is measured to be quicker on this machine.
    #[default]
    Auto,
    /// The processor, on our own kernels.
    Cpu,
    /// An NVIDIA graphics card.
    Cuda,
    /// Apple's graphics processor.
    Metal,
    /// The processor, on candle's: the accelerators' code where there is none. Slow.
    CandleCpu,
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match (self, self.accelerator()) {
            (_, Some(accelerator)) => accelerator.name,
            (DeviceChoice::Auto, None) => "whatever is quicker",
            (_, None) => PROCESSOR,
        })
    }
}

impl DeviceChoice {
    /// All of them.
    pub const ALL: [DeviceChoice; 5] = [
        DeviceChoice::Auto,
        DeviceChoice::Cpu,
        DeviceChoice::Cuda,
        DeviceChoice::Metal,
        DeviceChoice::CandleCpu,
    ];

    /// Those that [`DeviceChoice::Auto`] compares with the processor.
    pub(crate) const ACCELERATORS: [DeviceChoice; 2] = [DeviceChoice::Cuda, DeviceChoice::Metal];

    /// The accelerator that is chosen; `None` for our own kernels, and where it is still to be found which one is quicker.
    pub fn accelerator(self) -> Option<&'static Accelerator> {
        match self {
            DeviceChoice::Auto | DeviceChoice::Cpu => None,
            DeviceChoice::Cuda => Some(&candle::CUDA),
            DeviceChoice::Metal => Some(&candle::METAL),
            DeviceChoice::CandleCpu => Some(&candle::CPU),
        }
    }

    /// The accelerators that this build has code for, and why one of them cannot be used here, in a sentence. Opens each of
    /// them, which may take seconds.
    pub fn accelerators() -> Vec<(DeviceChoice, Option<String>)> {
        let all = DeviceChoice::ACCELERATORS.into_iter();
        let built_in = all.filter_map(|choice| Some((choice, choice.accelerator()?)));
        built_in
            .filter(|(_, accelerator)| (accelerator.is_built_in)())
            .map(|(choice, accelerator)| (choice, accelerator.open().err().map(|error| refusal(&error))))
            .collect()
    }
}
