//! Ranges of numbers.

use std::ops::RangeInclusive;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a factor or an exponent.
    None,
    /// Decibels.
    Decibels,
    /// A share from 0 to 1, shown from 0 to 100 %.
    Percent,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// Behind a value, with the space before it.
    pub fn suffix(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Decibels => " dB",
            Unit::Percent => " %",
            Unit::Milliseconds => " ms",
        }
    }

    /// What a value is multiplied by where it is shown.
    fn shown_times(self) -> f32 {
        if self == Unit::Percent { 100.0 } else { 1.0 }
    }
}

/// A number that can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// The least value.
    pub min: f32,
    /// The greatest value.
    pub max: f32,
    /// The value of a new instance.
    pub default: f32,
    /// What it counts.
    pub unit: Unit,
    /// The smallest step that an editor sets and shows.
    pub step: f32,
    /// 0 for even steps. Otherwise a host's 0 to 1 is the share of the range to the power of 2^`skew`, and an editor's fader gives
    /// equal ratios equal room. Part of every automation lane ever drawn: it never changes.
    pub skew: f32,
    /// Decimals that a host shows.
    pub decimals: usize,
    /// Whether a host shows the least value as `-inf`.
    pub silent_at_min: bool,
    /// In the editor: words for the least and the greatest value, and what stands before any other.
    pub words: Words,
}

/// How an editor says a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    /// The least value.
    pub(crate) at_min: Option<&'static str>,
    /// The greatest value.
    pub(crate) at_max: Option<&'static str>,
    /// Before any other value.
    pub(crate) before: &'static str,
}

impl Number {
    /// The values that it takes.
    pub fn range(&self) -> RangeInclusive<f32> {
        self.min..=self.max
    }

    /// The nearest value within the range; the default for what is no number.
    pub fn clamped(&self, value: f32) -> f32 {
        if value.is_nan() {
            self.default
        } else {
            value.clamp(self.min, self.max)
        }
    }

    /// Where a value lies on a fader, from 0 to 1.
    pub fn place(&self, value: f32) -> f32 {
        let value = value.clamp(self.min, self.max);
        if self.skew == 0.0 {
            (value - self.min) / (self.max - self.min)
        } else {
            (value / self.min).log2() / (self.max / self.min).log2()
        }
    }

    /// The value at a place on the fader, in whole steps. The inverse of [`Number::place`].
    pub fn at(&self, place: f32) -> f32 {
        let place = place.clamp(0.0, 1.0);
        self.snap(if self.skew == 0.0 {
            self.min + place * (self.max - self.min)
        } else {
            self.min * (self.max / self.min).powf(place)
        })
    }

    /// The nearest whole step within the range.
    pub fn snap(&self, value: f32) -> f32 {
        let per_unit = (1.0 / self.step).round();
        ((value * per_unit).round() / per_unit).clamp(self.min, self.max)
    }

    /// The value from which a fader is filled: the first one where it lies in the fader's middle and changes nothing, else the least.
    pub fn filled_from(&self) -> f32 {
        if self.place(self.default) == 0.5 {
            self.default
        } else {
            self.min
        }
    }

    /// A value with its unit, in an editor's words.
    pub fn in_words(&self, value: f32) -> String {
        let Words {
            at_min,
            at_max,
            before,
        } = self.words;
        if let Some(words) = at_min.filter(|_| value <= self.min) {
            return words.into();
        }
        if let Some(words) = at_max.filter(|_| value >= self.max) {
            return words.into();
        }
        let times = self.unit.shown_times();
        let decimals = (-(self.step * times).log10()).round().max(0.0) as usize;
        let value = value * times;
        let suffix = self.unit.suffix();
        let signed = self.unit == Unit::Decibels && before.is_empty();
        let rounded = format!("{value:.decimals$}");
        let sign = if rounded
            .trim_start_matches('-')
            .chars()
            .all(|c| matches!(c, '0' | '.'))
        {
            // No sign for zero.
            return format!("{before}{}{suffix}", rounded.trim_start_matches('-'));
        } else if signed && value > 0.0 {
            "+"
        } else {
            ""
        };
        format!("{before}{sign}{}{suffix}", rounded.replace('-', "\u{2212}"))
    }

    /// The value that a person types: a number with or without its unit, with a point or a comma, or one of the words of
    /// [`Number::in_words`]. The nearest one that can be set; `None` for what says no number.
    pub fn read(&self, text: &str) -> Option<f32> {
        self.typed(text).map(|value| self.snap(value))
    }

    /// The same, but nothing for a number beyond the range.
    pub fn read_within(&self, text: &str) -> Option<f32> {
        let value = self.typed(text)?;
        self.range().contains(&value).then(|| self.snap(value))
    }

