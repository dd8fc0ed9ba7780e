//! A mixture with a known answer.

/// Peak that a mixture is scaled to where it would clip.
const SAFE_PEAK: f32 = 0.9;

/// What is separated, and what should come out.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// The source, scaled where the mixture would have clipped: the answer.
    pub source: Vec<f32>,
    /// Source and noise.
    pub mixture: Vec<f32>,
}

impl Mixture {
    /// The same, by `gain` dB louder. A floating-point signal has no ceiling.
    pub fn turned_up(mut self, gain: f32) -> Mixture {
        let factor = 10f32.powf(gain / 20.0);
        self.source
            .iter_mut()
            .chain(&mut self.mixture)
            .for_each(|x| *x *= factor);
        self
    }
}

/// Mixes a source with a noise that is looped or cut to its length and scaled so that its mean power lies `snr_db`
/// below the source's. Where the sum passes full scale, both are scaled so that it peaks at 0.9, as AudioSep's mixer does.
///
/// # Errors
/// A reason, where no such mixture exists: one of the two is empty or silent.
pub fn mix(source: Vec<f32>, noise: &[f32], snr_db: f64) -> Result<Mixture, String> {
    let noise: Vec<f32> = noise.iter().copied().cycle().take(source.len()).collect();
    let (signal, disturbance) = (power(&source), power(&noise));
    if signal == 0.0 {
        return Err("the source is silent, so nothing can be measured".into());
    }
    if disturbance == 0.0 {
        return Err(format!("the noise is silent, so no level makes {snr_db} dB"));
    }
    let gain = (signal / disturbance / 10f64.powf(snr_db / 10.0)).sqrt() as f32;
    let mut source = source;
    let mut mixture: Vec<f32> = source.iter().zip(&noise).map(|(s, n)| s + gain * n).collect();
    let peak = mixture.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    if peak > 1.0 {
        let scale = SAFE_PEAK / peak;
        source.iter_mut().chain(&mut mixture).for_each(|x| *x *= scale);
    }
    Ok(Mixture { source, mixture })
}

/// Mean power.
fn power(signal: &[f32]) -> f64 {
    signal.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / signal.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_models::metrics::{sdr, sdr_improvement};

    fn tone(length: usize, step: f32, level: f32) -> Vec<f32> {
        (0..length).map(|n| level * (n as f32 * step).sin()).collect()
    }

    #[test]
    fn the_noise_has_the_power_asked_for() {
        for snr_db in [-15.0, 0.0, 7.5] {
            let mixed = mix(tone(4000, 0.1, 0.1), &tone(3000, 0.37, 0.01), snr_db).expect("both sound");
            assert_eq!(mixed.mixture.len(), 4000);
            // The distortion of the mixture is the noise.
            let measured = sdr(&mixed.source, &mixed.mixture);
            assert!(
                (measured - snr_db).abs() < 1e-3,
                "{measured} dB instead of {snr_db} dB"
            );
        }
    }

    #[test]
    fn a_shorter_noise_is_looped_and_a_longer_one_cut() {
        let source = vec![1e-3, -1e-3, 1e-3, -1e-3, 1e-3];
        let noise = |mixed: Mixture| -> Vec<f32> {
            mixed
                .mixture
                .iter()
                .zip(&mixed.source)
                .map(|(m, s)| ((m - s) * 1e3).round())
                .collect()
        };
        let looped = mix(source.clone(), &[0.5, 0.5, -0.5], 0.0).expect("both sound");
        assert_eq!(noise(looped), [1.0, 1.0, -1.0, 1.0, 1.0]);
        let cut = mix(source, &[0.5, 0.5, -0.5, -0.5, 0.5, 99.0], 0.0).expect("both sound");
        assert_eq!(noise(cut), [1.0, 1.0, -1.0, -1.0, 1.0]);
    }

    #[test]
    fn a_mixture_that_clips_is_scaled_with_its_answer() {
        let (source, noise) = (tone(1000, 0.1, 0.9), tone(1000, 0.37, 0.9));
        let mixed = mix(source.clone(), &noise, 0.0).expect("both sound");
        let peak = mixed.mixture.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
        assert!((peak - 0.9).abs() < 1e-6);
        let ratio = mixed.source[10] / source[10];
        assert!(
            ratio < 0.6
                && mixed
                    .source
                    .iter()
                    .zip(&source)
                    .all(|(a, b)| (a - ratio * b).abs() < 1e-6)
        );
        assert!(sdr(&mixed.source, &mixed.mixture).abs() < 1e-3);

        let quiet = mix(tone(1000, 0.1, 0.4), &tone(1000, 0.37, 0.4), 0.0).expect("both sound");
        assert_eq!(quiet.source, tone(1000, 0.1, 0.4));
    }

    #[test]
    fn half_of_a_mixture_at_0_db_gains_3_db() {
        let mixed = mix(tone(32_000, 0.1, 0.3), &tone(32_000, 0.37, 0.1), 0.0).expect("both sound");
        let half: Vec<f32> = mixed.mixture.iter().map(|x| 0.5 * x).collect();
        let gained = sdr_improvement(&mixed.source, &half, &mixed.mixture);
        assert!((gained - 3.01).abs() < 0.02, "{gained} dB");
    }

    #[test]
    fn silence_cannot_be_mixed() {
        assert!(mix(vec![0.0; 10], &[0.1; 10], 0.0).is_err_and(|reason| reason.contains("source")));
        assert!(mix(vec![0.1; 10], &[0.0; 10], 0.0).is_err_and(|reason| reason.contains("noise")));
        assert!(mix(vec![0.1; 10], &[], 0.0).is_err());
        assert!(mix(vec![], &[0.1], 0.0).is_err());
    }
}
