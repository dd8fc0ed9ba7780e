//! Shaping of one stream of masks: see [`Shaping`].

use num_complex::Complex32;

use crate::shaping::Shaping;

/// Time in which the gate goes from closed to open and from open to closed, in seconds.
const OPEN_SECONDS: f32 = 0.02;
const CLOSE_SECONDS: f32 = 0.1;
/// Magnitude below which a mask is closed.
const FAINTEST: f32 = 1e-20;

/// What it keeps from frame to frame.
pub(crate) struct Shaper {
    /// Seconds from frame to frame.
    hop: f32,
    /// Smoothed magnitudes, `[bins]`, if the frame before was smoothed.
    smoothed: Vec<f32>,
    smoothing: bool,
    /// 1 is open.
    gate: f32,
}

impl Shaper {
    pub(crate) fn new(hop: f32, bins: usize) -> Shaper {
        Shaper {
            hop,
            smoothed: vec![0.0; bins],
            smoothing: false,
            gate: 1.0,
        }
    }

    /// Shapes the mask of one frame, `[bins]`, of a sound that is so `presence` in it.
    pub(crate) fn shape(&mut self, shaping: &Shaping, presence: f32, mask: &mut [Complex32]) {
        let opens = shaping.gate <= 0.0 || presence >= shaping.gate;
        self.gate = if opens {
            (self.gate + self.hop / OPEN_SECONDS).min(1.0)
        } else {
            (self.gate - self.hop / CLOSE_SECONDS).max(0.0)
        };
        let smooths = shaping.smoothing_ms > 0.0;
        if *shaping == Shaping::default() && self.gate == 1.0 {
            // Not a bit is changed.
            self.smoothing = false;
            return;
        }
        let keep = if smooths && self.smoothing {
            (-self.hop * 1e3 / shaping.smoothing_ms).exp()
        } else {
            0.0
        };
        self.smoothing = smooths;
        let floor = shaping.floor();
        for (m, smoothed) in mask.iter_mut().zip(&mut self.smoothed) {
            let magnitude = m.norm();
            let mut shaped = if shaping.sensitivity == 1.0 {
                magnitude
            } else {
                magnitude.powf(shaping.sensitivity)
            };
            if smooths {
                shaped += keep * (*smoothed - shaped);
                // In silence it would decay through denormal numbers, which are slow.
                if shaped < FAINTEST {
                    shaped = 0.0;
                }
                *smoothed = shaped;
            }
            shaped = (shaped * self.gate).max(floor);
            *m = if magnitude > 0.0 {
                *m * (shaped / magnitude)
            } else {
                Complex32::new(shaped, 0.0)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Magnitudes of a bin over frames of 10 ms, with these masks and presences.
    fn shaped(shaping: Shaping, frames: &[(f32, f32)]) -> Vec<f32> {
        let mut shaper = Shaper::new(0.01, 1);
        frames
            .iter()
            .map(|(mask, presence)| {
                let mut mask = [Complex32::from_polar(*mask, 0.7)];
                let before = mask[0];
                shaper.shape(&shaping, *presence, &mut mask);
                if before.norm() > 0.0 && mask[0].norm() > 0.0 {
                    assert!((mask[0].arg() - before.arg()).abs() < 1e-5, "the direction stays");
                }
                mask[0].norm()
            })
            .collect()
    }

    fn near(shaped: &[f32], expected: &[f32]) {
        assert!(
            shaped.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4),
            "{shaped:?} instead of {expected:?}"
        );
    }

    #[test]
    fn neutral_changes_no_bit() {
        let mut shaper = Shaper::new(0.01, 1);
        let mut mask = [Complex32::new(0.123_456_7, -0.654_321)];
        let before = mask;
        shaper.shape(&Shaping::default(), 0.0, &mut mask);
        assert_eq!(mask, before);
    }

    #[test]
    fn sensitivity_is_an_exponent_and_the_floor_holds_everything_up() {
        let sure = Shaping {
            sensitivity: 2.0,
            floor_db: -20.0,
            ..Shaping::default()
        };
        near(
            &shaped(sure, &[(1.0, 1.0), (0.5, 1.0), (0.2, 1.0), (0.0, 1.0)]),
            &[1.0, 0.25, 0.1, 0.1],
        );
    }

    #[test]
    fn smoothing_looks_back_only() {
        let slow = Shaping {
            smoothing_ms: 10.0,
            ..Shaping::default()
        };
        let keep = (-1.0f32).exp();
        near(
            &shaped(slow, &[(1.0, 1.0), (0.0, 1.0), (0.0, 1.0), (1.0, 1.0)]),
            &[1.0, keep, keep * keep, 1.0 + keep * (keep * keep - 1.0)],
        );
    }

    #[test]
    fn what_fades_away_is_gone_before_its_numbers_are_denormal() {
        let slow = Shaping {
            smoothing_ms: 10.0,
            ..Shaping::default()
        };
        let mut frames = vec![(1.0, 1.0)];
        frames.extend([(0.0, 1.0); 200]);
        let shaped = shaped(slow, &frames);
        assert!(shaped.iter().all(|magnitude| !magnitude.is_subnormal()));
        assert_eq!(shaped[60..], [0.0; 141]);
    }

    #[test]
    fn the_gate_closes_on_what_is_absent_and_opens_at_once() {
        let gated = Shaping {
            gate: 0.5,
            ..Shaping::default()
        };
        let mut frames = vec![(1.0, 0.6)];
        frames.extend([(1.0, 0.4); 12]);
        frames.extend([(1.0, 0.5); 3]);
        let shaped = shaped(gated, &frames);
        near(&shaped[..4], &[1.0, 0.9, 0.8, 0.7]);
        near(&shaped[11..], &[0.0, 0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn numbers_beyond_reason_are_tamed() {
        let wild = Shaping {
            sensitivity: f32::NAN,
            floor_db: 3.0,
            smoothing_ms: f32::INFINITY,
            gate: -1.0,
        };
        let tame = Shaping {
            sensitivity: 1.0,
            floor_db: 0.0,
            smoothing_ms: 500.0,
            gate: 0.0,
        };
        assert_eq!(wild.clamped(), tame);
    }
}
