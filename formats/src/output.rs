//! A parameter that a host reads and cannot set.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nice_plug::formatters;

/// Hosts see so many different values above 0. Finer ones would be heard by nobody, but each change is an event.
const STEPS: f32 = 200.0;

/// A value from 0 to 1 in steps of half a per cent, shared by all clones: set by a plug-in's audio thread, read from anywhere.
#[derive(Debug, Clone, Default)]
pub struct OutputValue(Arc<AtomicU32>);

impl OutputValue {
    /// Sets it to the nearest step; what is no number is 0. Neither locks nor allocates.
    pub fn set(&self, value: f32) {
        self.0
            .store((value.clamp(0.0, 1.0) * STEPS).round() as u32, Ordering::Relaxed);
    }

    /// The value, 0 to 1.
    pub fn get(&self) -> f32 {
        Self::of_step(self.step())
    }

    /// The value in steps.
    pub(crate) fn step(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// The value of a step.
    pub(crate) fn of_step(step: u32) -> f32 {
        step as f32 / STEPS
    }
}

/// How a host sees an [`OutputValue`]: one parameter after all others, read-only, 0 to 1, shown in per cent.
#[derive(Debug, Clone)]
pub struct OutputParameter {
    /// What tells it from others in saved projects: it never changes. Hosts see [`parameter_number`] of it.
    pub id: &'static str,
    /// Its name on the screen.
    pub name: &'static str,
    /// Its value.
    pub value: OutputValue,
}

impl OutputParameter {
    /// What is written behind a value, as [`Self::text`] gives it.
    pub(crate) const UNIT: &str = " %";

    /// Its number in events.
    pub(crate) fn number(&self) -> u32 {
        parameter_number(self.id)
    }

    /// A value from 0 to 1 in per cent with one decimal, without the unit.
    pub(crate) fn text(value: f64) -> String {
        formatters::v2s_f32_percentage(1)(value as f32)
    }

    /// The value from 0 to 1 that such a text means, with or without the unit.
    pub(crate) fn value_of(text: &str) -> Option<f64> {
        let value = formatters::s2v_f32_percentage()(text.trim())?;
        value.is_finite().then_some(f64::from(value).clamp(0.0, 1.0))
    }
}

/// The number by which hosts know a parameter, of its text identifier. nice-plug's rule, so that ours are told apart by their texts
/// as its are: the bytes as digits to the base 31, modulo 2³¹.
pub const fn parameter_number(id: &str) -> u32 {
    let bytes = id.as_bytes();
    let mut number = 0_u32;
    let mut i = 0;
    while i < bytes.len() {
        number = number.wrapping_mul(31).wrapping_add(bytes[i] as u32);
        i += 1;
    }
    // VST3 keeps the upper half for hosts.
    number & (u32::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_0_to_1_in_steps() {
        let value = OutputValue::default();
        for (set, expected) in [
            (0.0, 0.0),
            (0.502, 0.5),
            (0.503, 0.505),
            (1.0, 1.0),
            (7.0, 1.0),
            (-1.0, 0.0),
            (f32::NAN, 0.0),
        ] {
            value.set(set);
            assert_eq!(value.clone().get(), expected, "{set}");
        }
    }

    #[test]
    fn texts_are_those_of_a_percentage() {
        assert_eq!(OutputParameter::text(0.305), "30.5");
        for (text, expected) in [
            ("50", Some(0.5)),
            (" 12.5 %", Some(0.125)),
            ("100%", Some(1.0)),
            ("900", Some(1.0)),
            ("nan", None),
            ("much", None),
        ] {
            assert_eq!(OutputParameter::value_of(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_nice_plugs() {
        assert_eq!(parameter_number(""), 0);
        assert_eq!(parameter_number("gate"), 3_165_387);
        // Eight letters overflow; the highest bit is the host's.
        assert_eq!(parameter_number("sensitivity") >> 31, 0);
        assert_ne!(parameter_number("ab"), parameter_number("ba"));
    }
}
