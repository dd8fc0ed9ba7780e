//! How much of what is heard the target is.

use earmark_models::stft::Plan;
use num_complex::Complex32;

/// Time constant of the two loudnesses that are compared, in seconds.
const SECONDS: f32 = 0.1;
/// Loudness below which nothing is taken for present, in LUFS: the absolute gate of ITU-R BS.1770.
const SILENCE_LUFS: f32 = -70.0;

/// Compares target and mixture: sqrt(T / X), with T and X their K-weighted powers (ITU-R BS.1770, evaluated on the frames' bins),
/// summed over the channels, each averaged over about a tenth of a second. 1: everything that is heard is the target; 0.5: the
/// target is 6 dB below the whole; 0: it is below −70 LUFS.
pub(crate) struct Presence {
    /// From the power of a bin to loudness, `[bins]`.
    weights: Vec<f32>,
    keep: f32,
    silence: f32,
    target: f32,
    mixture: f32,
}

impl Presence {
    pub(crate) fn new(plan: &Plan, rate: f32) -> Presence {
        let config = plan.config();
        let window: f32 = plan.window().iter().map(|w| w * w).sum();
        let norm = 2.0 / (config.window as f32 * window);
        let weights = (0..config.bins()).map(|bin| {
            let hertz = bin as f32 * rate / config.window as f32;
            norm * k_weight(f64::from(hertz)) as f32
        });
        Presence {
            weights: weights.collect(),
            keep: (-(config.hop as f32) / rate / SECONDS).exp(),
            silence: 10f32.powf((SILENCE_LUFS + 0.691) / 10.0),
            target: 0.0,
            mixture: 0.0,
        }
    }

    /// Reads a frame: each channel's spectrum with its mask, `[bins]`. Gives the presence, 0 to 1.
    pub(crate) fn push<'a>(
        &mut self,
        channels: impl Iterator<Item = (&'a [Complex32], &'a [Complex32])>,
    ) -> f32 {
        let (mut target, mut mixture) = (0.0, 0.0);
        for (spectrum, mask) in channels {
            for ((x, m), weight) in spectrum.iter().zip(mask).zip(&self.weights) {
                let power = weight * x.norm_sqr();
                mixture += power;
                target += power * m.norm_sqr();
            }
        }
        self.target = target + self.keep * (self.target - target);
        self.mixture = mixture + self.keep * (self.mixture - mixture);
        if self.target > self.silence && self.mixture > 0.0 {
            (self.target / self.mixture).sqrt().min(1.0)
        } else {
            0.0
        }
    }
}

/// The power gain of the K-weighting at a frequency: both stages of BS.1770-4, annex 1, tables 1 and 2, whose coefficients
/// hold for 48 kHz.
fn k_weight(hertz: f64) -> f64 {
    let w = std::f64::consts::TAU * hertz.min(24_000.0) / 48_000.0;
    let power = |b: [f64; 3], a: [f64; 3]| {
        let at = |c: [f64; 3]| {
            let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
            let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
            re * re + im * im
        };
        at(b) / at(a)
    };
    let shelf = power(
        [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        [1.0, -1.690_659_293_182_41, 0.732_480_774_215_85],
    );
    let high_pass = power(
        [1.0, -2.0, 1.0],
        [1.0, -1.990_047_454_833_98, 0.990_072_250_366_21],
    );
    shelf * high_pass
}

#[cfg(test)]
mod tests {
    use earmark_models::stft::{StftConfig, WindowKind};

    use super::*;

    #[test]
    fn the_weighting_is_that_of_the_standard() {
        let db = |hertz| 10.0 * k_weight(hertz).log10();
        // A sine of 997 Hz at 0 dBFS on one channel reads −3.01 LUFS: the weighting undoes the offset of 0.691 dB there.
        assert!((db(997.0) - 0.691).abs() < 0.02, "{}", db(997.0));
        assert!(db(20.0) < -10.0 && (3.0..4.5).contains(&db(10_000.0)));
    }

    #[test]
    fn presence_is_the_targets_share_of_the_level() {
        let config = StftConfig {
            window: 640,
            hop: 320,
            kind: WindowKind::SqrtHann,
        };
        let plan = Plan::new(config).unwrap();
        let presence = |level: f32, mask: f32| {
            let mut presence = Presence::new(&plan, 32_000.0);
            let mut analyzer = plan.analyzer();
            let mut frame = vec![Complex32::default(); config.bins()];
            let masks = vec![Complex32::new(mask, 0.0); config.bins()];
            let mut last = 0.0;
            for hop in 0..100 {
                let samples: Vec<f32> = (0..320)
                    .map(|k| level * (0.2 * (hop * 320 + k) as f32).sin())
                    .collect();
                analyzer.push(&samples, &mut frame);
                last = presence.push([(&frame[..], &masks[..])].into_iter());
            }
            last
        };
        for mask in [1.0, 0.5, 0.1] {
            assert!((presence(0.1, mask) - mask).abs() < 1e-3);
        }
        assert!((presence(0.001, 1.0) - 1.0).abs() < 1e-3, "quiet, but there");
        assert_eq!(presence(0.0003, 0.5), 0.0, "about -73 and -79 LUFS");
        assert_eq!(presence(0.0, 1.0), 0.0);
    }
}