    /// What a text says, whatever the range and the steps.
    fn typed(&self, text: &str) -> Option<f32> {
        let text = text
            .trim()
            .to_lowercase()
            .replace('\u{2212}', "-")
            .replace(',', ".");
        if self.words.at_min == Some(text.as_str()) || (self.silent_at_min && text == "-inf") {
            return Some(self.min);
        }
        if self.words.at_max == Some(text.as_str()) {
            return Some(self.max);
        }
        let text = text.strip_prefix(self.words.before.trim()).unwrap_or(&text);
        let unit = self.unit.suffix().trim().to_lowercase();
        let number = text.trim().strip_suffix(&unit).unwrap_or(text).trim();
        let value: f32 = number.parse().ok().filter(|value: &f32| value.is_finite())?;
        Some(value / self.unit.shown_times())
    }

    /// The range as documents give it: `−60 to 12 dB`.
    pub fn range_in_words(&self) -> String {
        let times = self.unit.shown_times();
        format!(
            "{} to {}{}",
            self.min * times,
            self.max * times,
            self.unit.suffix()
        )
        .replace('-', "\u{2212}")
    }
}

#[cfg(test)]
mod tests {
    use crate::Control;

    #[test]
    fn places_and_values_are_inverse() {
        for control in Control::ALL {
            let number = control.number();
            for value in [number.min, number.max, number.default] {
                assert_eq!(number.at(number.place(value)), value, "{control:?}");
            }
        }
        assert_eq!(Control::Sensitivity.number().place(1.0), 0.5);
        assert_eq!(Control::TargetGain.number().snap(-6.04), -6.0);
    }

    #[test]
    fn faders_are_filled_from_where_nothing_is_changed() {
        for control in Control::ALL {
            let from = match control {
                Control::Sensitivity => 1.0,
                Control::TargetGain | Control::RestGain | Control::Floor => -60.0,
                _ => 0.0,
            };
            assert_eq!(control.number().filled_from(), from, "{control:?}");
        }
    }

    #[test]
    fn the_ends_of_the_ranges_are_words() {
        for (control, value, words) in [
            (Control::TargetGain, -60.0, "silent"),
            (Control::TargetGain, -59.9, "\u{2212}59.9 dB"),
            (Control::RestGain, -0.04, "0.0 dB"),
            (Control::RestGain, 3.0, "+3.0 dB"),
            (Control::AttenuationLimit, 60.0, "completely"),
            (Control::AttenuationLimit, 12.0, "by 12.0 dB"),
            (Control::AttenuationLimit, 0.0, "by 0.0 dB"),
            (Control::Wet, 0.5, "50 %"),
            (Control::Wet, 0.0, "0 %"),
            (Control::Sensitivity, 1.0, "\u{d7} 1.00"),
            (Control::Floor, -60.0, "none"),
            (Control::Floor, -30.0, "\u{2212}30.0 dB"),
            (Control::Smoothing, 0.0, "off"),
            (Control::Smoothing, 120.0, "120 ms"),
            (Control::Gate, 0.0, "off"),
            (Control::Gate, 0.25, "below 25 %"),
        ] {
            assert_eq!(control.number().in_words(value), words, "{control:?} {value}");
        }
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        for control in Control::ALL {
            let number = control.number();
            for place in 0..=40 {
                let value = number.at(place as f32 / 40.0);
                let words = number.in_words(value);
                let read = number.read(&words).unwrap_or(f32::NAN);
                assert!(
                    (read - value).abs() < 1e-4,
                    "{control:?}: {words} is read as {read}"
                );
            }
        }
        for (control, text, value) in [
            (Control::TargetGain, " -6,5dB ", Some(-6.5)),
            (Control::TargetGain, "+3", Some(3.0)),
            (Control::TargetGain, "-inf", Some(-60.0)),
            (Control::TargetGain, "99", Some(12.0)),
            (Control::AttenuationLimit, "12", Some(12.0)),
            (Control::AttenuationLimit, "completely", Some(60.0)),
            (Control::Wet, "50", Some(0.5)),
            (Control::Wet, "NaN", None),
            (Control::Floor, "", None),
            (Control::Gate, "loud", None),
        ] {
            assert_eq!(control.number().read(text), value, "{control:?} {text}");
        }
    }

    #[test]
    fn what_is_no_number_is_the_default() {
        assert_eq!(Control::Sensitivity.number().clamped(f32::NAN), 1.0);
        assert_eq!(Control::Gate.number().clamped(f32::INFINITY), 1.0);
        assert_eq!(Control::Floor.number().clamped(-99.0), -60.0);
    }
}
