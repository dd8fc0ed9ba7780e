//! How near an estimate comes to its target: the measures that AudioSep's evaluation publishes (its `utils.py`), so
//! that figures can be compared, and how silent it is where there is no target. All are in dB, over one channel; sums are
//! taken in `f64`.

/// Mean power below which [`sdr`] takes a signal for silence.
const POWER_FLOOR: f64 = 1e-10;

/// Keeps [`si_sdr`] finite: the epsilon of `f32`, as the published code adds it.
const EPSILON: f64 = f32::EPSILON as f64;

/// Signal-to-distortion ratio: `10·log10(max(mean ref², 1e-10) / max(mean (est − ref)², 1e-10))`. An estimate of the
/// wrong gain is punished.
///
/// # Panics
/// When the lengths differ.
pub fn sdr(reference: &[f32], estimate: &[f32]) -> f64 {
    assert_eq!(
        reference.len(),
        estimate.len(),
        "reference and estimate must be equally long"
    );
    let count = reference.len().max(1) as f64;
    let signal = energy(reference) / count;
    let error = pairs(reference, estimate)
        .map(|(r, e)| (e - r).powi(2))
        .sum::<f64>()
        / count;
    decibel(signal.max(POWER_FLOOR) / error.max(POWER_FLOOR))
}

/// Scale-invariant signal-to-distortion ratio, without removal of means: with `a = (eps + ref·est) / (eps + ref·ref)`,
/// `10·log10((eps + |a·ref|²) / (eps + |est − a·ref|²))`.
///
/// # Panics
/// When the lengths differ.
pub fn si_sdr(reference: &[f32], estimate: &[f32]) -> f64 {
    assert_eq!(
        reference.len(),
        estimate.len(),
        "reference and estimate must be equally long"
    );
    let projection = pairs(reference, estimate).map(|(r, e)| r * e).sum::<f64>();
    let scale = (EPSILON + projection) / (EPSILON + energy(reference));
    let (target, error) = pairs(reference, estimate).fold((0.0, 0.0), |(target, error), (r, e)| {
        let part = scale * r;
        (target + part * part, error + (e - part).powi(2))
    });
    decibel((EPSILON + target) / (EPSILON + error))
}

/// By how much the estimate's [`sdr`] exceeds that of the unprocessed mixture (SDRi).
///
/// # Panics
/// When the lengths differ.
pub fn sdr_improvement(reference: &[f32], estimate: &[f32], mixture: &[f32]) -> f64 {
    sdr(reference, estimate) - sdr(reference, mixture)
}

/// By how much the estimate's [`si_sdr`] exceeds that of the unprocessed mixture (SI-SDRi).
///
/// # Panics
/// When the lengths differ.
pub fn si_sdr_improvement(reference: &[f32], estimate: &[f32], mixture: &[f32]) -> f64 {
    si_sdr(reference, estimate) - si_sdr(reference, mixture)
}

/// By how much the estimate is quieter than the mixture: `10·log10(max(mean mix², 1e-10) / max(mean est², 1e-10))`. What a
/// query of a sound that is not in the mixture should make large; this measure is Earmark's own.
///
/// # Panics
/// When the lengths differ.
pub fn suppression(mixture: &[f32], estimate: &[f32]) -> f64 {
    assert_eq!(
        mixture.len(),
        estimate.len(),
        "mixture and estimate must be equally long"
    );
    let count = mixture.len().max(1) as f64;
    let power = |signal: &[f32]| (energy(signal) / count).max(POWER_FLOOR);
    decibel(power(mixture) / power(estimate))
}

fn pairs<'a>(reference: &'a [f32], estimate: &'a [f32]) -> impl Iterator<Item = (f64, f64)> + 'a {
    reference
        .iter()
        .zip(estimate)
        .map(|(&r, &e)| (f64::from(r), f64::from(e)))
}

fn energy(signal: &[f32]) -> f64 {
    signal.iter().map(|&x| f64::from(x).powi(2)).sum()
}

