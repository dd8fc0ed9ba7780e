//! How the vectors of an encoder are scaled.

/// What is true of all vectors that an encoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vectors {
    /// They are of unit norm.
    Unit,
    /// Each value is a probability, 0 to 1.
    Probabilities,
    /// Each value is 0 or more, without a bound.
    Positive,
    /// They are of any norm, which says something.
    Any,
}

impl Vectors {
    /// The least and the greatest square of the norm of what is taken for a vector of unit norm: one that went through fewer bits
    /// than it was computed in is none to the last digit.
    const UNIT: std::ops::RangeInclusive<f32> = 0.25..=4.0;

    /// Whether these values can be a vector of such an encoder, and mean anything: zeros alone do not.
    pub fn holds(self, values: &[f32]) -> bool {
        let norm: f32 = values.iter().map(|value| value * value).sum();
        norm.is_finite()
            && norm > 0.0
            && match self {
                Vectors::Unit => Self::UNIT.contains(&norm),
                Vectors::Probabilities => values.iter().all(|value| (0.0..=1.0).contains(value)),
                Vectors::Positive => values.iter().all(|&value| value >= 0.0),
                Vectors::Any => true,
            }
    }

    /// What they must be, after "values that are": in a sentence that refuses others.
    pub fn words(self) -> &'static str {
        match self {
            Vectors::Unit => "of unit norm",
            Vectors::Probabilities => "0 to 1, and not all 0",
            Vectors::Positive => "0 or more, and not all 0",
            Vectors::Any => "numbers, and not all 0",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_bounds() {
        for (values, unit, probabilities, positive, any) in [
            (&[1.0, 0.0][..], true, true, true, true),
            (&[0.8, -0.6], true, false, false, true),
            (&[0.1, 0.2], false, true, true, true),
            (&[3.0, 40.0], false, false, true, true),
            (&[-3.0, 40.0], false, false, false, true),
            (&[0.0, 0.0], false, false, false, false),
            (&[], false, false, false, false),
            (&[f32::NAN, 1.0], false, false, false, false),
            (&[f32::INFINITY, 1.0], false, false, false, false),
        ] {
            assert_eq!(Vectors::Unit.holds(values), unit, "{values:?}");
            assert_eq!(Vectors::Probabilities.holds(values), probabilities, "{values:?}");
            assert_eq!(Vectors::Positive.holds(values), positive, "{values:?}");
            assert_eq!(Vectors::Any.holds(values), any, "{values:?}");
        }
    }
}
