//! Where models are computed.

use earmark_controls::DeviceChoice;

/// A graphics card that this build has code for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardView {
    /// Which.
    pub device: DeviceChoice,
    /// Why it cannot be used on this machine, in a sentence; `None` where it can.
    pub refused: Option<String>,
}

/// Where models are to be computed, and where the one is that is heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComputingView {
    /// What was chosen.
    pub chosen: DeviceChoice,
    /// The graphics cards that this build has code for; often none.
    pub cards: Vec<CardView>,
    /// Where the model that is heard is computed, in words; `None` before it is loaded.
    pub now: Option<String>,
    /// Why that is not where it was to be, in a sentence.
    pub fault: Option<String>,
    /// Whether a model is being loaded that will be heard in place of the present one.
    pub changing: bool,
    /// Whether the model that is heard is too small for anything but the processor.
    pub processor_only: bool,
    /// Whether the host waits for every block.
    pub waits: bool,
}

impl ComputingView {
    /// Whether there is anything to choose: a card that can be used, or a choice of one that is to be taken back.
    pub fn has_choice(&self) -> bool {
        self.cards.iter().any(|card| card.refused.is_none()) || self.chosen.is_accelerator()
    }
}
