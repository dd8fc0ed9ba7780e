//! Where networks are computed: on the processor, or on an accelerator.
//!
//! A new accelerator is a file that defines an [`Accelerator`], a line in the table below, and a variant of [`DeviceChoice`] with
//! its words.

mod accelerator;
mod candle;
mod fallback;
mod gpu;
mod timing;
mod words;

pub use accelerator::{Accelerator, OnDevice, Opened};
pub use earmark_controls::DeviceChoice;
pub(crate) use fallback::Fallback;
pub use gpu::{CARD, cards};
pub use timing::{fastest, step_time};
pub(crate) use words::{refusal, sentence};

/// Every accelerator that there is code for.
static ACCELERATORS: [(DeviceChoice, &Accelerator); 4] = [
    (DeviceChoice::Gpu, &gpu::GPU),
    (DeviceChoice::Cuda, &candle::CUDA),
    (DeviceChoice::Metal, &candle::METAL),
    (DeviceChoice::CandleCpu, &candle::CPU),
];

/// The accelerator that is chosen; `None` for our own kernels, and where it is still to be found which one is quicker.
pub fn accelerator(choice: DeviceChoice) -> Option<&'static Accelerator> {
    let mut all = ACCELERATORS.iter();
    all.find_map(|(device, accelerator)| (*device == choice).then_some(*accelerator))
}

/// Those that [`DeviceChoice::Auto`] compares with the processor.
pub(crate) fn automatic() -> impl Iterator<Item = (DeviceChoice, &'static Accelerator)> {
    ACCELERATORS
        .into_iter()
        .filter(|(_, accelerator)| accelerator.automatic)
}

/// The accelerators that a person may choose and this build has code for, and why one of them cannot be used here, in a sentence. Opens
/// each of them, which may take seconds.
pub fn accelerators() -> Vec<(DeviceChoice, Option<String>)> {
    automatic()
        .filter(|(_, accelerator)| (accelerator.is_built_in)())
        .map(|(choice, accelerator)| (choice, accelerator.open().err().map(|error| refusal(&error))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_an_accelerator_has_its_code() {
        for choice in DeviceChoice::ALL {
            assert_eq!(accelerator(choice).is_some(), choice.is_accelerator(), "{choice}");
        }
    }
}
