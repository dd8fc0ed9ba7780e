//! What is done with masks after the network: no new inference, and the audio thread takes no part in it.
//!
//! For every frame, in this order: the mask's magnitude is raised to a power (sensitivity), smoothed over time, lowered while
//! the sound is absent (gate), and kept above a floor. Its direction stays. What lies above the separator's band follows the
//! shaped mask as it follows the plain one. Target + rest = input holds for every setting.

use earmark_controls::Control;

use crate::fields::Fields;

/// Settings of the shaping. The default changes no bit of the masks.
///
/// A value holds for every frame whose centre is not before its sample: so what comes out depends on where in the input a
/// value was set, and on nothing else. Frames overlap, so a change of value is a crossfade of one window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shaping {
    /// Exponent of the mask's magnitude, 0.25 to 4. Above 1 only what the separator is sure of stays; below 1 it takes in what it
    /// is less sure of.
    pub sensitivity: f32,
    /// Least magnitude of the mask in dB, −60 to 0; −60 is none. What is removed stays audible so much lower, which hides what
    /// sounds unsteady.
    pub floor_db: f32,
    /// Time constant of the mask's magnitude in ms, 0 to 500: a first-order low-pass over the frames, bin by bin, that looks
    /// back only.
    pub smoothing_ms: f32,
    /// Presence (see [`Meters::presence`]) below which the target closes, 0 to 1; 0 never closes. It opens within 20 ms and
    /// closes within 100 ms, down to the floor.
    ///
    /// [`Meters::presence`]: crate::Meters::presence
    pub gate: f32,
}

/// The bottom of [`Shaping::floor_db`]: no floor.
pub const NO_FLOOR_DB: f32 = Control::Floor.number().min;

impl Default for Shaping {
    fn default() -> Self {
        Shaping {
            sensitivity: Control::Sensitivity.number().default,
            floor_db: Control::Floor.number().default,
            smoothing_ms: Control::Smoothing.number().default,
            gate: Control::Gate.number().default,
        }
    }
}

impl Shaping {
    /// The same within its ranges; what is no number is neutral.
    pub(crate) fn clamped(self) -> Shaping {
        Shaping {
            sensitivity: Control::Sensitivity.number().clamped(self.sensitivity),
            floor_db: Control::Floor.number().clamped(self.floor_db),
            smoothing_ms: Control::Smoothing.number().clamped(self.smoothing_ms),
            gate: Control::Gate.number().clamped(self.gate),
        }
    }

    /// What differs in `other`.
    pub(crate) fn differs(&self, other: &Shaping) -> Fields {
        let field = |differs: bool, field: Fields| if differs { field } else { Fields::NONE };
        field(self.sensitivity != other.sensitivity, Fields::SENSITIVITY)
            | field(self.floor_db != other.floor_db, Fields::FLOOR)
            | field(self.smoothing_ms != other.smoothing_ms, Fields::SMOOTHING)
            | field(self.gate != other.gate, Fields::GATE)
    }

    /// Takes these fields from `other`.
    pub(crate) fn take(&mut self, fields: Fields, other: &Shaping) {
        let take = |field: Fields, value: &mut f32, other: f32| {
            if fields.contains(field) {
                *value = other;
            }
        };
        take(Fields::SENSITIVITY, &mut self.sensitivity, other.sensitivity);
        take(Fields::FLOOR, &mut self.floor_db, other.floor_db);
        take(Fields::SMOOTHING, &mut self.smoothing_ms, other.smoothing_ms);
        take(Fields::GATE, &mut self.gate, other.gate);
    }

    /// The floor as a factor.
    pub(crate) fn floor(&self) -> f32 {
        if self.floor_db <= NO_FLOOR_DB {
            0.0
        } else {
            10f32.powf(self.floor_db / 20.0)
        }
    }
}