fn decibel(power_ratio: f64) -> f64 {
    10.0 * power_ratio.log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() < tolerance,
            "got {got} dB, expected {expected} dB"
        );
    }

    /// The signals for which a NumPy transcription of the published formulas gave the numbers below.
    fn signals() -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let reference: Vec<f32> = (0..64).map(|n| (f64::from(n) * 0.3).sin() as f32).collect();
        let noise: Vec<f32> = (0..64)
            .map(|n| (0.5 * (f64::from(n) * 0.7).cos() + 0.1) as f32)
            .collect();
        let mixture: Vec<f32> = reference.iter().zip(&noise).map(|(r, n)| r + n).collect();
        let estimate = reference
            .iter()
            .zip(&noise)
            .map(|(r, n)| 0.8 * r + 0.2 * n)
            .collect();
        (reference, mixture, estimate)
    }

    #[test]
    fn agrees_with_numpy() {
        let (reference, mixture, estimate) = signals();
        near(sdr(&reference, &estimate), 12.900376, 1e-4);
        near(si_sdr(&reference, &estimate), 17.522337, 1e-4);
        near(sdr(&reference, &mixture), 5.479939, 1e-4);
        near(si_sdr(&reference, &mixture), 5.484723, 1e-4);
        near(
            sdr_improvement(&reference, &estimate, &mixture),
            12.900376 - 5.479939,
            1e-4,
        );
        near(
            si_sdr_improvement(&reference, &estimate, &mixture),
            17.522337 - 5.484723,
            1e-4,
        );
    }

    #[test]
    fn agrees_with_numbers_taken_by_hand() {
        // Power of the reference 1, of the error 2 · 0.25 / 4: 10·log10(8).
        near(
            sdr(&[1.0, -1.0, 1.0, -1.0], &[1.0, -0.5, 1.0, -1.5]),
            9.0309,
            1e-4,
        );
        // a = 3/4 (epsilon aside), |a·ref|² = 9/4, |est − a·ref|² = 3 · 1/16 + 9/16 = 3/4: 10·log10(3).
        near(si_sdr(&[1.0, 1.0, 1.0, 1.0], &[1.0, 1.0, 1.0, 0.0]), 4.7712, 1e-4);
    }

    #[test]
    fn half_the_mixture_of_two_equal_powers_gains_three_decibels_of_sdr_and_none_of_si_sdr() {
        let reference = [1.0, 1.0, -1.0, -1.0];
        let mixture = [2.0, 0.0, 0.0, -2.0];
        let half = mixture.map(|x| 0.5 * x);
        near(sdr_improvement(&reference, &half, &mixture), 3.0103, 1e-4);
        near(si_sdr_improvement(&reference, &half, &mixture), 0.0, 1e-5);
    }

    #[test]
    fn only_sdr_hears_the_gain() {
        let reference = [0.3, -0.2, 0.5, 0.1];
        let half = reference.map(|x| 0.5 * x);
        near(sdr(&reference, &half), 6.0206, 1e-4);
        assert!(si_sdr(&reference, &half) > 55.0);
    }

    #[test]
    fn the_mean_is_not_removed() {
        let reference = [0.0, 1.0, 0.0, 1.0];
        let offset = reference.map(|x| x + 1.0);
        // a = 2 leaves an error of [1, 0, 1, 0]: 10·log10(8 / 2). With the means removed it would be infinite.
        near(si_sdr(&reference, &offset), 6.0206, 1e-4);
    }

    #[test]
    fn suppression_is_how_much_quieter_it_became() {
        let mixture = [0.4, -0.4, 0.4, -0.4];
        near(suppression(&mixture, &mixture.map(|x| 0.1 * x)), 20.0, 1e-4);
        near(suppression(&mixture, &mixture), 0.0, 1e-9);
        // Silence is worth the floor and no more: 0.16 / 1e-10.
        near(suppression(&mixture, &[0.0; 4]), 92.0412, 1e-4);
        near(suppression(&[0.0; 4], &[0.0; 4]), 0.0, 1e-9);
    }

    #[test]
    fn silence_gives_finite_numbers() {
        let (silence, sound) = ([0.0; 8], [0.5; 8]);
        near(sdr(&silence, &silence), 0.0, 1e-9);
        near(sdr(&silence, &sound), -93.979, 1e-3);
        near(sdr(&sound, &silence), 0.0, 1e-9);
        near(si_sdr(&silence, &silence), 0.0, 1e-9);
        assert!(si_sdr(&sound, &silence).is_finite() && si_sdr(&silence, &sound).is_finite());
        assert_eq!(sdr(&[], &[]), 0.0);
    }
}
