//! Query slots.

use super::Mode;

/// Query slots, each with a text of its own. The active one is an automatable parameter.
pub const SLOTS: usize = 8;
/// Colours that a slot can have.
pub const COLOURS: u8 = 8;

/// One query slot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SlotView {
    /// The text in force; empty for an empty slot.
    pub text: String,
    /// What the text does not mean ("… but not this"); empty for nothing.
    pub negative: String,
    /// What the person calls it; empty is shown as its text.
    pub name: String,
    /// Index into [`crate::theme::SLOT_COLOURS`], below [`COLOURS`].
    pub colour: u8,
    /// Mode and gains of its own, in force while it is active.
    pub own: Option<MixView>,
}

impl SlotView {
    /// An empty slot with the colour that it has from the start.
    pub fn empty(slot: usize) -> SlotView {
        SlotView {
            colour: slot as u8 % COLOURS,
            ..SlotView::default()
        }
    }

    /// Whether it has no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Its name, or its text where it has none.
    pub fn title(&self) -> &str {
        if self.name.is_empty() {
            &self.text
        } else {
            &self.name
        }
    }
}

/// A slot's own mode and gains, in force while the slot is active instead of the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixView {
    /// What is done with the named sound.
    pub mode: Mode,
    /// See [`super::Control::TargetGain`].
    pub target_db: f32,
    /// See [`super::Control::RestGain`].
    pub rest_db: f32,
    /// See [`super::Control::AttenuationLimit`].
    pub attenuation_limit_db: f32,
}
