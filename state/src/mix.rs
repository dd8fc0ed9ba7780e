//! What is done with a sound.

use earmark_engine::{FADER_BOTTOM_DB, MixSettings, Mode};
use serde::{Deserialize, Serialize};

/// The highest gain of a fader, in dB.
pub const FADER_TOP_DB: f32 = 12.0;

/// What a slot does with its sound, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredMode {
    /// Hear only the sound.
    #[default]
    Isolate,
    /// Hear everything but it.
    Remove,
    /// Hear both, each with its own gain.
    Custom,
}

/// A slot's own mix, in force while the slot is active instead of the parameters'. What is missing has the parameters'
/// default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredMix {
    /// What the gains mean.
    pub mode: StoredMode,
    /// Gain of the sound in dB, -60 (silence) to 12.
    pub target_db: f32,
    /// Gain of everything else in dB, -60 (silence) to 12.
    pub rest_db: f32,
    /// By how many dB "remove" turns the sound down, 0 to 60 (silence).
    pub attenuation_limit_db: f32,
}

impl Default for StoredMix {
    fn default() -> Self {
        MixSettings::default().into()
    }
}

impl From<MixSettings> for StoredMix {
    fn from(settings: MixSettings) -> StoredMix {
        StoredMix {
            mode: match settings.mode {
                Mode::Isolate => StoredMode::Isolate,
                Mode::Remove => StoredMode::Remove,
                Mode::Custom => StoredMode::Custom,
            },
            target_db: settings.target_db,
            rest_db: settings.rest_db,
            attenuation_limit_db: settings.attenuation_limit_db,
        }
        .clamped()
    }
}

impl From<StoredMix> for MixSettings {
    fn from(mix: StoredMix) -> MixSettings {
        MixSettings {
            mode: match mix.mode {
                StoredMode::Isolate => Mode::Isolate,
                StoredMode::Remove => Mode::Remove,
                StoredMode::Custom => Mode::Custom,
            },
            target_db: mix.target_db,
            rest_db: mix.rest_db,
            attenuation_limit_db: mix.attenuation_limit_db,
            ..MixSettings::default()
        }
    }
}

impl StoredMix {
    /// The same within the parameters' ranges.
    pub(crate) fn clamped(self) -> StoredMix {
        let within = |value: f32, low: f32, high: f32, default: f32| {
            if value.is_nan() {
                default
            } else {
                value.clamp(low, high)
            }
        };
        StoredMix {
            mode: self.mode,
            target_db: within(self.target_db, FADER_BOTTOM_DB, FADER_TOP_DB, 0.0),
            rest_db: within(self.rest_db, FADER_BOTTOM_DB, FADER_TOP_DB, 0.0),
            attenuation_limit_db: within(self.attenuation_limit_db, 0.0, -FADER_BOTTOM_DB, -FADER_BOTTOM_DB),
        }
    }
}
