//! Scores of a separation, in the definitions of AudioSep's evaluation, and the delay between two signals.
//!
//! Channels are scored as one long signal. Written apart from `earmark_models::metrics` on purpose: the end-to-end
//! figures then do not rest on the code that they judge.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use crate::audio::Audio;

/// Signal-to-distortion ratio in dB, sensitive to scale: 10·log10(mean ref² / mean (est − ref)²), each at least 1e-10.
pub fn sdr(reference: &Audio, estimate: &Audio) -> f64 {
    let (mut signal, mut noise, mut count) = (0.0, 0.0, 0.0);
    for (reference, estimate) in pairs(reference, estimate) {
        signal += reference * reference;
        noise += (estimate - reference).powi(2);
        count += 1.0;
    }
    10.0 * ((signal / count).max(1e-10) / (noise / count).max(1e-10)).log10()
}

/// Scale-invariant SDR in dB, with eps of float32 and without removing means.
pub fn si_sdr(reference: &Audio, estimate: &Audio) -> f64 {
    let eps = f64::from(f32::EPSILON);
    let dot: f64 = pairs(reference, estimate)
        .map(|(reference, estimate)| reference * estimate)
        .sum();
    let power: f64 = pairs(reference, reference)
        .map(|(reference, _)| reference * reference)
        .sum();
    let scale = (eps + dot) / (power + eps);
    let signal: f64 = pairs(reference, reference)
        .map(|(reference, _)| (scale * reference).powi(2))
        .sum();
    let noise: f64 = pairs(reference, estimate)
        .map(|(reference, estimate)| (estimate - scale * reference).powi(2))
        .sum();
    10.0 * ((eps + signal) / (noise + eps)).log10()
}

/// By how many samples `delayed` lags behind `source`, from 0 to `most`: where their cross-correlation, summed over
/// the channels, is largest.
pub fn delay(source: &Audio, delayed: &Audio, most: usize) -> usize {
    let length = (source.frames() + delayed.frames()).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let spectrum = |channel: &[f32]| {
        let mut time: Vec<f64> = channel.iter().map(|&sample| f64::from(sample)).collect();
        time.resize(length, 0.0);
        let mut spectrum = forward.make_output_vec();
        // The lengths are those of the plan, so it cannot refuse them.
        let _ = forward.process(&mut time, &mut spectrum);
        spectrum
    };
    let mut cross = vec![Complex::new(0.0, 0.0); length / 2 + 1];
    for (source, delayed) in source.channels.iter().zip(&delayed.channels) {
        for (sum, (source, delayed)) in cross
            .iter_mut()
            .zip(spectrum(source).into_iter().zip(spectrum(delayed)))
        {
            *sum += source.conj() * delayed;
        }
    }
    // A real transform allows no imaginary part at its edges, where rounding leaves a trace of one.
    cross[0].im = 0.0;
    cross[length / 2].im = 0.0;
    let mut correlation = inverse.make_output_vec();
    let _ = inverse.process(&mut cross, &mut correlation);
    (0..=most.min(length - 1))
        .max_by(|&a, &b| correlation[a].total_cmp(&correlation[b]))
        .unwrap_or(0)
}

fn pairs<'a>(a: &'a Audio, b: &'a Audio) -> impl Iterator<Item = (f64, f64)> + 'a {
    let samples = |audio: &'a Audio| audio.channels.iter().flatten().map(|&sample| f64::from(sample));
    debug_assert_eq!(a.frames(), b.frames());
    samples(a).zip(samples(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_gain_at_equal_power_scores_three_decibels() {
        let target = Audio::noise(48_000.0, 1, 48_000, 0.5);
        let noise = Audio {
            channels: Audio::noise(48_000.0, 2, 48_000, 0.5).channels[1..].to_vec(),
            ..target.clone()
        };
        let add = |gain: f32| Audio {
            rate: 48_000.0,
            channels: vec![
                target.channels[0]
                    .iter()
                    .zip(&noise.channels[0])
                    .map(|(a, b)| gain * (a + b))
                    .collect(),
            ],
        };
        let (mixture, half) = (add(1.0), add(0.5));
        assert!(sdr(&target, &mixture).abs() < 0.2);
        assert!((sdr(&target, &half) - 3.0).abs() < 0.2);
        assert!((si_sdr(&target, &half) - si_sdr(&target, &mixture)).abs() < 1e-3);
    }

    #[test]
    fn delay_is_found_to_the_sample() {
        let source = Audio::noise(48_000.0, 2, 10_000, 0.5);
        let mut delayed = Audio::silence(48_000.0, 2, 12_345);
        for (to, from) in delayed.channels.iter_mut().zip(&source.channels) {
            to[2_345..].copy_from_slice(from);
        }
        assert_eq!(delay(&source, &delayed, 5_000), 2_345);
    }
}
