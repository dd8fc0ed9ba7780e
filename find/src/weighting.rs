//! Loudness: the K-weighting of ITU-R BS.1770, at any rate.

use std::f64::consts::PI;

/// Two filters of second order in a row, of one channel: BS.1770's shelf and its high-pass.
///
/// The standard gives coefficients for 48 kHz. These are of the analogue filters behind them, by the bilinear transform, and so hold
/// for any rate; the constants are those that libebur128 derived, and at 48 kHz they give the standard's coefficients.
#[derive(Debug, Clone)]
pub(crate) struct Weighting {
    stages: [Stage; 2],
}

#[derive(Debug, Clone)]
struct Stage {
    b: [f64; 3],
    a: [f64; 2],
    memory: [f64; 2],
}

impl Weighting {
    /// For a rate in Hz.
    pub(crate) fn new(rate: f64) -> Weighting {
        Weighting {
            stages: [shelf(rate), high_pass(rate)],
        }
    }

    /// The next sample. What is no number is silence: else it would never end.
    pub(crate) fn push(&mut self, sample: f32) -> f64 {
        let sample = if sample.is_finite() {
            f64::from(sample)
        } else {
            0.0
        };
        let [shelf, high_pass] = &mut self.stages;
        high_pass.push(shelf.push(sample))
    }
}

impl Stage {
    /// In the transposed direct form II.
    fn push(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.memory[0];
        self.memory[0] = self.b[1] * x - self.a[0] * y + self.memory[1];
        self.memory[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

fn shelf(rate: f64) -> Stage {
    let (hertz, db, q) = (
        1_681.974_450_955_533,
        3.999_843_853_973_347,
        0.707_175_236_955_419_6,
    );
    let k = (PI * hertz / rate).tan();
    let high = 10f64.powf(db / 20.0);
    let middle = high.powf(0.499_666_774_154_541_6);
    let a0 = 1.0 + k / q + k * k;
    Stage {
        b: [
            (high + middle * k / q + k * k) / a0,
            2.0 * (k * k - high) / a0,
            (high - middle * k / q + k * k) / a0,
        ],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        memory: [0.0; 2],
    }
}

fn high_pass(rate: f64) -> Stage {
    let (hertz, q) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
    let k = (PI * hertz / rate).tan();
    let a0 = 1.0 + k / q + k * k;
    Stage {
        b: [1.0, -2.0, 1.0],
        a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        memory: [0.0; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_48_khz_the_coefficients_are_those_of_the_standard() {
        let weighting = Weighting::new(48_000.0);
        let [shelf, high_pass] = &weighting.stages;
        let given = [
            shelf.b[0],
            shelf.b[1],
            shelf.b[2],
            shelf.a[0],
            shelf.a[1],
            high_pass.a[0],
            high_pass.a[1],
        ];
        // BS.1770-4, annex 1, tables 1 and 2.
        let standard = [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
            -1.990_047_454_833_98,
            0.990_072_250_366_21,
        ];
        for (given, standard) in given.iter().zip(standard) {
            assert!((given - standard).abs() < 1e-7, "{given}, not {standard}");
        }
    }

    #[test]
    fn what_is_no_number_does_not_stay() {
        let mut weighting = Weighting::new(44_100.0);
        weighting.push(f32::NAN);
        weighting.push(f32::INFINITY);
        assert_eq!(weighting.push(0.0), 0.0);
    }
}
