//! What may change from one sample to the next.

use crate::fields::Fields;
use crate::heard::Heard;
use crate::mix::Mix;
use crate::shaping::Shaping;

/// A change within one process call.
///
/// A kind is told as a whole, but only what differs from what was told before is a change: so a fader that a hand moves and a lane
/// that the host plays may each act at its own time (see [`Engine::set_by_hand`]), though both belong to one mix.
///
/// [`Engine::set_by_hand`]: crate::Engine::set_by_hand
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The sample of the call that it belongs to, from 0. Beyond the call's length it acts with the last sample.
    pub offset: usize,
    /// What changes.
    pub kind: ChangeKind,
}

/// What changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChangeKind {
    /// Gains, mutes and wet, reached over 10 ms around the sample.
    Mix(Mix),
    /// The query slots that are heard, or none: the input passes.
    Slot(Heard),
    /// Whether the delayed input passes unchanged.
    Bypass(bool),
    /// What is done with the masks. At the output, it acts with the next frame that the worker has not computed.
    Shaping(Shaping),
}

/// All that can change, as it holds at one end of the engine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    pub(crate) mix: Mix,
    pub(crate) heard: Heard,
    pub(crate) bypass: bool,
    pub(crate) shaping: Shaping,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            mix: Mix::default(),
            heard: Some(0).into(),
            bypass: false,
            shaping: Shaping::default(),
        }
    }
}

/// Calls `$each` with every field but those of the shaping, and its place in a [`Settings`].
macro_rules! every_field {
    ($each:ident) => {
        $each!(TARGET_GAIN, mix.target_gain);
        $each!(REST_GAIN, mix.rest_gain);
        $each!(WET, mix.wet);
        $each!(TARGET_MUTED, mix.target_muted);
        $each!(REST_MUTED, mix.rest_muted);
        $each!(SLOT, heard.slot);
        $each!(ALSO, heard.also);
        $each!(BYPASS, bypass);
    };
}

impl Settings {
    /// The same after a change.
    pub(crate) fn with(mut self, kind: ChangeKind) -> Settings {
        match kind {
            ChangeKind::Mix(mix) => self.mix = mix,
            ChangeKind::Slot(heard) => self.heard = heard.normalized(),
            ChangeKind::Bypass(bypass) => self.bypass = bypass,
            ChangeKind::Shaping(shaping) => self.shaping = shaping.clamped(),
        }
        self
    }

    /// What differs in `other`.
    pub(crate) fn differs(&self, other: &Settings) -> Fields {
        let mut fields = Fields::NONE;
        macro_rules! compare {
            ($field:ident, $($place:tt)+) => {
                if self.$($place)+ != other.$($place)+ {
                    fields |= Fields::$field;
                }
            };
        }
        every_field!(compare);
        fields | self.shaping.differs(&other.shaping)
    }

    /// Takes these fields from `other`.
    pub(crate) fn take(&mut self, fields: Fields, other: &Settings) {
        macro_rules! copy {
            ($field:ident, $($place:tt)+) => {
                if fields.contains(Fields::$field) {
                    self.$($place)+ = other.$($place)+;
                }
            };
        }
        every_field!(copy);
        self.shaping.take(fields, &other.shaping);
    }

    /// What makes these settings out of any others, at the first sample of a call.
    pub(crate) fn changes(&self) -> [Change; 4] {
        [
            ChangeKind::Mix(self.mix),
            ChangeKind::Slot(self.heard),
            ChangeKind::Bypass(self.bypass),
            ChangeKind::Shaping(self.shaping),
        ]
        .map(|kind| Change { offset: 0, kind })
    }
}
