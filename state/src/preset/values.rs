//! The parameters that belong to a sound.

use earmark_engine::{MixSettings, Shaping};
use serde::Serialize;

use crate::mix::StoredMode;

/// The parameters that belong to a sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Values {
    /// 0 is off, 1 to 8 are the slots.
    pub slot: i32,
    /// The slot that is heard together with it: 0 is none, 1 to 8 are the slots.
    pub also: i32,
    /// Isolate, remove or custom.
    pub mode: StoredMode,
    /// Gain of the named sound in dB, -60 to 12.
    pub target_db: f32,
    /// Gain of everything else in dB, -60 to 12.
    pub rest_db: f32,
    /// By how many dB "remove" turns the named sound down, 0 to 60.
    pub attenuation_limit_db: f32,
    /// Share of the processed sound, 0 to 1.
    pub wet: f32,
    /// See [`Shaping::sensitivity`].
    pub sensitivity: f32,
    /// See [`Shaping::floor_db`].
    pub floor_db: f32,
    /// See [`Shaping::smoothing_ms`].
    pub smoothing_ms: f32,
    /// See [`Shaping::gate`].
    pub gate: f32,
}

impl Default for Values {
    fn default() -> Self {
        let (mix, shaping) = (MixSettings::default(), Shaping::default());
        Values {
            slot: 1,
            also: 0,
            mode: StoredMode::Isolate,
            target_db: mix.target_db,
            rest_db: mix.rest_db,
            attenuation_limit_db: mix.attenuation_limit_db,
            wet: mix.wet,
            sensitivity: shaping.sensitivity,
            floor_db: shaping.floor_db,
            smoothing_ms: shaping.smoothing_ms,
            gate: shaping.gate,
        }
    }
}

impl Values {
    /// Those that are plain numbers, by the identifiers of the host's parameters.
    pub fn numbers(&self) -> [(&'static str, f32); 8] {
        [
            ("target", self.target_db),
            ("rest", self.rest_db),
            ("limit", self.attenuation_limit_db),
            ("wet", self.wet),
            ("sensitivity", self.sensitivity),
            ("floor", self.floor_db),
            ("smoothing", self.smoothing_ms),
            ("gate", self.gate),
        ]
    }
}
