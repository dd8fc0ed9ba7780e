//! Samples as integers.

use super::format::Bits;

/// Rounds samples to integers, and counts those that are above full scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounding {
    full_scale: f64,
    pub(super) clipped: u64,
}

impl Rounding {
    /// To so many bits; floating point has no full scale that clips, and is not rounded.
    pub(super) fn to(bits: Bits) -> Option<Rounding> {
        let full_scale = match bits {
            Bits::Float32 => return None,
            Bits::Int16 => 32_768.0,
            Bits::Int24 => 8_388_608.0,
        };
        Some(Rounding {
            full_scale,
            clipped: 0,
        })
    }

    /// The nearest integer. What is not a number is silence, and not above anything.
    pub(super) fn round(&mut self, sample: f32) -> i32 {
        if sample.is_nan() {
            return 0;
        }
        let value = (f64::from(sample) * self.full_scale).round();
        let allowed = value.clamp(-self.full_scale, self.full_scale - 1.0);
        self.clipped += u64::from(value != allowed);
        allowed as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_full_scale_is_counted_and_what_is_no_number_is_not() {
        let mut rounding = Rounding::to(Bits::Int16).expect("integers");
        let rounded =
            [0.0, 0.5, -1.0, 1.0, 1e20, -2.0, f32::NAN, f32::NEG_INFINITY].map(|x| rounding.round(x));
        assert_eq!(rounded, [0, 16_384, -32_768, 32_767, 32_767, -32_768, 0, -32_768]);
        assert_eq!(rounding.clipped, 4);
        assert!(Rounding::to(Bits::Float32).is_none());
    }
}
