//! Where networks are computed: on the processor, or on an accelerator.
//!
//! A new accelerator is a file that defines an [`Accelerator`], a line in the table below, and a variant of [`DeviceChoice`] with
//! its words.

mod accelerator;
mod automatic;
mod candle;
mod fallback;
mod gpu;
mod memory;
mod timing;
mod words;

pub use accelerator::{Accelerator, CardFound, Chosen, OnDevice, Opened, Opening};
pub use automatic::{Candidate, quickest};
pub use earmark_controls::{CardName, DeviceChoice};
pub(crate) use fallback::Fallback;
pub use gpu::cards;
pub(crate) use memory::memory;
pub use memory::{Memory, Network, StepTimes, remember};
pub use timing::step_time;
pub(crate) use words::{refusal, sentence};

/// Every accelerator that there is code for.
static ACCELERATORS: [(DeviceChoice, &Accelerator); 2] = [
    (DeviceChoice::Gpu, &gpu::GPU),
    (DeviceChoice::CandleCpu, &candle::CPU),
];

/// The accelerator that is chosen; `None` for our own kernels, and where it is still to be found which one is quicker.
pub fn accelerator(choice: DeviceChoice) -> Option<Chosen> {
    let (kind, card) = match choice {
        DeviceChoice::Card(name) => (DeviceChoice::Gpu, Some(name)),
        kind => (kind, None),
    };
    let mut all = ACCELERATORS.iter();
    all.find_map(|(device, accelerator)| (*device == kind).then_some(Chosen { accelerator, card }))
}

/// Those that [`DeviceChoice::Auto`] compares with the processor, and their drivers.
pub(crate) fn automatic() -> impl Iterator<Item = (Chosen, String)> {
    let offered = ACCELERATORS.iter().map(|(_, accelerator)| *accelerator);
    let offered = offered.filter(|accelerator| accelerator.automatic && (accelerator.is_built_in)());
    offered.flat_map(|accelerator| {
        (accelerator.cards)().into_iter().map(move |card| {
            let chosen = Chosen {
                accelerator,
                card: Some(card.name),
            };
            (chosen, card.driver)
        })
    })
}

/// The accelerators that a person may choose and this build has code for: each card by its name, and where there is none, the kind
/// with a sentence that says why. It asks every driver, which may take a second.
pub fn accelerators() -> Vec<(DeviceChoice, Option<String>)> {
    let offered = ACCELERATORS.iter();
    let offered = offered.filter(|(_, accelerator)| accelerator.automatic && (accelerator.is_built_in)());
    let mut all = Vec::new();
    for (kind, accelerator) in offered {
        let cards = (accelerator.cards)();
        if cards.is_empty() {
            let chosen = Chosen {
                accelerator,
                card: None,
            };
            all.push((*kind, chosen.open().err().map(|error| refusal(&error))));
        }
        all.extend(
            cards
                .into_iter()
                .map(|card| (DeviceChoice::Card(card.name), None)),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_an_accelerator_has_its_code() {
        let card = DeviceChoice::Card(CardName::new("a card"));
        for choice in DeviceChoice::ALL.into_iter().chain([card]) {
            assert_eq!(accelerator(choice).is_some(), choice.is_accelerator(), "{choice}");
        }
        let chosen = accelerator(card).unwrap();
        assert_eq!(chosen.card.map(CardName::as_str), Some("a card"));
    }
}
