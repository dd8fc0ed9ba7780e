//! What is done with the sound that a query names.

use serde::{Deserialize, Serialize};

use crate::table::Control;

/// What is done with the sound that the query names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Hear only it: the target at its fader, no rest.
    #[default]
    Isolate,
    /// Hear everything but it: the rest at its fader, the target down to the attenuation limit.
    Remove,
    /// Hear both, each at its fader.
    Custom,
}

/// A slot's own mode and gains, in force while the slot is active instead of the parameters. What is missing where it is read has
/// the parameters' default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnMix {
    /// What the gains mean.
    pub mode: Mode,
    /// Gain of the sound in dB: see [`Control::TargetGain`].
    pub target_db: f32,
    /// Gain of everything else in dB: see [`Control::RestGain`].
    pub rest_db: f32,
    /// By how many dB "remove" turns the sound down: see [`Control::AttenuationLimit`].
    pub attenuation_limit_db: f32,
}

impl Default for OwnMix {
    fn default() -> Self {
        OwnMix {
            mode: Mode::default(),
            target_db: Control::TargetGain.number().default,
            rest_db: Control::RestGain.number().default,
            attenuation_limit_db: Control::AttenuationLimit.number().default,
        }
    }
}

impl OwnMix {
    /// The same within the parameters' ranges; what is no number has its default.
    #[must_use]
    pub fn clamped(self) -> OwnMix {
        OwnMix {
            mode: self.mode,
            target_db: Control::TargetGain.number().clamped(self.target_db),
            rest_db: Control::RestGain.number().clamped(self.rest_db),
            attenuation_limit_db: Control::AttenuationLimit
                .number()
                .clamped(self.attenuation_limit_db),
        }
    }

    /// The gain that a control sets, where it sets one of them.
    pub fn gain(&mut self, control: Control) -> Option<&mut f32> {
        match control {
            Control::TargetGain => Some(&mut self.target_db),
            Control::RestGain => Some(&mut self.rest_db),
            Control::AttenuationLimit => Some(&mut self.attenuation_limit_db),
            _ => None,
        }
    }
}
