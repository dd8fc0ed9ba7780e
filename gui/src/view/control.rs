//! Continuous controls: their ranges, their defaults, their steps.

use std::ops::RangeInclusive;

/// A continuous control with a fader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    /// Gain of the named sound, in dB; the bottom of its range is silence.
    TargetGain,
    /// Gain of everything else, in dB; the bottom of its range is silence.
    RestGain,
    /// By how much "remove" turns the named sound down, in dB; the top of its range is silence.
    AttenuationLimit,
    /// Share of the processed sound, from 0 to 1; the remainder is the delayed input.
    Wet,
    /// Exponent of the mask: below 1 more is taken for the named sound, above 1 less.
    Sensitivity,
    /// What the mask lets through at least, in dB; the bottom of its range is nothing.
    Floor,
    /// Time over which the mask's gains are smoothed, in ms; 0 is not at all.
    Smoothing,
    /// Presence below which the target closes, from 0 to 1; 0 never does.
    Gate,
}

impl Control {
    /// The values that it takes, in its unit.
    pub fn range(self) -> RangeInclusive<f32> {
        match self {
            Control::TargetGain | Control::RestGain => -60.0..=12.0,
            Control::AttenuationLimit => 0.0..=60.0,
            Control::Wet | Control::Gate => 0.0..=1.0,
            Control::Sensitivity => 0.25..=4.0,
            Control::Floor => -60.0..=0.0,
            Control::Smoothing => 0.0..=500.0,
        }
    }

    /// The value that a double click brings back.
    pub fn default_value(self) -> f32 {
        match self {
            Control::TargetGain | Control::RestGain | Control::Smoothing | Control::Gate => 0.0,
            Control::AttenuationLimit => 60.0,
            Control::Wet | Control::Sensitivity => 1.0,
            Control::Floor => -60.0,
        }
    }

    /// The smallest step that the value in words can show, so that what is read is what is set.
    pub fn step(self) -> f32 {
        match self {
            Control::TargetGain | Control::RestGain | Control::AttenuationLimit | Control::Floor => 0.1,
            Control::Wet | Control::Gate | Control::Sensitivity => 0.01,
            Control::Smoothing => 1.0,
        }
    }

    /// Where a value lies on a fader, from 0 to 1. The sensitivity's 1 stands in the middle: half and double are equally
    /// far from it.
    pub fn place(self, value: f32) -> f32 {
        let (low, high) = (*self.range().start(), *self.range().end());
        let value = value.clamp(low, high);
        match self {
            Control::Sensitivity => (value / low).log2() / (high / low).log2(),
            _ => (value - low) / (high - low),
        }
    }

    /// The value at a place on the fader, in whole steps. The inverse of [`Control::place`].
    pub fn at(self, place: f32) -> f32 {
        let (low, high) = (*self.range().start(), *self.range().end());
        let place = place.clamp(0.0, 1.0);
        let value = match self {
            Control::Sensitivity => low * (high / low).powf(place),
            _ => low + place * (high - low),
        };
        self.snap(value)
    }

    /// The nearest whole step within the range.
    pub fn snap(self, value: f32) -> f32 {
        let per_unit = (1.0 / self.step()).round();
        ((value * per_unit).round() / per_unit).clamp(*self.range().start(), *self.range().end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_values_are_inverse() {
        for control in [
            Control::TargetGain,
            Control::AttenuationLimit,
            Control::Wet,
            Control::Sensitivity,
            Control::Floor,
            Control::Smoothing,
            Control::Gate,
        ] {
            for value in [
                *control.range().start(),
                *control.range().end(),
                control.default_value(),
            ] {
                assert_eq!(control.at(control.place(value)), value, "{control:?}");
            }
        }
        assert_eq!(Control::Sensitivity.place(1.0), 0.5);
        assert_eq!(Control::TargetGain.snap(-6.04), -6.0);
    }
}
